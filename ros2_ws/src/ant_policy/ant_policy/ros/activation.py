"""Activation of a running policy node, for machines without `ros2 lifecycle`."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.node import Node

from ant_ros.run_node import ros

OPTION = "--activate"
NODE = "policy_node"
TIMEOUT = 5.0
"""Timeout of a service call, and of discovery [s]: DDS announces a node again only every 3 s."""
TRANSITIONS = {
    "unconfigured": ("configure", "activate"),
    "inactive": ("activate",),
    "active": (),
}
"""Transitions from each lifecycle state to active."""


class ActivationError(Exception):
    """The policy node did not become active; the message says why."""


def policy_nodes(node: Node) -> list[str]:
    """Full names of the lifecycle nodes in a node's namespace that listen to e_stop; `policy_node` alone, if it is one.

    Other lifecycle nodes of a robot, such as its lidar's, are not ours to activate.
    """
    here = node.get_namespace().rstrip("/")
    listeners = {
        f"{info.node_namespace.rstrip('/')}/{info.node_name}" for info in node.get_subscriptions_info_by_topic("e_stop")
    }
    services = {name for name, types in node.get_service_names_and_types() if "lifecycle_msgs/srv/ChangeState" in types}
    found = sorted(name for name in listeners if f"{name}/change_state" in services and name.rpartition("/")[0] == here)
    usual = f"{here}/{NODE}"
    return [usual] if usual in found else found


def choose(names: Sequence[str], namespace: str) -> str:
    """The only policy node.

    Raises:
        ActivationError: there is none, or more than one.
    """
    if len(names) > 1:
        raise ActivationError(f"several policy nodes: {', '.join(names)}; choose one: {OPTION} NAME")
    if not names:
        raise ActivationError(f"no policy node in namespace '{namespace}' of this domain; is it running there?")
    return names[0]


def activate(
    name: str, get_state: Callable[[GetState.Request], GetState.Response], change: Callable[..., ChangeState.Response]
) -> str:
    """Configure, if needed, and activate the policy node of this name; returns what was done, for people.

    `get_state` and `change` call its services.

    Raises:
        ActivationError: it refused.
    """
    state = get_state(GetState.Request()).current_state.label
    if state not in TRANSITIONS:
        raise ActivationError(f"{name} is {state}; expected {', '.join(TRANSITIONS)}")
    for label in TRANSITIONS[state]:
        request = ChangeState.Request(transition=Transition(id=getattr(Transition, f"TRANSITION_{label.upper()}")))
        if not change(request).success:
            raise ActivationError(f"{label}: refused; the log of {name} says why")
    return "active" if TRANSITIONS[state] else "active already"


def main(args: Sequence[str]) -> int:
    """Activate a policy node, the only one of this namespace or the one named; exit code 0, or 1 with the reason."""
    at = list(args).index(OPTION)
    named = [word for word in args[at + 1 : at + 2] if not word.startswith("-")]

    def find() -> str:
        begin, names = monotonic(), list[str]()
        while monotonic() - begin < TIMEOUT:
            rclpy.spin_once(node, timeout_sec=0.1)
            names = policy_nodes(node)
            if names == [f"{node.get_namespace().rstrip('/')}/{NODE}"]:
                break
        return choose(names, node.get_namespace())

    def ask(client: Client, request: object) -> object:
        if not client.wait_for_service(TIMEOUT):
            raise ActivationError(f"{client.srv_name} is not there; is the node running?")
        future = client.call_async(request)
        rclpy.spin_until_future_complete(node, future, timeout_sec=TIMEOUT)
        if not future.done():
            raise ActivationError(f"{client.srv_name} has not answered within {TIMEOUT:g} s")
        return future.result()

    with ros([*args[:at], *args[at + 1 + len(named) :]]):
        node = Node("activate_policy", start_parameter_services=False)
        try:
            name = named[0] if named else find()
            get_state = node.create_client(GetState, f"{name}/get_state")
            change = node.create_client(ChangeState, f"{name}/change_state")
            print(f"{name}: {activate(name, partial(ask, get_state), partial(ask, change))}")
        except ActivationError as error:
            print(f"{NODE}: error: {error}", file=sys.stderr)
            return 1
        finally:
            node.destroy_node()
    return 0
