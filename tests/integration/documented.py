"""Commands of README.md and docs/*.md, and a check of the names in those that are not run."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import yaml
from commands import launch_arguments

from ant_policy import PolicyError
from ant_policy.train import parse
from ant_policy.training.preset import load_preset

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OURS = {path.name for path in (ROOT / "ros2_ws" / "src").iterdir()}
IN_TEXT = re.compile(r"`((?:make|python -m|ros2 (?:run|launch)|docker compose) [^`…]+)`")
UNLABELLED = re.compile(r"^```\n(make|python|ros2|colcon|rosdep|source|docker|git|pip|sudo)\b", re.MULTILINE)
SETTINGS = re.compile(r"^(?:\w+=\S+ )+")


def commands(page: Path) -> list[str]:
    """Return the commands in the page's bash blocks, without comments."""
    lines = "".join(FENCE.findall(page.read_text())).replace("\\\n", " ").splitlines()
    return [command for line in lines if (command := re.sub(r"(^|\s+)#.*", "", line).strip())]


def files(page: Path) -> dict[str, str]:
    """Return the text of the page's blocks with a title, by the name of the file to save it as."""
    return dict(re.findall(r'^```\w+ title="([\w.]+)"\n(.*?)^```$', page.read_text(), re.MULTILINE | re.DOTALL))


def commands_in_text(page: Path) -> list[str]:
    """Return the commands quoted in prose and tables."""
    text = re.sub(r"\s+", " ", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL))
    return [command.replace("&#124;", "|") for command in IN_TEXT.findall(text)]


def faults(command: str) -> Iterator[str]:
    """Yield the names in a command that do not exist."""
    for part in command.split(" && "):
        yield from _faults(shlex.split(SETTINGS.sub("", part).removesuffix("&")))


def _faults(words: list[str]) -> Iterator[str]:
    match words:
        case ["make", *rest]:
            yield from _make(rest)
        case ["python", "-m", module, *rest]:
            yield from _module(module, rest)
        case ["ros2", "run", package, executable, *rest] if package in OURS:
            scripts = (ROOT / "ros2_ws" / "src" / package / "setup.py").read_text()
            line = re.search(rf'"{executable} = ([\w.]+):main"', scripts)
            yield from [] if line else [f"{package} has no executable {executable}"]
            yield from _module(line[1], rest) if line else []
        case ["ros2", "launch", "ant_bringup", file, *rest]:
            yield from _launch(file, rest)
        case ["ros2", "service", "call", name, *_]:
            service = name.removeprefix("/sim_node/")
            if f"`~/{service}`" not in (ROOT / "docs" / "interface.md").read_text():
                yield f"no service {name}"
        case ["docker", "compose", *rest]:
            yield from _compose(rest)


def _make(arguments: list[str]) -> Iterator[str]:
    text = (ROOT / "Makefile").read_text()
    for argument in arguments:
        name, is_variable, _ = argument.strip("[]").partition("=")
        if is_variable and not re.search(rf"^{name} \?=", text, re.MULTILINE) and f"$({name})" not in text:
            yield f"the Makefile has no variable {name}"
        if not is_variable and not re.search(rf"^(\w+ )*{name}( \w+)*:", text, re.MULTILINE):
            yield f"the Makefile has no target {name}"


def _module(module: str, arguments: list[str]) -> Iterator[str]:
    """Compare options with the module's --help; nodes take ROS arguments instead."""
    options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    if importlib.util.find_spec(module) is None:
        yield f"there is no module {module}"
    elif module == "ant_policy.train" and arguments and "--help" not in arguments:
        yield from _training(arguments)
    elif options and "--ros-args" not in options:
        name = f"{module}.__main__" if importlib.util.find_spec(module).submodule_search_locations else module
        first = [word for word in arguments[:1] if not word.startswith("-")]
        text = _help(name, first)
        unknown = [option for option in options if not re.search(rf"{option}(?![\w-])", text)]
        yield from (f"{module} has no option {option}" for option in unknown)


def _training(arguments: list[str]) -> Iterator[str]:
    """Yield the settings that a training would refuse."""
    try:
        given = vars(parse(arguments))
        algorithm, preset = given.pop("algorithm"), given.pop("preset")
        hyperparameters = {name: value for name, value in given.items() if name not in ("out", "resume", "overwrite")}
        load_preset(algorithm, preset or "fast", hyperparameters)
    except PolicyError as error:
        yield str(error)


def _help(module: str, first: list[str]) -> str:
    """Return the help of a module and of its subcommand, if any."""
    main = importlib.import_module(module).main
    text = StringIO()
    with redirect_stdout(text):
        for arguments in (["--help"], [*first, "--help"]):
            with suppress(SystemExit):
                main(arguments)
    return text.getvalue()


def _launch(file: str, arguments: list[str]) -> Iterator[str]:
    # jump.launch.py includes robot.launch.py.
    names = [name for each in {file, "robot.launch.py"} for name, *_ in launch_arguments(each)]
    for argument in arguments:
        if argument != "--show-args" and argument.partition(":=")[0] not in names:
            yield f"{file} has no argument {argument}"


def _compose(arguments: list[str]) -> Iterator[str]:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    words = iter(arguments)
    for word in words:
        if word == "--profile" and (profile := next(words)) not in profiles:
            yield f"compose.yaml has no profile {profile}"
        if word in ("up", "run"):
            named = [w for w in words if not w.startswith("-")]
            # What follows the service of `run` is its command.
            named = named[:1] if word == "run" else named
            yield from (f"compose.yaml has no service {name}" for name in named if name not in services)
