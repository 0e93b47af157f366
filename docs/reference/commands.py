"""Commands: console scripts with their own --help, and arguments of launch files."""

import ast
import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from importlib import import_module
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "ros2_ws" / "src"
PACKAGES = ("ant_policy", "ant_sim", "ant_bringup")
STARTED_BY_LAUNCH = ("markers", "odom_to_tf", "urdf")
"""Executables for RViz, which rviz.launch.py starts; docs/rviz.md describes them."""


def console_scripts() -> Iterator[tuple[str, str, str]]:
    """Package, name and module of each console script; those that launch files start are last."""
    found = []
    for package in PACKAGES:
        text = (SOURCES / package / "setup.py").read_text(encoding="utf-8")
        found += [(package, *script) for script in re.findall(r'"(\w+) = ([\w.]+):main"', text)]
    yield from sorted(found, key=lambda script: script[1] in STARTED_BY_LAUNCH)


def make_targets() -> list[str]:
    """Targets of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return text.partition("\n.PHONY: ")[2].partition("\n")[0].split()


def command_description(module: str) -> str:
    """First sentence of a command's --help; ValueError if there is none."""
    output = StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        import_module(module).main(["--help"])
    paragraphs = re.split(r"\n\s*\n", output.getvalue())
    if len(paragraphs) < 2 or paragraphs[1].startswith(("options:", "positional arguments:")):
        raise ValueError(f"`python -m {module} --help` has no description")
    return " ".join(paragraphs[1].split()).partition(": `")[0].rstrip(".")


def launch_arguments(file: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Name, default, description and choices from ARGUMENTS in a launch file; `launch` is not among the wheels."""
    text = (SOURCES / "ant_bringup" / "launch" / file).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ARGUMENTS":
            for name, (default, description, *choices) in ast.literal_eval(node.value).items():
                yield name, default, description, choices
