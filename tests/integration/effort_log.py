"""A process that writes down when a robot moves and when it is stopped, by the stamps of its states.

At each change, and once a second. Argument: a name of `ROBOTS`.
"""

import sys

import rclpy
from processes import stamp_ns
from rclpy.executors import ExternalShutdownException
from rclpy.qos import qos_profile_sensor_data
from robots import ROBOTS
from sensor_msgs.msg import JointState


def main() -> None:
    rclpy.init()
    node = rclpy.create_node("effort_log")
    last, due, stopped = "", 0.0, ROBOTS[sys.argv[1]]().stopped

    def on_state(message: JointState) -> None:
        nonlocal last, due
        now, at = "stopped" if stopped(message) else "moving", stamp_ns(message) * 1e-9
        if now != last or at > due:
            last, due = now, at + 1.0
            print(f"{now} {at:.4f}", flush=True)

    node.create_subscription(JointState, "joint_states", on_state, qos_profile_sensor_data)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
