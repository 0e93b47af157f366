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
from test_check_driver import check_driver, verdicts
from web_page import WebPage

from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.topics import TOPICS

OWN = {"/parameter_events", "/rosout"}
"""Topics of every node."""


def remapped(topic: str) -> str:
    return f"/robot/{topic.strip('~/').replace('/', '_')}"


REMAPPED = [*TOPICS, "~/view/joint_states", "~/view/odom"]
REMAPPINGS = [word for topic in REMAPPED for word in ("-r", f"{topic}:={remapped(topic)}")]


def topics_of(observer: Observer, node: str, namespace: str = "/") -> set[str]:
    names = observer.node.get_node_names_and_namespaces
    wait_until(lambda: (node, namespace) in names(), f"{node} in the graph")
    of_node = (
        observer.node.get_publisher_names_and_types_by_node,
        observer.node.get_subscriber_names_and_types_by_node,
    )
    return {name for of_kind in of_node for name, _ in of_kind(node, namespace)} - OWN


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


def test_every_topic_of_jump_page_and_recorder_can_be_remapped(start, observer: Observer, tmp_path: Path) -> None:
    states = observer.collect(JointState, remapped("joint_states"))
    options = ("--policy", "random", "--viewer", "web", "--record", str(tmp_path / "bag"))
    jump = start("jump", *options, "--ros-args", "-r", "__ns:=/ant1", *REMAPPINGS)
    jump.wait_for("web: open http")
    WebPage(jump).wait_for(lambda status: any(row["effort"] for row in status["efforts"]), "the robot on the page")
    wait_until(lambda: len(states) > 20 and any(states[-1].effort), "the robot in motion")
    nodes = ("sim_node", "policy_node", "web", f"recorder_{jump.process.pid}")
    found = set.union(*(topics_of(observer, node, "/ant1") for node in nodes))
    assert found <= {remapped(topic) for topic in REMAPPED} | {"/ant1/policy_node/transition_event"}
    assert jump.stop() == 0
    assert {remapped("joint_states"), remapped("/clock")} <= set(read_bag(tmp_path / "bag").counts)


def test_every_topic_of_driver_markers_and_check_can_be_remapped(start, observer: Observer, domain: int) -> None:
    driver = start("driver", "--ros-args", *REMAPPINGS, defects=False)
    start("markers", "--ros-args", *REMAPPINGS)
    driver.wait_for("waiting for a first command")
    found = topics_of(observer, "fake_driver") | topics_of(observer, "markers")
    assert found <= {remapped(topic) for topic in REMAPPED} | {"/markers"}
    run = check_driver(domain, "--seconds", "1", "--no-command", "--ros-args", *REMAPPINGS)
    assert {verdicts(run)[check] for check in ("joint_states topic", "odom topic", "e_stop subscriber")} == {"pass"}


def test_nobody_moves_the_other_of_two_robots_in_one_domain(start, observer: Observer, tmp_path: Path) -> None:
    states = {name: observer.collect(JointState, f"/{name}/joint_states") for name in ("ant1", "ant2")}
    latches = {name: observer.collect(Bool, f"/{name}/e_stop_active") for name in ("ant1", "ant2")}
    recorded = ("--viewer", "web", "--record", str(tmp_path / "bag"))
    jumps = [
        start("jump", "--policy", "random", *options, "--ros-args", "-r", f"__ns:=/{name}")
        for name, options in (("ant1", recorded), ("ant2", ()))
    ]

    def moves(name: str) -> bool:
        return len(states[name]) > 20 and any(states[name][-1].effort)

    def wait_for_ant2() -> None:
        count = len(states["ant2"])
        wait_until(lambda: len(states["ant2"]) > count + 10 and moves("ant2"), "ant2 in motion")

    wait_until(lambda: moves("ant1") and moves("ant2"), "both robots in motion")
    jumps[0].wait_for("web: open http")
    recorder = f"recorder_{jumps[0].process.pid}"
    nodes = {(name, "/ant1") for name in ("sim_node", "policy_node", "web", recorder)} | {("observer", "/")}
    nodes |= {(name, "/ant2") for name in ("sim_node", "policy_node")}
    wait_until(lambda: set(observer.node.get_node_names_and_namespaces()) == nodes, "all nodes in their namespaces")
    for jump in jumps:
        jump.wait_for("/clock has 2 publishers: /ant1/sim_node, /ant2/sim_node")

    page = WebPage(jumps[0])
    wait_until(lambda: page.act("e_stop")[0] == 200, "the page finding a subscriber of e_stop")
    jumps[0].wait_for("e_stop(_active: the driver is stopped)?: zero effort; release it")
    wait_until(lambda: latches["ant1"][-1].data and not any(states["ant1"][-1].effort), "ant1 limp")
    wait_for_ant2()
    page.act("release")
    wait_until(lambda: not latches["ant1"][-1].data, "the release")
    wait_until(lambda: page.act("activate")[0] == 200, "an activation of ant1's policy")
    wait_until(lambda: moves("ant1"), "ant1 in motion again")
    wait_for_ant2()
    assert not any(latch.data for latch in latches["ant2"])
    assert jumps[0].stop() == 0
    bag = read_bag(tmp_path / "bag")
    assert bag.namespace == "/ant1"
    assert not [topic for topic in bag.counts if topic.startswith("/ant2")]
    wait_for_ant2()


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
