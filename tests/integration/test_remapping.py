"""ROS arguments that people give to any node: remappings, namespaces, log levels."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from processes import Observer, wait_until
from robots import Robot
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool

from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.topics import TOPICS

OWN = {"/parameter_events", "/rosout"}
"""Topics of every node."""


def remapped(topic: str) -> str:
    return f"/robot/{topic.strip('~/').replace('/', '_')}"


REMAPPED = [*TOPICS, "~/view/joint_states", "~/view/odom"]
REMAPPINGS = [word for topic in REMAPPED for word in ("-r", f"{topic}:={remapped(topic)}")]


def topics_of(observer: Observer, node: str) -> set[str]:
    wait_until(lambda: node in observer.node.get_node_names(), f"{node} in the graph")
    of_node = (
        observer.node.get_publisher_names_and_types_by_node,
        observer.node.get_subscriber_names_and_types_by_node,
    )
    return {name for names in of_node for name, _ in names(node, "/")} - OWN


def test_every_topic_of_simulator_and_policy_can_be_remapped(start, observer: Observer, robot: Robot) -> None:
    states, commands = (observer.collect(JointState, remapped(topic)) for topic in ("joint_states", "joint_commands"))
    sim = start("sim", "--ros-args", *REMAPPINGS, **robot.parameters)
    policy = start("policy", "--ros-args", *REMAPPINGS, policy=robot.policy, use_sim_time=True)
    wait_until(lambda: len(commands) > 20 and len(states) > 20 and any(states[-1].effort), "the robot in motion")
    found = topics_of(observer, "sim_node") | topics_of(observer, "policy_node")
    assert found <= {remapped(topic) for topic in REMAPPED} | {"/policy_node/transition_event"}
    assert remapped("/clock") in topics_of(observer, "policy_node")
    e_stop = observer.node.create_publisher(Bool, remapped("e_stop"), 10)
    wait_until(lambda: e_stop.get_subscription_count() == 2, "simulator and policy listening")
    e_stop.publish(Bool(data=True))
    wait_until(lambda: robot.stopped(states[-1]), "the robot stopped")
    sim.wait_for("e_stop")
    policy.wait_for("e_stop")


def test_jump_page_and_recorder_are_in_the_namespace(start, observer: Observer, tmp_path: Path) -> None:
    states = observer.collect(JointState, "/ant1/joint_states")
    arguments = ("--viewer", "web", "--record", str(tmp_path / "bag"), "--ros-args", "-r", "__ns:=/ant1")
    jump = start("jump", "--policy", "random", *arguments)
    jump.wait_for("web: open http")
    wait_until(lambda: len(states) > 20, "the robot in motion")
    recorder = f"recorder_{jump.process.pid}"
    nodes = {(name, "/ant1") for name in ("sim_node", "policy_node", "web", recorder)} | {("observer", "/")}
    wait_until(lambda: set(observer.node.get_node_names_and_namespaces()) == nodes, "all nodes in the namespace")
    assert jump.stop() == 0
    assert read_bag(tmp_path / "bag").namespace == "/ant1"


@pytest.mark.parametrize("name", ["sim", "policy", "jump", "run", "driver", "markers", "web", "recorder", "odom_to_tf"])
def test_log_levels_are_taken(start, name: str, tmp_path: Path) -> None:
    if name == "odom_to_tf" and find_spec("tf2_ros") is None:
        pytest.skip("tf2 is not installed: it comes with a full ROS 2, not as a wheel")
    own = [str(tmp_path / "bag")] if name == "recorder" else []
    node = start(name, *own, "--ros-args", "--log-level", "debug", "--log-level", "policy_node:=debug")
    node.wait_for(r"\[DEBUG\]")
    assert node.stop() == 0
    assert "Traceback" not in node.output


def test_check_driver_takes_log_levels_and_refuses_unknown_ros_arguments(domain: int) -> None:
    command = [sys.executable, "-m", "ant_bringup.check_driver", "--seconds", "0.5", "--ros-args"]
    options = {"capture_output": True, "text": True, "check": False, "env": os.environ | {"ROS_DOMAIN_ID": str(domain)}}
    leveled = subprocess.run([*command, "--log-level", "debug"], stdin=subprocess.DEVNULL, **options)
    assert (leveled.returncode, "[DEBUG]" in leveled.stderr) == (1, True), leveled.stderr
    refused = subprocess.run([*command, "namespace:=/ant1"], **options)
    assert refused.returncode == 2
    assert "expected -p NAME:=VALUE or -r FROM:=TO" in refused.stderr.splitlines()[-1]
