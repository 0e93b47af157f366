"""Time budget of a lockstep step: the callbacks of both nodes, called one after the other, part by part."""

from collections import defaultdict
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher

from ant_policy.policy_node import PolicyNode
from ant_policy.ros import inputs
from ant_ros.run_node import ros
from ant_sim.sim_node import SimNode
from benchmarks.loop.lockstep import measure_nodes
from benchmarks.report import Figure, progress

TITLE = "a lockstep step, from one state to the next"
HELP = {"steps": "steps that are timed", "window": "seconds of the run in two processes"}

AWAITED = {"odom", "joint_states", "joint_commands"}
"""Topics that the next step waits for."""
ASIDE = "beside it: what nobody waits for"
"""Part of everything else that is published."""


class Stopwatch:
    """Times functions by part; what a part calls counts for the other part only."""

    def __init__(self) -> None:
        """Start without times."""
        self.times: dict[str, list[float]] = defaultdict(list)
        self._inner = [0.0]

    def wrap(self, owner: Any, name: str, part: Callable[[Any], str] | str) -> None:
        """Time a function of an object, module or class; its part may depend on the first argument."""
        function = getattr(owner, name)

        def timed(*args: Any) -> Any:
            self._inner.append(0.0)
            begin = perf_counter()
            try:
                return function(*args)
            finally:
                seconds = perf_counter() - begin
                self.times[part if isinstance(part, str) else part(args[0])].append(seconds - self._inner.pop())
                self._inner[-1] += seconds

        setattr(owner, name, timed)


def measure_parts(steps: int) -> dict[str, float]:
    """Time [us] of each part of a step; messages are handed over in this process, without DDS."""
    watch = Stopwatch()
    with ros([]):
        simulator = SimNode(parameter_overrides=[Parameter("real_time_factor", value=0.0)])
        policy = PolicyNode(parameter_overrides=[Parameter("policy", value="sac")])
        policy.trigger_configure()
        policy.trigger_activate()
        controller, messages = policy.controller, simulator._messages
        sent: dict[str, Any] = {}

        def published(publisher: Publisher) -> str:
            return "publish" if publisher.topic_name.lstrip("/") in AWAITED else ASIDE

        publish = Publisher.publish
        watch.wrap(Publisher, "publish", published)
        timed_publish = Publisher.publish
        Publisher.publish = lambda self, message: (
            sent.update({self.topic_name: message}),
            timed_publish(self, message),
        )
        for owner, name, part in (
            (inputs, "base_sample", "policy: convert state"),
            (inputs, "joint_sample", "policy: convert state"),
            (controller._policy, "act", "policy: act"),
            (policy._outputs._messages, "by_name", "policy: convert command"),
            (policy._outputs._messages, "in_order", ASIDE),
            (simulator._decoder, "decode_message", "simulator: convert command"),
            (simulator.simulator, "step", "simulator: integrate"),
            (simulator.simulator, "state", "simulator: convert state"),
            (messages, "fill", "simulator: convert state"),
            (messages, "fill_imu", ASIDE),
            (simulator.simulator, "proper_acceleration_b", ASIDE),
        ):
            watch.wrap(owner, name, part)
        subscriptions = {each.topic_name: each for each in policy.subscriptions}
        for topic in ("/odom", "/joint_states"):
            watch.wrap(subscriptions[topic], "callback", "policy: decide")
        watch.wrap(simulator, "_on_joint_commands", "simulator: decide")
        for _ in progress(steps, "budget"):
            subscriptions["/odom"].callback(messages.odometry)
            subscriptions["/joint_states"].callback(messages.joints)
            simulator._on_joint_commands(sent["/joint_commands"])
        Publisher.publish = publish
        for node in (simulator, policy):
            node.destroy_node()
    return {part: 1e6 * float(np.sum(times)) / steps for part, times in watch.times.items()}


def run(steps: int = 2000, window: float = 4.0) -> list[Figure]:
    """Measure the parts in this process, and the whole step in two."""
    parts, step = measure_parts(steps), 1e6 / measure_nodes(window)
    aside = parts.pop(ASIDE)
    figures = [Figure(part, value, "us") for part, value in sorted(parts.items())]
    return [
        *figures,
        Figure("receive and wait: DDS, executors, scheduler", step - sum(parts.values()), "us"),
        Figure("a step", step, "us"),
        Figure(ASIDE, aside, "us"),
    ]
