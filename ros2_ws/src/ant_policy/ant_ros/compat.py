"""Private and experimental APIs of rclpy, each seen in rclpy 7.1.6 (Jazzy), and the reason why no other will do."""

from collections.abc import Iterable
from typing import Any

from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.service import Service

try:
    from rclpy.experimental import EventsExecutor
except ImportError:  # before rclpy 7.1.4
    EventsExecutor = SingleThreadedExecutor

RCLError = rclpy_implementation.RCLError
"""Failure inside of rcl; rclpy does not export it (rclpy 7.1.6)."""
ARGUMENT_ERRORS = (rclpy_implementation.UnknownROSArgsError, rclpy_implementation.RCLInvalidROSArgsError)
"""Arguments after --ros-args that ROS does not know; not exported (rclpy 7.1.6)."""


def rcl_reason(error: Exception) -> str:
    """Text of rcl without the places in its sources, which it appends (rclpy 7.1.6)."""
    return str(error).partition(", at /")[0]


def make_executor() -> Executor:
    """Executor of a node's callbacks, in one thread.

    The events executor takes messages as DDS announces them; the stable one builds a wait set of all entities for each
    of them, which doubles a node's processor time. Its `spin_once` needs a timeout (rclpy 7.1.6).
    """
    return EventsExecutor()


class LateResponses:
    """Responses that a service sends after its callback has returned.

    Coroutines are rclpy's way, but the events executor takes none for services before rclpy 7.1.11.
    """

    def __init__(self, service: Service) -> None:
        """Take over the sending of a service's responses."""
        self._send = service.send_response
        self._held: dict[int, tuple[Any, Any]] = {}
        service.send_response = self._on_return

    def hold(self, response: Any) -> None:
        """Hold a response back, which the callback returns, until `send`."""
        self._held[id(response)] = response, None

    def send(self, response: Any) -> None:
        """Send a response that was held back."""
        _, header = self._held.pop(id(response))
        if header is not None:  # otherwise the callback has yet to return it
            self._send(response, header)

    def _on_return(self, response: Any, header: Any) -> None:
        if id(response) in self._held:
            self._held[id(response)] = response, header
        else:
            self._send(response, header)


def parameter_overrides(node: Node) -> Iterable[str]:
    """Names of all overrides that the node was given, declared or not; no public API lists them (rclpy 7.1.6)."""
    names: Iterable[str] = node._parameter_overrides
    return names


def lifecycle_state(node: LifecycleNode) -> str:
    """Label of the node's lifecycle state; public only as a service (rclpy 7.1.6)."""
    return str(node._state_machine.current_state[1])


def destroy_state_machine(node: LifecycleNode) -> None:
    """Destroy what `destroy_node` leaves to the interpreter's end, where DDS may crash (rclpy 7.1.6)."""
    node._state_machine.destroy_when_not_in_use()


def guard_transitions(node: LifecycleNode) -> None:
    """Refuse an invalid transition instead of raising RCLError, which ends the node (rclpy 7.1.6)."""
    service = node._service_change_state
    change_state = service.callback

    def guarded(request: Any, response: Any) -> Any:
        try:
            return change_state(request, response)
        except RCLError:
            label, state = request.transition.label or request.transition.id, lifecycle_state(node)
            node.get_logger().warning(f"transition '{label}' is not possible in state '{state}'; nothing changed")
            response.success = False
            return response

    service.callback = guarded
