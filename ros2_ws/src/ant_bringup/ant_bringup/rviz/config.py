"""A configuration of RViz for a robot whose frames have a prefix."""

from copy import deepcopy
from typing import Any


def with_frame_prefix(config: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Configuration whose frames `odom` and `torso`, and those of the robot model, carry a prefix.

    Args:
        config: as in an .rviz file.
        prefix: such as 'ant1/'; '' changes nothing.

    Raises:
        ValueError: for a prefix without a slash at its end, which RViz puts after that of a robot model.
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
