"""The policy node that ran in simulation runs on a robot's driver, unchanged."""

import itertools
from time import time_ns

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64

from ant_ros.messages import to_time
from benchmarks.swap import run
from benchmarks.swap.walk import WalkWatch


def jumps(heights: list[float]) -> int:
    return sum(low < 2.0 <= high for low, high in itertools.pairwise(heights))


@pytest.mark.parametrize("defects", [False, True])
@pytest.mark.parametrize("interface", ["joint_commands", "effort_controller"])
def test_policy_makes_the_robot_jump(start, observer: Observer, defects: bool, interface: str) -> None:
    heights = observer.collect(Float64, "torso_height", qos_profile_sensor_data)
    driver = start("driver", defects=defects, command_interface=interface, seed=1)
    driver.wait_for("waiting for a first command")
    arguments = {} if interface == "joint_commands" else {"joints": order_of_the_driver(observer)}
    policy = start("policy", policy="sac", **arguments)
    driver.wait_for("following them")
    wait_until(lambda: jumps([message.data for message in list(heights)]) >= 3, "three jumps over 2 m")
    assert policy.stop() == 0
    assert driver.stop() == 0
    for node in (driver, policy):
        assert "Traceback" not in node.output


def order_of_the_driver(observer: Observer) -> str:
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    wait_until(lambda: bool(states), "joint states")
    names = [name for name in states[-1].name if name != "gripper"]
    return f"[{', '.join(names)}]"


def test_robot_goes_limp_when_the_policy_is_killed(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    driver = start("driver", defects=False, seed=1)
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 10 and any(states[-1].effort), "the robot in motion")
    policy.process.kill()
    policy.wait()
    killed_at = stamp_ns(states[-1])
    driver.wait_for("no command for 0.2 s")
    wait_until(lambda: not any(states[-1].effort), "zero effort")
    limp_from = next(stamp_ns(m) for m in states if stamp_ns(m) > killed_at and not any(m.effort))
    # The clock of the stamps is that of the watchdog; what is allowed beyond the timeout is the machine's being busy.
    assert limp_from - killed_at <= 400_000_000


def test_e_stop_latches_in_the_driver(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states", qos_profile_sensor_data)
    latches = observer.collect(Bool, "e_stop_active")
    button = observer.node.create_publisher(Bool, "e_stop", 10)
    driver = start("driver", defects=False)
    policy = start("policy", policy="random")
    wait_until(lambda: len(states) > 10 and any(states[-1].effort), "the robot in motion")
    wait_until(lambda: button.get_subscription_count() == 2, "both sides listening to e_stop")
    button.publish(Bool(data=True))
    driver.wait_for("e_stop: zero effort until it is released")
    # The policy node hears of it from the button or from the driver: whichever comes first is its reason.
    policy.wait_for("e_stop(_active: the driver is stopped)?: zero effort")
    wait_until(lambda: latches and latches[-1].data and not any(states[-1].effort), "zero effort")


def test_two_policies_latch_the_drivers_stop(start, observer: Observer) -> None:
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    driver = start("driver", defects=False)
    start("policy", policy="random", node_name="first")
    start("policy", policy="random", node_name="second")
    driver.wait_for("two commanders at once")
    wait_until(
        lambda: any("two commanders" in status.message for array in list(diagnostics) for status in array.status),
        "the reason in /diagnostics",
    )


def test_unknown_parameter_is_one_line(start) -> None:
    driver = start("driver", joint_position_nois=0.1)
    assert driver.wait() == 2
    assert "parameter 'joint_position_nois' is unknown" in driver.output
    assert "Traceback" not in driver.output


def test_ground_truth_has_no_defects(start, observer: Observer) -> None:
    truth = observer.collect(Odometry, "ground_truth/odom")
    noisy = observer.collect(Odometry, "odom", qos_profile_sensor_data)
    start("driver", robot="quadruped", ground_truth=True)
    wait_until(lambda: len(truth) > 100 and len(noisy) > 50, "odometry")
    steps = [np.diff([message.pose.pose.position.z for message in list(each)[-50:]]) for each in (truth, noisy)]
    assert np.abs(steps[0]).max() < 1e-3 < np.std(steps[1])


def test_tracking_is_measured_by_the_true_velocity_until_a_fall(observer: Observer) -> None:
    commands = np.tile([0.5, 0.0, 0.1], (50, 2, 1))
    watch = WalkWatch(observer.node, commands)
    robot = observer.node.create_publisher(Odometry, "ground_truth/odom", 10)
    sent = observer.collect(Twist, "cmd_vel")
    wait_until(lambda: robot.get_subscription_count() == 1 and bool(sent), "the watch")
    assert (sent[-1].linear.x, sent[-1].angular.z) == (0.5, 0.1)
    message = Odometry()
    message.pose.pose.position.z, message.twist.twist.linear.y, message.twist.twist.angular.z = 0.3, 0.4, -0.1

    def publish() -> None:
        message.header.stamp = to_time(time_ns())
        robot.publish(message)

    watch.begin(0)
    with repeating(publish, 0.02):
        wait_until(lambda: watch.is_over, "an episode of 1 s")
    assert watch.scores == pytest.approx((np.hypot(0.5, 0.4), 0.2))
    assert not watch.fell
    watch.begin(1)
    message.pose.pose.position.z = 0.1
    with repeating(publish, 0.02):
        wait_until(lambda: watch.fell, "a fall")
    assert watch.is_over


def test_benchmark_compares_the_walk_on_a_driver_with_the_environment() -> None:
    """The quality of the walk does not count: a busy machine lets it stumble."""
    figures = {figure.name.split(" (")[0]: figure.value for figure in run("walk", 1, ("defects",), steps=200)}
    offline, error = (figures[f"{condition}: velocity error"] for condition in ("environment", "defects"))
    assert 0.0 < offline < 0.2
    assert 0.02 < error < 1.0
    assert figures["defects: the environment's velocity error by it"] == pytest.approx(offline / error)
    assert 0.0 < figures["defects: answered states a second"] < 51.0
