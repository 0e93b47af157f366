"""ROS parameters declared from a frozen dataclass: default, description with unit, range and choices in one place."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from ant_ros.compat import parameter_overrides

Config = TypeVar("Config")


def declare_config(node: Node, config_type: type[Config], *, read_only: bool = True) -> Config:
    """Declare a parameter for each field made by `ant_ros.config.parameter`, and read them all.

    Raises:
        ValueError: for an unknown override, or a value that is not a choice.
        InvalidParameterTypeException: for a value of the wrong type.
        InvalidParameterValueException: for a value out of range.
    """
    entries = fields(config_type)  # type: ignore[arg-type]
    for entry in entries:
        descriptor = ParameterDescriptor(description=entry.metadata["description"], read_only=read_only)
        descriptor.additional_constraints = " | ".join(entry.metadata["choices"])
        limits = entry.metadata["limits"]
        if limits and isinstance(entry.default, float):
            descriptor.floating_point_range = [FloatingPointRange(from_value=limits[0], to_value=limits[1])]
        elif limits:
            descriptor.integer_range = [IntegerRange(from_value=limits[0], to_value=limits[1], step=1)]
        default = list(entry.default) if isinstance(entry.default, tuple) else entry.default
        node.declare_parameter(entry.name, default, descriptor)
    # rclpy keeps overrides of undeclared parameters silently.
    for name in parameter_overrides(node):
        if not node.has_parameter(name) and not name.startswith("qos_overrides."):
            available = ", ".join(entry.name for entry in entries)
            raise ValueError(f"parameter '{name}' is unknown; available: {available}")
    return read_config(node, config_type)


def read_config(node: Node, config_type: type[Config], changes: Sequence["Parameter[Any]"] = ()) -> Config:
    """Read the declared parameters, arrays as tuples, as they would be after some changes.

    Raises:
        ValueError: for a value that is not a choice.
    """
    changed = {each.name: each.value for each in changes}
    values: dict[str, Any] = {}
    for entry in fields(config_type):  # type: ignore[arg-type]
        value, choices = changed.get(entry.name, node.get_parameter(entry.name).value), entry.metadata["choices"]
        if choices and value not in choices:
            raise ValueError(f"parameter '{entry.name}' is '{value}'; expected one of: {', '.join(choices)}")
        values[entry.name] = tuple(value) if isinstance(entry.default, tuple) else value
    return config_type(**values)
