"""RViz configuration for a robot."""

from copy import deepcopy
from typing import Any


def for_robot(config: dict[str, Any], root: str, prefix: str) -> dict[str, Any]:
    """Copy of an .rviz file's content for a robot.

    Args:
        config: content of the file.
        root: root link, which the camera follows.
        prefix: of `odom`, the root link and the robot model, such as 'ant1/'.

    Raises:
        ValueError: if the prefix does not end with the slash that RViz puts after a model's prefix.
    """
    if prefix and not prefix.endswith("/"):
        raise ValueError(f"frame_prefix is '{prefix}'; expected one that ends with '/', such as 'ant1/'")
    config = deepcopy(config)
    manager = config["Visualization Manager"]
    manager["Global Options"]["Fixed Frame"] = f"{prefix}odom"
    manager["Views"]["Current"]["Target Frame"] = prefix + root
    for display in manager["Displays"]:
        if display["Class"] == "rviz_default_plugins/RobotModel":
            display["TF Prefix"] = prefix.removesuffix("/")
    return config
