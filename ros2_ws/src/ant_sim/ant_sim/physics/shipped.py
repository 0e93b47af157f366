"""Robots of this package, in `assets/`."""

from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
FILE_NAMES = ("robot.xml", "custom_ant.xml")
"""MJCF file in a robot's folder."""


def find_model(robot: str) -> Path:
    """MJCF file of a robot.

    Args:
        robot: name of a shipped robot, or a folder with `robot.xml`.

    Raises:
        ValueError: if there is neither.
    """
    for folder in (ASSETS / robot, Path(robot)):
        for file_name in FILE_NAMES:
            if (folder / file_name).is_file():
                return folder / file_name
    shipped = sorted(path.parent.name for name in FILE_NAMES for path in ASSETS.glob(f"*/{name}"))
    raise ValueError(
        f"robot '{robot}' is unknown; available: {', '.join(shipped)}, or a folder with {FILE_NAMES[0]} "
        "(any MJCF file: parameter model)"
    )
