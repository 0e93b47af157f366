"""Lifecycle transitions that cannot end their node."""

from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode


def guard_transitions(node: LifecycleNode) -> None:
    """Answer an invalid transition with a refusal: in Jazzy its exception ends the node."""
    service = node._service_change_state
    change_state = service.callback

    def guarded(request: Any, response: Any) -> Any:
        try:
            return change_state(request, response)
        except rclpy_implementation.RCLError:
            state = node._state_machine.current_state[1]
            label = request.transition.label or request.transition.id
            node.get_logger().warning(f"transition '{label}' is not possible in state '{state}'; nothing changed")
            response.success = False
            return response

    service.callback = guarded
