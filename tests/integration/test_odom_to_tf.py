"""Odometry becomes a transform; with tf2 (no Python wheel brings it), over the network too."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns, wait_until

import ant_bringup
import ant_policy
import ant_sim
from ant_bringup.odom_to_tf import transform_of

HAS_TF2 = find_spec("tf2_ros") is not None


def odometry(seconds: int) -> Odometry:
    message = Odometry(child_frame_id="ant1/torso")
    message.header.frame_id, message.header.stamp.sec = "ant1/odom", seconds
    position, orientation = message.pose.pose.position, message.pose.pose.orientation
    position.x, position.y, position.z = 1.0, 2.0, 3.0
    orientation.w, orientation.x, orientation.y, orientation.z = 0.5, -0.5, 0.5, -0.5
    return message


def test_transform_is_the_pose_between_the_frames_of_odom_with_its_stamp() -> None:
    transform = transform_of(odometry(7))
    assert (transform.header.frame_id, transform.child_frame_id) == ("ant1/odom", "ant1/torso")
    assert stamp_ns(transform) == 7_000_000_000
    translation, rotation = transform.transform.translation, transform.transform.rotation
    assert (translation.x, translation.y, translation.z) == (1.0, 2.0, 3.0)
    assert (rotation.w, rotation.x, rotation.y, rotation.z) == (0.5, -0.5, 0.5, -0.5)


def test_no_other_node_imports_tf2() -> None:
    folders = [Path(package.__path__[0]) for package in (ant_sim, ant_policy, ant_bringup)]
    importing = {path.name for folder in folders for path in folder.glob("*.py") if "import tf2" in path.read_text()}
    importing |= {path.name for folder in folders for path in folder.glob("*.py") if "from tf2" in path.read_text()}
    assert importing == {"odom_to_tf.py"}


@pytest.mark.skipif(HAS_TF2, reason="tf2_ros is installed")
def test_without_tf2_it_says_what_to_install(start) -> None:
    node = start("odom_to_tf")
    assert node.wait() == 2
    assert node.output == "odom_to_tf: error: tf2_ros is not installed (apt install ros-jazzy-tf2-ros-py)\n"


@pytest.mark.skipif(not HAS_TF2, reason="tf2_ros is not installed: it comes with a full ROS 2, not as a wheel")
def test_each_stamp_is_broadcast_once(observer: Observer, start) -> None:
    from tf2_msgs.msg import TFMessage

    transforms = observer.collect(TFMessage, "/tf")
    publisher = observer.node.create_publisher(Odometry, "odom", 10)
    node = start("odom_to_tf")
    for seconds in (1, 2):
        with repeating(lambda seconds=seconds: publisher.publish(odometry(seconds)), 0.02):
            wait_until(lambda seconds=seconds: len(transforms) >= seconds, "a transform")
    assert [stamp_ns(message.transforms[0]) for message in transforms] == [1_000_000_000, 2_000_000_000]
    assert node.stop() == 0
