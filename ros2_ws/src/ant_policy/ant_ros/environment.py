"""Refusal, in one line, of an environment in which the import of rclpy would fail or end the process."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path
from typing import Any

EXTENSION = "_rclpy_pybind11"
"""rclpy's library, which is made for one version of Python."""


def problem(rclpy: Path) -> str:
    """Reason for which an installed rclpy cannot be imported, and what to do; empty if it can.

    Args:
        rclpy: its folder.
    """
    if not any((rclpy / f"{EXTENSION}{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
        return (
            f"rclpy in {rclpy} has no {EXTENSION}{EXTENSION_SUFFIXES[0]}: it is another Python's or another ROS'; "
            "take it off PYTHONPATH (new shell, `source env.sh` of this workspace)"
        )
    name = os.environ.get("RMW_IMPLEMENTATION", "")
    prefixes = [Path(prefix) / "lib" for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    libraries = [Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if folder]
    folders = {Path(sys.prefix) / "lib", *prefixes, *libraries}
    found = {path.stem.removeprefix("lib") for folder in folders for path in folder.glob("librmw_*.so")}
    if not name or not found or name in found:
        return ""
    available = [each for each in sorted(found) if each.endswith("_cpp") and "shared" not in each and "__" not in each]
    instead = " or ".join(available or ["one that is"])
    return f"RMW_IMPLEMENTATION is '{name}', which is not installed; unset it, or set it to {instead}"


class _RclpyGuard(MetaPathFinder):
    """Looks at rclpy before it is imported for the first time."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Exit with 2 and one line if rclpy cannot be imported; find nothing."""
        if fullname != "rclpy":
            return
        spec = PathFinder.find_spec(fullname, path)
        text = problem(Path(spec.origin).parent) if spec is not None and spec.origin is not None else ""
        if text:
            print(f"error: {text}", file=sys.stderr)
            raise SystemExit(2)


def guard_rclpy() -> None:
    """Look at rclpy before this process imports it: rcl would say what is wrong, but not what to do."""
    if not any(isinstance(finder, _RclpyGuard) for finder in sys.meta_path):
        sys.meta_path.insert(0, _RclpyGuard())
