"""ROS parameters declared from a frozen dataclass: default, description with unit, range and choices in one place.

The counterpart of `ant_policy.ros.parameters`: the packages do not import each other.
"""

from dataclasses import fields
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

Config = TypeVar("Config")


def declare_config(node: Node, config_type: type[Config]) -> Config:
    """Declare a read-only parameter for each field, made by `ant_sim.control_loop.config.parameter`, and read them all.

    Raises:
        ValueError: for an override that no parameter has, or a value outside of its choices.
        InvalidParameterTypeException: for a value of the wrong type.
        InvalidParameterValueException: for a value out of range.
    """
    values: dict[str, Any] = {}
    for entry in fields(config_type):  # type: ignore[arg-type]
        descriptor = ParameterDescriptor(description=entry.metadata["description"], read_only=True)
        descriptor.additional_constraints = " | ".join(entry.metadata["choices"])
        limits = entry.metadata["limits"]
        if limits and isinstance(entry.default, float):
            descriptor.floating_point_range = [FloatingPointRange(from_value=limits[0], to_value=limits[1])]
        elif limits:
            descriptor.integer_range = [IntegerRange(from_value=limits[0], to_value=limits[1], step=1)]
        values[entry.name] = node.declare_parameter(entry.name, entry.default, descriptor).value
    # rclpy keeps overrides of undeclared parameters silently and offers no public list of them.
    for name in node._parameter_overrides:
        if not node.has_parameter(name) and not name.startswith("qos_overrides."):
            raise ValueError(f"parameter '{name}' is unknown; available: {', '.join(values)}")
    return config_type(**values)
