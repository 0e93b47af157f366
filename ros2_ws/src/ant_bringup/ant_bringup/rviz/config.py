"""RViz configuration for a robot whose frames have a prefix."""

from copy import deepcopy
from typing import Any


def with_frame_prefix(config: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Prefix the frames `odom` and `torso`, and those of the robot model.

    Args:
        config: content of an .rviz file.
        prefix: such as 'ant1/'; '' changes nothing.

    Raises:
        ValueError: if the prefix does not end with the slash that RViz puts after a model's prefix.
    """
    if prefix and not prefix.endswith("/"):
        raise ValueError(f"frame_prefix is '{prefix}'; expected one that ends with '/', such as 'ant1/'")
    config = deepcopy(config)
    manager = config["Visualization Manager"]
    manager["Global Options"]["Fixed Frame"] = prefix + manager["Global Options"]["Fixed Frame"]
    view = manager["Views"]["Current"]
    view["Target Frame"] = prefix + view["Target Frame"]
    for display in manager["Displays"]:
        if display["Class"] == "rviz_default_plugins/RobotModel":
            display["TF Prefix"] = prefix.removesuffix("/")
    return config
