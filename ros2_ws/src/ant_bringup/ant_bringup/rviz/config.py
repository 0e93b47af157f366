"""RViz configuration for a robot whose frames have a prefix."""

from copy import deepcopy
from typing import Any


def with_frame_prefix(config: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Copy of an .rviz file's content with a prefix, such as 'ant1/', for `odom`, `torso` and the robot model.

    Raises:
        ValueError: if the prefix does not end with the slash that RViz puts after a model's prefix.
    """
    if prefix and not prefix.endswith("/"):
        raise ValueError(f"frame_prefix is '{prefix}'; expected one that ends with '/', such as 'ant1/'")
    config = deepcopy(config)
    manager = config["Visualization Manager"]
    for part, key in ((manager["Global Options"], "Fixed Frame"), (manager["Views"]["Current"], "Target Frame")):
        part[key] = prefix + part[key]
    for display in manager["Displays"]:
        if display["Class"] == "rviz_default_plugins/RobotModel":
            display["TF Prefix"] = prefix.removesuffix("/")
    return config
