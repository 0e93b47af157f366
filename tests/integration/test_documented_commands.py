"""The commands of README.md and docs/*.md run as printed, in a fresh copy of the tree.

Long commands get extra arguments that shorten them. Commands that cannot run here are listed with the reason; their
names (targets, modules, options, executables, arguments, services) are checked instead.
"""

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from documented import PAGES, ROOT, UNLABELLED, commands, commands_in_text, faults, files
from processes import wait_until

NOT_RUN = {
    r"(\w+=\S+ )*docker |xhost |cd docker": "there is no Docker engine and no X display",
    r"cd ros2_ws|colcon |make (clean|lock)": "they test with colcon, or make the environment anew",
    r"(export ROS_SECURITY_.*)|ros2 |rosdep ": "the ROS 2 command line is not among the wheels",
    r"ray start ": "a cluster of several machines; tests/ant_policy/training/pgpe/test_ray.py has a local one",
    r"make (test|lint|docs|reference|soak|bench|pictures|coverage)": "tests and checks, which are not run by a test",
    r"python -m ant_policy.train \w+ .*--(preset|actors|resume|hidden)": "a training of minutes to hours",
    r"python -m (ant_policy.(export|evaluate .*--(robustness|video))|benchmarks)": "minutes; each has its own tests",
    r"(source env.sh && )?python -m ant_bringup.(web|recorder)": "they run until Ctrl-C; tests of their own run them",
    r"sudo apt ": "it is the machine's owner who installs packages",
    r"make jump POLICY=exported": "what is exported is not made here",
    r"python -m ant_bringup.check_parity": "1,000 steps; tests/integration/test_check_parity.py has shorter ones",
}
"""Pattern of commands that are not run -> reason."""

SMALL_TRAINING = "--evaluation-episodes 1 --report-episodes 1"
SHORTER = {
    r"make (jump|walk)": "SECONDS=1",
    r"python -m ant_bringup.jump": "--seconds 1",
    r"python -m ant_policy.evaluate": "--episodes 1",
    r"python -m ant_bringup.check_driver": "--seconds 1",
    r"make train ALGO=pgpe": f'ARGS="--generations 1 --population 4 --episode-steps 10 {SMALL_TRAINING}"',
    r"python -m ant_policy.train pgpe": f"--generations 1 --population 4 --episode-steps 10 {SMALL_TRAINING}",
    r"python -m ant_policy.train sac": "--steps 64 --num-envs 4 --learning-starts 32 --gradient-steps 1 "
    f"--evaluation-interval 64 {SMALL_TRAINING}",
}
"""Pattern of long commands -> arguments appended; the last of two equal options holds."""

A_VERDICT = r"python -m ant_bringup.check_driver"
"""Commands for which exit code 1 is an answer: on a busy machine the driver's rate may be too low."""

RUNNABLE = {page: [c for c in commands(page) if not any(re.match(p, c) for p in NOT_RUN)] for page in PAGES}

README = PAGES[0]
TO_RUN = [README, *(page for page in PAGES if not set(RUNNABLE[page]) <= set(RUNNABLE[README]))]
"""Pages that only repeat commands of the README are not run again."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of what git would clone, sharing this tree's virtual environment."""
    if not shutil.which("git") or not shutil.which("make"):
        pytest.skip("git or make is not installed")
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git repository: there is nothing to tell the tree from what was made in it")
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    if not (folder / ".venv").is_symlink():
        (folder / ".venv").symlink_to(ROOT / ".venv")
    # Older than the environment, which make would install anew otherwise.
    for lock in (folder / "requirements").iterdir():
        os.utime(lock, (0, 0))
    run(folder, ["make setup"], domain=0)
    return folder


def run(folder: Path, lines: list[str], domain: int) -> str:
    """Run the commands in one bash and return their output.

    Raises:
        AssertionError: if one of them fails.
    """
    script = ["set -eE -o pipefail", "trap 'echo \"failed: $BASH_COMMAND\"' ERR", *lines]
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "ROS_DOMAIN_ID": str(domain),
        "MUJOCO_GL": "osmesa",  # nothing can be rendered: trainings leave their videos out
        "PYOPENGL_PLATFORM": "none",
    }
    log = folder / "output.txt"
    with log.open("w") as output:
        bash = subprocess.Popen(
            ["bash", "-c", "\n".join(script)],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        code = bash.wait(280)
    finally:
        # What was started in the background and not ended by the page.
        end_group(bash.pid)
    text = log.read_text()
    assert code == 0, text[-4000:]
    return text


def end_group(group: int) -> None:
    """End all processes of a group and wait until they are gone."""

    def is_gone() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
    wait_until(is_gone, "the end of what a page's commands started")


def as_run(command: str) -> str:
    """Return the command with the arguments that shorten it."""
    for pattern, arguments in SHORTER.items():
        if re.match(pattern, command):
            command = f"{command} {arguments}"
    return f"{command} || [ $? -eq 1 ]" if re.match(A_VERDICT, command) else command


@pytest.mark.parametrize("page", TO_RUN, ids=lambda page: page.name)
def test_commands_run_as_printed(page: Path, clone: Path, domain: int) -> None:
    for name, text in files(page).items():
        (clone / name).write_text(text)
    output = run(clone, [as_run(command) for command in RUNNABLE[page]], domain)
    if any(command.startswith("make jump") for command in RUNNABLE[page]):
        for row in re.findall(r"^│ (\w[\w /]*?) +│", page.read_text(), re.MULTILINE):
            assert f"│ {row}" in output, f"{page.name} shows '{row}' in the output of make jump; it prints:\n{output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_not_run_name_what_exists(page: Path) -> None:
    missing = [f"{c}: {fault}" for c in commands(page) if c not in RUNNABLE[page] for fault in faults(c)]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_text_name_what_exists(page: Path) -> None:
    missing = [f"{c}: {fault}" for c in commands_in_text(page) for fault in faults(c)]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_commands_is_seen(page: Path) -> None:
    blocks = page.read_text().split("```")[1::2]
    assert not [block for block in blocks if UNLABELLED.match(f"```{block}")], "expected ```bash"


def test_every_reason_is_needed() -> None:
    printed = [command for page in PAGES for command in commands(page)]
    for pattern in [*NOT_RUN, *SHORTER, A_VERDICT]:
        assert any(re.match(pattern, command) for command in printed), f"no page has a command like '{pattern}'"
