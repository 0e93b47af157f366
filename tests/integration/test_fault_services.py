"""Services that are called without sense or end: nothing breaks, nothing is lost."""

import random

from diagnostic_msgs.msg import DiagnosticArray
from faults import record
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from processes import Observer, repeating, wait_until
from robots import Robot
from std_srvs.srv import Trigger


def test_transitions_in_any_order_never_end_the_node(start, observer: Observer, robot: Robot) -> None:
    policy = start("policy", policy=robot.policy, autostart=False)
    rng = random.Random(5)
    transitions = [
        Transition.TRANSITION_CONFIGURE,
        Transition.TRANSITION_ACTIVATE,
        Transition.TRANSITION_DEACTIVATE,
        Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_CREATE,
        Transition.TRANSITION_DESTROY,
        200,
    ]
    allowed = {
        ("unconfigured", Transition.TRANSITION_CONFIGURE): "inactive",
        ("inactive", Transition.TRANSITION_ACTIVATE): "active",
        ("inactive", Transition.TRANSITION_CLEANUP): "unconfigured",
        ("active", Transition.TRANSITION_DEACTIVATE): "inactive",
    }
    state = "unconfigured"
    for _ in range(60):
        request = ChangeState.Request()
        request.transition.id = rng.choice(transitions)
        expected = allowed.get((state, request.transition.id))
        assert observer.call(ChangeState, "policy_node/change_state", request).success == (expected is not None)
        state = expected or state
        found = observer.call(GetState, "policy_node/get_state", GetState.Request()).current_state.label
        assert found == state
    assert policy.stop() == 0
    assert "Traceback" not in policy.output
    record(robot, "60 lifecycle transitions in random order", "invalid ones are refused; the node survives")


def test_1000_resets_lose_nothing(start, observer: Observer, robot: Robot) -> None:
    ends = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", seed=1, sync=False, **robot.parameters)
    start("policy", policy=robot.policy)
    client = observer.node.create_client(Trigger, "sim_node/reset")
    assert client.wait_for_service(30.0)
    # A response is lost while the server does not know this client yet (rmw_fastrtps), though the request is not.
    futures = [client.call_async(Trigger.Request())]
    with repeating(lambda: futures.append(client.call_async(Trigger.Request())), 1.0):
        wait_until(lambda: any(future.done() for future in futures), "a first reset")
    for i in range(1000):
        future = client.call_async(Trigger.Request())
        wait_until(future.done, f"reset {i}")
        assert future.result().success

    def episodes() -> set[str]:
        return {
            item.value
            for message in list(ends)
            for status in message.status
            if status.name == "/sim_node: episode"
            for item in status.values
            if item.key == "episode"
        }

    wait_until(lambda: len(episodes()) >= 1000, "1000 ends of episodes")
    assert sim.stop() == 0
    assert "Traceback" not in sim.output
    record(robot, "1,000 resets", "1,000 episodes, each reported")
