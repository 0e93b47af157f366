"""Activation of a running policy node, for machines without `ros2 lifecycle`."""

import sys
from collections.abc import Callable, Sequence

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.node import Node

from ant_ros.run_node import ros

OPTION = "--activate"
NODE = "policy_node"
TIMEOUT = 5.0
"""Timeout of a service call [s]."""
TRANSITIONS = {
    "unconfigured": ("configure", "activate"),
    "inactive": ("activate",),
    "active": (),
}
"""Transitions from each lifecycle state to active."""


class ActivationError(Exception):
    """The policy node did not become active; the message says why."""


def activate(
    get_state: Callable[[GetState.Request], GetState.Response], change: Callable[..., ChangeState.Response]
) -> str:
    """Configure, if needed, and activate a policy node; returns what was done, for people.

    `get_state` and `change` call its services.

    Raises:
        ActivationError: it refused.
    """
    state = get_state(GetState.Request()).current_state.label
    if state not in TRANSITIONS:
        raise ActivationError(f"{NODE} is {state}; expected {', '.join(TRANSITIONS)}")
    for label in TRANSITIONS[state]:
        request = ChangeState.Request(transition=Transition(id=getattr(Transition, f"TRANSITION_{label.upper()}")))
        if not change(request).success:
            raise ActivationError(f"{label}: refused; the log of {NODE} says why")
    return "active" if TRANSITIONS[state] else "active already"


def main(args: Sequence[str]) -> int:
    """Activate the policy node of this domain and namespace; exit code 0, or 1 with the reason."""

    def ask(client: Client, request: object) -> object:
        future = client.call_async(request)
        rclpy.spin_until_future_complete(node, future, timeout_sec=TIMEOUT)
        if not future.done():
            raise ActivationError(f"{client.srv_name} has not answered within {TIMEOUT:g} s")
        return future.result()

    with ros([word for word in args if word != OPTION]):
        node = Node("activate_policy", start_parameter_services=False)
        get_state = node.create_client(GetState, f"{NODE}/get_state")
        change = node.create_client(ChangeState, f"{NODE}/change_state")
        try:
            if not (get_state.wait_for_service(TIMEOUT) and change.wait_for_service(TIMEOUT)):
                raise ActivationError(f"no {node.resolve_service_name(NODE)} in this domain; is it running?")
            done = activate(lambda request: ask(get_state, request), lambda request: ask(change, request))
            print(f"{NODE}: {done}")
        except ActivationError as error:
            print(f"{NODE}: error: {error}", file=sys.stderr)
            return 1
        finally:
            node.destroy_node()
    return 0
