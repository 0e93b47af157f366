"""Command lines with ROS arguments, and a node's `--help` with its parameters."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any

from rclpy.utilities import remove_ros_args

from ant_ros.compat import ARGUMENT_ERRORS, rcl_reason


def split_ros_arguments(parser: argparse.ArgumentParser, args: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Split a command line (None: the process's) into the program's own arguments and those of ROS.

    Exits with 2 if those of ROS are invalid.
    """
    parser.epilog = parser.epilog or "ROS arguments are taken too, such as --ros-args -r __ns:=/ant1 --log-level debug"
    given = list(sys.argv[1:] if args is None else args)
    of_ros, inside = [], False
    for word in given:
        inside = word == "--ros-args" or (inside and word != "--")
        of_ros += [word] * inside
    try:
        return remove_ros_args([parser.prog, *given])[1:], of_ros
    except UnicodeEncodeError as error:
        parser.error(f"argument {error.object!a} cannot be read; expected UTF-8, which PYTHONUTF8=1 switches on")
    except ARGUMENT_ERRORS as error:
        parser.error(f"--ros-args: {rcl_reason(error)}; expected -p NAME:=VALUE or -r FROM:=TO")


def check_arguments(program: str, description: str, config: type | None, args: Sequence[str] | None) -> None:
    """Exit with 0 after `--help`, which lists fields of `config`, with 2 for arguments that are not of ROS."""
    parameters: list[Field[Any]] = list(fields(config)) if config is not None else []
    lines = [f"  {entry.name} ({_shown(entry.default)})\n      {entry.metadata['description']}" for entry in parameters]
    parser = argparse.ArgumentParser(
        prog=program,
        usage=f"{program} [--help] [--ros-args -p NAME:=VALUE ... -r FROM:=TO ...]",
        description=description,
        epilog="\n".join(["parameters (default):", *lines]) if lines else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    given = list(sys.argv[1:] if args is None else args)
    before_ros = given[: given.index("--ros-args")] if "--ros-args" in given else given
    _, unknown = parser.parse_known_args(split_ros_arguments(parser, given)[0])
    unknown += [word for word in before_ros if ":=" in word and word not in unknown]
    if unknown:
        parser.error(f"unknown argument '{unknown[0]}'; {_hint(unknown, [entry.name for entry in parameters])}")


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return repr(list(default) if isinstance(default, tuple) else default)


def _hint(unknown: Sequence[str], names: Sequence[str]) -> str:
    """The ROS form of an argument."""
    first, *rest = unknown
    name, _, value = first.lstrip("-").replace(":=", "=").partition("=")
    name = name.replace("-", "_")
    if ":=" in first and name not in names:
        return f"give a remapping as --ros-args -r {first}"
    if name not in names:
        return f"parameters: {', '.join(names)}; give one as --ros-args -p NAME:=VALUE" if names else "it takes none"
    return f"give the parameter as --ros-args -p {name}:={value or (rest[0] if rest else 'VALUE')}"
