"""A robot that is driven by cmd_vel, and what it does with it."""

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until


class Joystick:
    """Publishes cmd_vel, and measures what the robot does with it."""

    def __init__(self, observer: Observer, kind: type[Twist | TwistStamped] = Twist) -> None:
        self._kind = kind
        self._publisher = observer.node.create_publisher(kind, "cmd_vel", 10)
        self.odometry: list[Odometry] = observer.collect(Odometry, "odom")
        self.command = (0.0, 0.0, 0.0)

    def publish(self) -> None:
        message = self._kind()
        twist = message.twist if isinstance(message, TwistStamped) else message
        twist.linear.x, twist.linear.y, twist.angular.z = self.command
        self._publisher.publish(message)

    def wait(self, seconds: float) -> None:
        """Wait until the simulation is so much further."""
        wait_until(lambda: len(self.odometry) > 0, "odometry")
        end = stamp_ns(self.odometry[-1]) + seconds * 1e9
        wait_until(lambda: stamp_ns(self.odometry[-1]) >= end, f"{seconds:g} s of simulation", 120.0)

    def drive(self, *command: float, seconds: float = 5.0, settling: float = 2.0) -> tuple[float, float, float, float]:
        """Follow a command; returns the mean forward and sideways velocity, yaw rate and height after `settling`."""
        wait_until(lambda: self._publisher.get_subscription_count() > 0, "the policy listening to cmd_vel")
        self.command = command
        self.publish()
        self.wait(settling)
        first = len(self.odometry)
        self.wait(seconds - settling)
        rows = [
            (m.twist.twist.linear.x, m.twist.twist.linear.y, m.twist.twist.angular.z, m.pose.pose.position.z)
            for m in self.odometry[first:]
        ]
        return tuple(np.mean(rows, axis=0))

    def lowest(self) -> float:
        return min(m.pose.pose.position.z for m in self.odometry)
