"""`check_driver` as users run it, against the simulator and the fake driver."""

import json
import os
import subprocess
import sys

import pytest
from nav_msgs.msg import Odometry
from processes import Observer, repeating
from robots import KP, LEGS, Robot, walker, write_walker
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool

from ant_policy import default_card
from ant_ros.messages import to_time

judges_rates = pytest.mark.alone
"""Other tests beside it would lower them."""


def check_driver(domain: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_bringup.check_driver", "--json", *arguments]
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=environment, stdin=subprocess.DEVNULL
    )


def verdicts(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {row["check"]: row["verdict"] for row in json.loads(run.stdout)}


@judges_rates
def test_fake_driver_fits_and_its_timeout_is_measured(start, domain: int) -> None:
    driver = start("driver")
    driver.wait_for("waiting for a first command")
    run = check_driver(domain, "--seconds", "2", "--yes")
    assert run.returncode == 0, run.stdout + run.stderr
    found = verdicts(run)
    assert found["command timeout"] == "pass"
    assert found["imu gravity"] == "pass"
    assert "no command for 0.2 s" in driver.output


def test_driver_that_outlives_its_commands_fails(start, domain: int) -> None:
    start("driver", command_timeout=5.0).wait_for("waiting for a first command")
    run = check_driver(domain, "--seconds", "1", "--yes")
    assert run.returncode == 1
    assert verdicts(run)["command timeout"] == "fail"


@judges_rates
def test_simulator_fits_and_nothing_is_commanded_unasked(start, domain: int, observer: Observer) -> None:
    sim = start("sim", sync=False)
    start("policy", policy="sac")
    sim.wait_for("first command received")
    run = check_driver(domain, "--seconds", "4")
    found = verdicts(run)
    assert run.returncode == 0, run.stdout + run.stderr
    assert found["twist.linear"] == found["joint velocities"] == "pass"
    assert found["command timeout"] == "not observed"
    assert "two commanders" not in sim.output


def test_silence_is_a_failure(domain: int) -> None:
    run = check_driver(domain, "--seconds", "0.5")
    assert run.returncode == 1
    assert verdicts(run)["messages"] == "fail"


def test_simulator_that_waits_for_a_command_is_one_failure_in_words(start, domain: int) -> None:
    start("sim").wait_for("waiting")
    run = check_driver(domain, "--seconds", "1", "--no-command")
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert verdicts(run)["clock"] == "fail"
    assert "time stands still at 1.00 s" in run.stdout


@pytest.mark.parametrize(
    ("names", "stamp", "check", "words"),
    [
        ([], None, "messages", "no joint_states in 0.5 s: nothing else can be checked; expected a driver in this ROS"),
        (["left", "right"], None, "joint names", "found: left, right; expected: hip_1, ... as on the card; --policy"),
        (default_card("sac").joints.names[:5], None, "joint names", "'ankle_3' is there 0 times; found: hip_1, "),
        (default_card("sac").joints.names, 7.0, "joint_states stamps", "messages have the stamp 7.00 s; expected the "),
        (default_card("sac").joints.names, 0.0, "joint_states stamps", "a stamp is 0, which means unset"),
    ],
)
def test_poor_driver_gets_a_verdict_that_says_what_to_do(
    names, stamp: float | None, check: str, words: str, domain: int, observer: Observer
) -> None:
    """Drivers without joint_states, of another robot, of a part of it, and with stamps that are equal or unset."""
    odometry, joints = Odometry(), JointState(name=names, position=[0.1] * len(names), velocity=[0.0] * len(names))
    publishers = (
        observer.node.create_publisher(Odometry, "odom", 10),
        observer.node.create_publisher(JointState, "joint_states", 10),
    )

    def publish() -> None:
        for publisher, message in zip(publishers, (odometry, joints), strict=True):
            now = observer.node.get_clock().now().nanoseconds
            message.header.stamp = to_time(now if stamp is None else round(stamp * 1e9))
            if names or message is odometry:
                publisher.publish(message)

    with repeating(publish, 0.02):
        run = check_driver(domain, "--seconds", "0.5", "--yes")
    assert (run.returncode, "Traceback" in run.stderr) == (1, False), run.stderr
    assert verdicts(run)[check] == "fail"
    assert words in details(run)[check]


@judges_rates
def test_namespace_is_a_ros_argument_and_a_paused_jump_is_one_failure(start, domain: int, observer: Observer) -> None:
    namespace = ("--ros-args", "-r", "__ns:=/ant1")
    jump = start("jump", "--policy", "random", *namespace)
    jump.wait_for("first command received")
    astray = check_driver(domain, "--seconds", "0.5")
    assert verdicts(astray)["messages"] == "fail"
    hint = "no publisher; found in /ant1: give the namespace as --ros-args -r __ns:=/ant1"
    assert details(astray)["joint_states topic"] == hint
    found = verdicts(check_driver(domain, "--seconds", "2", *namespace))
    assert (found["joint names"], found["joint_states rate"], found["e_stop_active"]) == ("pass", "pass", "pass")
    observer.call(SetBool, "/ant1/sim_node/set_pause", SetBool.Request(data=True))
    paused = check_driver(domain, "--seconds", "0.5", "--no-command", *namespace)
    assert "Traceback" not in paused.stderr
    assert verdicts(paused)["clock"] == "fail"
    assert "stands still at" in details(paused)["clock"]


@pytest.fixture
def servos(tmp_path) -> Robot:
    """A robot that takes positions."""
    return walker(tmp_path)


def details(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {row["check"]: row["detail"] for row in json.loads(run.stdout)}


@judges_rates
def test_driver_of_a_position_robot_fits_and_its_timeout_is_measured(start, domain: int, servos: Robot) -> None:
    driver = start("driver", **servos.parameters)
    driver.wait_for("waiting for a first command")
    run = check_driver(domain, "--seconds", "2", "--yes", "--policy", str(servos.policy))
    assert run.returncode == 0, run.stdout + run.stderr
    found = verdicts(run)
    assert found["command timeout"] == found["default pose"] == found["imu gravity"] == found["frame ids"] == "pass"
    assert details(run)["paired stamps"].endswith("an imu within 20 ms")
    assert "no command for 0.2 s: joints damped" in driver.output


def test_pose_that_is_held_on_a_stop_is_not_observed(start, domain: int, servos: Robot) -> None:
    start("driver", **servos.parameters, on_stop="hold").wait_for("waiting for a first command")
    run = check_driver(domain, "--seconds", "1", "--yes", "--policy", str(servos.policy))
    assert verdicts(run)["command timeout"] == "not observed"
    assert "the pose is still held" in details(run)["command timeout"]


@judges_rates
def test_stiffness_is_that_of_the_card_or_a_warning(start, domain: int, servos: Robot, tmp_path) -> None:
    start("sim", **servos.parameters)
    start("policy", policy=servos.policy).wait_for("active")
    run = check_driver(domain, "--seconds", "4", "--policy", str(servos.policy))
    assert (verdicts(run)["stiffness"], verdicts(run)["joint velocities"]) == ("pass", "pass"), run.stdout
    card = servos.policy / "card.yaml"
    card.write_text(card.read_text().replace(f"stiffness: {KP}", f"stiffness: {2 * KP}"))
    run = check_driver(domain, "--seconds", "4", "--policy", str(servos.policy))
    assert verdicts(run)["stiffness"] == "warning"
    assert "the card says 40" in details(run)["stiffness"]


def test_driven_joint_that_the_card_lacks_is_said_by_all(start, domain: int, tmp_path) -> None:
    *names, lacked = LEGS
    parts = {"joints": {"names": names}, "action": {"interface": "position", "scale": 0.5}}
    parts["observation"] = {"terms": [{"name": "joint_positions"}]}
    folder = write_walker(tmp_path, **parts)
    model = folder / "robot.xml"
    sim = start("sim", model=model)
    policy = start("policy", policy=folder)
    policy.wait_for(rf"joints that the policy's card lacks: {lacked}; a driver that drives them refuses")
    sim.wait_for(rf"command rejected: joint '{lacked}' has no position; a command names all of")
    run = check_driver(domain, "--seconds", "0.5", "--no-command", "--policy", str(folder), "--model", str(model))
    found = verdicts(run)
    assert (found["joint names"], found["gains"]) == ("warning", "fail")
    assert "time stands still at 1.00 s" in details(run)["clock"], "nothing moves"
    assert policy.output.count("card lacks") == 1


def test_topics_that_no_term_needs_are_not_needed(start, domain: int, servos: Robot) -> None:
    """The walker's policy has no odometry: its driver may be silent about it, but not about the IMU."""
    run = check_driver(domain, "--seconds", "0.5", "--policy", str(servos.policy))
    assert "no joint_states and no imu in 0.5 s" in details(run)["messages"]
    assert verdicts(run)["odom topic"] == "not observed"
