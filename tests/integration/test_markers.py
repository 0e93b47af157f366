"""Topics that RViz reads: present, true to the state, marked when stale."""

import signal
from pathlib import Path

import numpy as np
import pytest
import yaml
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from rclpy.qos import DurabilityPolicy, QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible
from sensor_msgs.msg import JointState
from visualization_msgs.msg import Marker, MarkerArray

from ant_bringup.rviz.marker_geometry import ARROW_LENGTH, MIN_EFFORT, STALE
from ant_bringup.rviz.robot_description import parse_urdf
from ant_sim import MODEL_PATH

URDF = MODEL_PATH.with_name("ant.urdf")
JOINTS = parse_urdf(URDF.read_text()).joints
DISPLAYS = yaml.safe_load((URDF.parents[1] / "rviz" / "ant.rviz").read_text())["Visualization Manager"]["Displays"]
TYPES = {
    "rviz_default_plugins/MarkerArray": "visualization_msgs/msg/MarkerArray",
    "rviz_default_plugins/Odometry": "nav_msgs/msg/Odometry",
}
"""Message type that each display of RViz subscribes to."""
OTHERS = {"rviz_default_plugins/Grid", "rviz_default_plugins/TF", "rviz_default_plugins/RobotModel"}
"""Displays that read no topic, or one that robot_state_publisher and tf2 fill (test_launch.py, where they are)."""


def effort_of(marker: Marker, joint) -> float:
    """Effort [N m] that an arrow shows."""
    begin, end = (np.array([p.x, p.y, p.z]) for p in marker.points)
    return float((end - begin) @ joint.axis) / ARROW_LENGTH * joint.max_effort


def status(markers: list) -> str:
    """Words of the newest status."""
    (marker,) = [marker for marker in markers[-1].markers if marker.ns == "status"]
    return marker.text


def is_grey(marker: Marker) -> bool:
    c = marker.color
    return (c.r, c.g, c.b) == pytest.approx(STALE.rgba[:3])


def test_markers_say_what_the_states_say(observer: Observer, start, linear_policy: Path) -> None:
    states, odometry = observer.collect(JointState, "joint_states"), observer.collect(Odometry, "odom")
    arrays = observer.collect(MarkerArray, "markers")
    start("sim", seed=3, frame_prefix="ant1/")
    start("markers")
    start("policy", policy=linear_policy)

    def heard_with_their_markers(states: list, namespace: str) -> int:
        """Number of received states with received markers."""
        drawn = {stamp_ns(marker) for array in list(arrays) for marker in array.markers if marker.ns == namespace}
        return len(drawn & {stamp_ns(state) for state in list(states)})

    wait_until(lambda: heard_with_their_markers(odometry, "height") > 30, "heights of a run")
    wait_until(lambda: heard_with_their_markers(states, "effort") > 30, "efforts of a run")
    efforts = {stamp_ns(m): dict(zip(m.name, m.effort, strict=True)) for m in list(states)}
    torsos = {stamp_ns(m): m.pose.pose.position for m in list(odometry)}
    seen, shown = 0, 0
    for array in list(arrays):
        for marker in array.markers:
            if marker.ns == "effort" and stamp_ns(marker) in efforts:
                joint = next(joint for joint in JOINTS if marker.header.frame_id == f"ant1/{joint.link}")
                effort = efforts[stamp_ns(marker)][joint.name]
                assert (marker.action == Marker.ADD) == (abs(effort) >= MIN_EFFORT * joint.max_effort)
                if marker.action == Marker.ADD:
                    assert effort_of(marker, joint) == pytest.approx(effort, abs=1e-9)
                    shown += 1
            if marker.ns == "height" and marker.type == Marker.CUBE and stamp_ns(marker) in torsos:
                assert marker.header.frame_id == "ant1/odom"
                assert marker.scale.z == pytest.approx(torsos[stamp_ns(marker)].z, abs=1e-12)
                seen += 1
            assert marker.lifetime.sec > 0, "it would outlive its node"
            assert marker.frame_locked
    assert seen > 20
    assert shown > 20


def test_markers_of_another_robot_are_its_efforts_alone(observer: Observer, start) -> None:
    arrays = observer.collect(MarkerArray, "markers")
    start("sim", robot="quadruped", frame_prefix="dog/")
    start("markers", robot="quadruped")
    wait_until(lambda: bool(arrays) and len(arrays[-1].markers) > 20 and status(arrays) == "", "efforts of all joints")
    assert {marker.ns for marker in arrays[-1].markers} == {"status", "legend", "effort", "effort values"}
    assert {m.header.frame_id for m in arrays[-1].markers} >= {"dog/odom", "dog/FL_calf", "dog/RR_hip"}


def test_every_topic_that_rviz_reads_is_published_with_its_type(observer: Observer, start) -> None:
    start("sim")
    start("markers")
    read = [display for display in DISPLAYS if display["Class"] not in OTHERS]
    assert {display["Class"] for display in read} == set(TYPES)
    for display in read:
        topic = display["Topic"]["Value"]
        wait_until(lambda topic=topic: observer.node.count_publishers(topic) == 1, f"a publisher of {topic}")
        (info,) = observer.node.get_publishers_info_by_topic(topic)
        assert info.topic_type == TYPES[display["Class"]]
        wanted = QoSProfile(
            depth=display["Topic"]["Depth"],
            reliability=ReliabilityPolicy[display["Topic"]["Reliability Policy"].upper().replace(" ", "_")],
            durability=DurabilityPolicy[display["Topic"]["Durability Policy"].upper().replace(" ", "_")],
        )
        offered = QoSProfile(depth=1, reliability=info.qos_profile.reliability, durability=info.qos_profile.durability)
        compatibility, reason = qos_check_compatible(offered, wanted)
        assert compatibility != QoSCompatibility.ERROR, reason


def test_markers_of_a_silent_driver_turn_grey_and_back(observer: Observer, start) -> None:
    arrays = observer.collect(MarkerArray, "markers")
    viewer = start("markers")
    wait_until(lambda: bool(arrays) and status(arrays) == "waiting for joint_states\nwaiting for odom", "no state")
    driver = start("driver", defects=False)
    wait_until(lambda: status(arrays) == "", "fresh states")
    assert not any(is_grey(marker) for marker in arrays[-1].markers)
    driver.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: "no joint_states for 1." in status(arrays) and "no odom for" in status(arrays), "stale states")
    assert {marker.ns for marker in arrays[-1].markers if is_grey(marker)} == {"effort", "effort values", "height"}
    driver.process.send_signal(signal.SIGCONT)
    wait_until(lambda: status(arrays) == "", "fresh states again")
    assert viewer.stop() == 0


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"urdf": "/no/such.urdf"}, "/no/such.urdf"),
        ({"colour": "red"}, "parameter 'colour' is unknown; available: robot, model, urdf, task, state_timeout"),
        ({"robot": "spot"}, "robot 'spot' is unknown; available: ant, quadruped"),
    ],
)
def test_bad_parameter_is_refused_by_name(start, parameters: dict, words: str) -> None:
    viewer = start("markers", **parameters)
    assert viewer.wait() == 2
    assert "markers: error: " in viewer.output
    assert words in viewer.output
    assert "Traceback" not in viewer.output
