"""Tables of the commands: console scripts by their own --help, make targets by the Makefile's."""

import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from importlib import import_module
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ant_policy", "ant_sim", "ant_bringup")


def console_scripts() -> Iterator[tuple[str, str, str]]:
    """Package, name and module of each console script."""
    for package in PACKAGES:
        text = (ROOT / "ros2_ws" / "src" / package / "setup.py").read_text(encoding="utf-8")
        for name, module in re.findall(r'"(\w+) = ([\w.]+):main"', text):
            yield package, name, module


def command_description(module: str) -> str:
    """First sentence of a command's --help.

    Raises:
        ValueError: if it says nothing.
    """
    output = StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        import_module(module).main(["--help"])
    paragraphs = re.split(r"\n\s*\n", output.getvalue())
    if len(paragraphs) < 2 or paragraphs[1].startswith(("options:", "positional arguments:")):
        raise ValueError(f"`python -m {module} --help` has no description")
    sentence = " ".join(paragraphs[1].split())
    return sentence.partition(": `")[0].rstrip(".")


def make_targets() -> Iterator[tuple[str, str]]:
    """Each line of the Makefile's own help: the command with its variables, and what it does."""
    for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"# (make \S.*?)\s{2,}(\S.*)", line):
            yield found[1], found[2]
        elif found := re.match(r"#\s{5,}(\S.*?)\s{2,}(\S.*)", line):
            yield f"make jump {found[1]}", found[2]
        elif not line.startswith("#"):
            return
