"""Frames of the published state, with the node in this process so that its state can be set."""

import math
import threading
from collections.abc import Iterator

import pytest
import rclpy
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until
from rclpy.context import Context
from rclpy.parameter import Parameter
from sensor_msgs.msg import Imu

from ant_sim.sim_node import SimNode


@pytest.fixture
def sim_node(domain: int) -> Iterator[SimNode]:
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = SimNode(context=context, parameter_overrides=[Parameter("frame_prefix", value="ant1/")])
    yield node
    node.destroy_node()
    context.try_shutdown()


def published(observer: Observer, node: SimNode, message_type: type, topic: str, stamp: int) -> object:
    """Publish the node's state under a new stamp; returns the message that arrives."""
    messages = observer.collect(message_type, topic)
    lock = threading.Lock()

    def publish() -> None:
        with lock:
            node.on_state(stamp)

    with repeating(publish):
        wait_until(lambda: any(stamp_ns(m) == stamp for m in list(messages)), f"a message on {topic}")
    return next(m for m in messages if stamp_ns(m) == stamp)


def test_twist_is_in_the_torso_frame_and_frame_ids_have_the_prefix(observer: Observer, sim_node: SimNode) -> None:
    data = sim_node.simulator.data
    data.qpos[3:7] = [math.cos(math.pi / 4), 0.0, 0.0, math.sin(math.pi / 4)]
    data.qvel[0:3] = [2.0, 0.0, 0.0]
    odom = published(observer, sim_node, Odometry, "odom", 5_000_000_000)
    linear = odom.twist.twist.linear
    assert (linear.x, linear.y, linear.z) == pytest.approx((0.0, -2.0, 0.0), abs=1e-12)
    assert (odom.header.frame_id, odom.child_frame_id) == ("ant1/odom", "ant1/torso")


def test_imu_feels_gravity_at_rest_and_nothing_in_flight(observer: Observer, sim_node: SimNode) -> None:
    simulator = sim_node.simulator
    for _ in range(200):
        simulator.step([0.0] * 8)
    resting = published(observer, sim_node, Imu, "imu", 6_000_000_000)
    assert resting.linear_acceleration.z == pytest.approx(9.81, abs=0.05)
    assert resting.header.frame_id == "ant1/torso"
    simulator.data.qpos[2] += 5.0
    flying = published(observer, sim_node, Imu, "imu", 7_000_000_000)
    acceleration = flying.linear_acceleration
    assert math.hypot(acceleration.x, acceleration.y, acceleration.z) < 2.0
