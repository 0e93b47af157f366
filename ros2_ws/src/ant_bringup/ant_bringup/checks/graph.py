"""Simulator and policy as processes of their own, and all that they say."""

import random
import secrets
from collections.abc import Callable, Container
from functools import partial
from time import monotonic
from typing import Any

from geometry_msgs.msg import Twist
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import Odometry
from rclpy.publisher import Publisher
from sensor_msgs.msg import Imu, JointState

from ant_bringup.checks.session import TIMEOUT, Session, SessionError
from ant_policy.observation.samples import Vector
from ant_ros.messages import to_ns
from ant_ros.qos import RELIABLE_DEEP

COMMAND_LEAD = 0.5
"""Time [s] for which the policy hears cmd_vel before the robot is there."""


class Graph(Session):
    """Simulator and policy in a namespace and domain of their own, which end with the `with` block.

    Attributes:
        kept: messages by topic and stamp [ns]: joint_states, odom, joint_commands, and imu if it was asked for.
    """

    def __init__(self, sources: Container[str]) -> None:
        """Listen; imu is recorded only if it is one of `sources`."""
        super().__init__(random.randint(1, 101), f"/parity_{secrets.token_hex(4)}")
        kinds = {"joint_states": JointState, "odom": Odometry, "joint_commands": JointState}
        kinds |= {"imu": Imu} if "imu" in sources else {}
        self.kept: dict[str, dict[int, Any]] = {topic: {} for topic in kinds}
        self._subscriptions = [
            self.node.create_subscription(kind, topic, partial(_keep, self.kept[topic]), RELIABLE_DEEP)
            for topic, kind in kinds.items()
        ]
        self._transitions = self.node.create_client(ChangeState, "policy_node/change_state")

    def run(self, policy: str, velocity_command: Vector, **simulator: object) -> None:
        """Start the policy, let it hear the velocity command, start the simulator, and activate the policy.

        Args:
            policy: as of the policy node.
            velocity_command: linear x, linear y [m/s], angular z [rad/s].
            **simulator: parameters of the simulator node.

        Raises:
            SessionError: if the policy cannot be used, or a process has ended.
        """
        timeouts = {"state_timeout": TIMEOUT, "command_input_timeout": TIMEOUT, "autostart": False}
        self.start("ant_policy.policy_node", policy=policy, seed=simulator["seed"], **timeouts)
        self._change_state(Transition.TRANSITION_CONFIGURE)
        if any(velocity_command):
            cmd_vel, twist = self.node.create_publisher(Twist, "cmd_vel", 10), Twist()
            twist.linear.x, twist.linear.y, twist.angular.z = velocity_command
            self.node.create_timer(0.02, lambda: cmd_vel.publish(twist))
            self._tell_velocity(cmd_vel)
        self.start("ant_sim.sim_node", real_time_factor=0.0, command_timeout=TIMEOUT, **simulator)
        self.spin_until(lambda: all(each.get_publisher_count() for each in self._subscriptions), "publishers")
        states = [kept for topic, kept in self.kept.items() if topic != "joint_commands"]
        self.spin_until(lambda: all(states), "the first state")
        self._change_state(Transition.TRANSITION_ACTIVATE)

    def wait_for(self, stamp_ns: int, show: Callable[[int], None]) -> None:
        """Record until all topics have a message of this stamp or a newer one; calls `show` with the stamp reached.

        Raises:
            SessionError: after a timeout without new messages, or if a process has ended.
        """

        def newest() -> int:
            reached = min(next(reversed(kept), 0) for kept in self.kept.values())
            show(reached)
            return reached

        self.spin_until(lambda: newest() >= stamp_ns, "the last command", progress=newest)

    def _change_state(self, transition: int) -> None:
        self.spin_until(self._transitions.service_is_ready, "the policy node")
        future = self._transitions.call_async(ChangeState.Request(transition=Transition(id=transition)))
        self.spin_until(future.done, "the policy node's transition")
        if not future.result().success:
            raise SessionError(f"the policy node refused; it said:\n{self.output()}")

    def _tell_velocity(self, cmd_vel: Publisher) -> None:
        """Let the policy hear the velocity command while there is no robot yet: its first answer is to know it."""
        self._change_state(Transition.TRANSITION_ACTIVATE)
        self.spin_until(lambda: cmd_vel.get_subscription_count() > 0, "the policy listening to cmd_vel")
        end = monotonic() + COMMAND_LEAD
        self.spin_until(lambda: monotonic() > end, "the policy hearing cmd_vel")
        self._change_state(Transition.TRANSITION_DEACTIVATE)


def _keep(kept: dict[int, Any], message: Any) -> None:
    kept[to_ns(message.header.stamp)] = message
