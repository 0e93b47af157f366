"""The launch file under the real `ros2 launch`; where launch is not installed (the wheels lack it) it is not run."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from lifecycle_msgs.srv import GetState
from processes import Observer, stamp_ns, wait_until
from quadruped_card import JOINTS, save_quadruped_policy
from rcl_interfaces.srv import GetParameters
from rclpy.parameter import parameter_value_to_python
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosbags.highlevel import AnyReader
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray

from ant_bringup.rviz.robot_description import parse_urdf
from ant_sim import MODEL_PATH

pytest.importorskip("launch_ros", reason="launch_ros is not installed: it comes with a full ROS 2, not as a wheel")

URDF = MODEL_PATH.with_name("ant.urdf")
LAUNCH = ["ros2", "launch", "ant_bringup"]
VIEWERS = ("robot_state_publisher", "odom_to_tf", "markers", "rviz2")
EXECUTABLES = ("sim_node", "policy_node", "recorder", "ros2", "web", *VIEWERS)


class Launched:
    """A launch in a session of its own, its output in a file."""

    def __init__(self, log: Path, file: str, arguments: list[str], domain: int) -> None:
        self._log = log
        environment = os.environ | {
            "ROS_DOMAIN_ID": str(domain),
            "PYTHONUNBUFFERED": "1",
            "ROS_LOG_DIR": str(log.parent),
        }
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*(LAUNCH if Path(file).name == file else LAUNCH[:2]), file, *arguments],
                cwd=log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_for(self, pattern: str, count: int = 1) -> None:
        wait_until(lambda: len(re.findall(pattern, self.output)) >= count, f"'{pattern}' in the output")

    def pids(self, executable: str) -> list[int]:
        return [
            int(pid) for pid in re.findall(rf"\[{executable}-\d+\]: process started with pid \[(\d+)\]", self.output)
        ]

    def stop(self, in_terminal: bool = False) -> int:
        """End it by SIGINT to launch or, as Ctrl-C in a terminal does, to all processes; returns the exit code."""
        if self.process.poll() is None:
            (os.killpg if in_terminal else os.kill)(self.process.pid, signal.SIGINT)
        code = self.process.wait(30)
        for pid in [pid for name in EXECUTABLES for pid in self.pids(name)]:
            assert not Path(f"/proc/{pid}").exists(), f"process {pid} was left behind:\n{self.output}"
        return code


@pytest.fixture
def launch(domain: int, tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    launched: list[Launched] = []

    def start(file: str = "jump.launch.py", **arguments: object) -> Launched:
        items = [f"{name}:={value}" for name, value in arguments.items()]
        launched.append(Launched(tmp_path / f"launch_{len(launched)}.log", file, items, domain))
        return launched[-1]

    yield start
    for item in launched:
        item.stop()


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        ("jump.launch.py", "policy seed real_time_factor sync namespace frame_prefix sim config viewer rviz record"),
        ("robot.launch.py", "robot model base_link keyframe control_period task policy namespace frame_prefix rviz"),
        ("rviz.launch.py", "namespace frame_prefix use_sim_time robot model urdf task broadcast_odom"),
    ],
)
def test_every_argument_is_described(file: str, arguments: str) -> None:
    text = subprocess.run([*LAUNCH, file, "--show-args"], capture_output=True, text=True, check=True).stdout
    for name in arguments.split():
        assert re.search(rf"'{name}':\n\s+\S.*\n\s+\(default: ", text), text


def test_robot_moves_in_a_namespace_and_ctrl_c_leaves_no_orphan(
    launch, observer: Observer, linear_policy: Path
) -> None:
    states = observer.collect(JointState, "ant1/joint_states")
    launched = launch(policy=linear_policy, namespace="ant1", seed=3, real_time_factor=5, rviz="false")
    wait_until(lambda: len(states) > 20 and stamp_ns(states[-1]) > 2_000_000_000, "the robot in motion")
    assert any(states[-1].effort)
    assert launched.stop() == 0


REMAPPED = """
from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch_ros.actions import SetRemap


def generate_launch_description():
    share = get_package_share_directory("ant_bringup")
    arguments = {"policy": "random", "rviz": "false"}.items()
    included = IncludeLaunchDescription(f"{share}/launch/jump.launch.py", launch_arguments=arguments)
    return LaunchDescription([SetRemap("joint_states", "/robot/states"), SetRemap("odom", "/robot/odom"), included])
"""


def test_topics_are_remapped_by_a_launch_file_that_includes_ours(launch, observer: Observer, tmp_path: Path) -> None:
    own = tmp_path / "own.launch.py"
    own.write_text(REMAPPED)
    states = observer.collect(JointState, "robot/states")
    launched = launch(str(own))
    wait_until(lambda: len(states) > 20 and stamp_ns(states[-1]) > 1_500_000_000, "the robot in motion")
    wait_until(lambda: any(any(state.effort) for state in states), "the policy's efforts")
    assert observer.node.count_publishers("joint_states") == 0
    assert launched.stop() == 0


def test_ctrl_c_in_a_terminal_reaches_every_process_and_leaves_no_orphan(launch) -> None:
    launched = launch(policy="zero", rviz="false")
    launched.wait_for("active")
    launched.wait_for("standing still")
    assert launched.stop(in_terminal=True) == 0


def parameters(observer: Observer, node: str, *names: str) -> list[object]:
    """Values of a node's parameters."""
    values = observer.call(GetParameters, f"{node}/get_parameters", GetParameters.Request(names=list(names))).values
    return [parameter_value_to_python(value) for value in values]


def test_arguments_reach_the_nodes(launch, observer: Observer) -> None:
    launched = launch(
        policy="random",
        seed=7,
        real_time_factor=2.5,
        sync="false",
        frame_prefix="ant1/",
        namespace="ant1",
        rviz="false",
    )
    simulator = parameters(observer, "ant1/sim_node", "seed", "real_time_factor", "sync", "frame_prefix")
    assert simulator == [7, 2.5, False, "ant1/"]
    assert parameters(observer, "ant1/policy_node", "seed", "policy", "use_sim_time") == [7, "random", True]
    assert launched.stop() == 0


def test_any_robot_moves_under_the_generic_launch_file(launch, observer: Observer, tmp_path: Path) -> None:
    states = observer.collect(JointState, "dog/joint_states")
    policy = save_quadruped_policy(tmp_path)
    robot = {"robot": "quadruped", "base_link": "trunk", "keyframe": "home", "control_period": 0.02, "task": "none"}
    launched = launch("robot.launch.py", **robot, policy=policy, namespace="dog", rviz="false", viewer="web")
    wait_until(lambda: len(states) > 20 and stamp_ns(states[-1]) > 1_500_000_000, "the robot in motion")
    assert set(states[-1].name) == set(JOINTS)
    assert parameters(observer, "dog/sim_node", *robot) == list(robot.values())
    assert parameters(observer, "dog/policy_node", "policy") == [str(policy)]
    launched.wait_for("web: open http")
    assert launched.stop() == 0


def test_gears_that_are_not_the_cards_are_said(launch, tmp_path: Path) -> None:
    (tmp_path / "weak.xml").write_text(MODEL_PATH.read_text().replace('gear="300"', 'gear="150"'))
    launched = launch(model=str(tmp_path / "weak.xml"), rviz="false")
    launched.wait_for("warning: 'hip_4' has scale 300 on the card, 150 in the model")
    assert launched.stop() == 0


def test_model_that_is_not_there_ends_all_with_its_name(launch) -> None:
    launched = launch("robot.launch.py", model="/no/such.xml", policy="zero", rviz="false")
    assert launched.process.wait(30) == 1
    assert "/no/such.xml" in launched.output


def test_real_robot_with_servos_has_its_own_limits(launch, observer: Observer, tmp_path: Path) -> None:
    options = {"policy": save_quadruped_policy(tmp_path), "sim": "false", "rviz": "false", "config": "real_servos"}
    launched = launch("robot.launch.py", **options)
    assert parameters(observer, "policy_node", "max_effort", "on_stop", "autostart") == [0.0, "damp", False]
    assert launched.stop() == 0


def test_policy_alone_without_the_simulator(launch, observer: Observer) -> None:
    launched = launch(policy="zero", sim="false", rviz="false")
    launched.wait_for("active")
    assert parameters(observer, "policy_node", "use_sim_time") == [False]
    assert not launched.pids("sim_node")
    assert launched.stop() == 0


def test_real_robots_policy_waits_to_be_activated(launch, observer: Observer) -> None:
    launched = launch(policy="zero", sim="false", rviz="false", config="real_robot")
    assert parameters(observer, "policy_node", "max_effort", "require_e_stop_state") == [30.0, True]
    state = observer.call(GetState, "policy_node/get_state", GetState.Request()).current_state.label
    assert state == "unconfigured"
    assert launched.stop() == 0


def test_killed_policy_is_started_again(launch, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    launched = launch(policy="random", rviz="false")
    wait_until(lambda: len(states) > 20 and stamp_ns(states[-1]) > 2_000_000_000, "the robot in motion")
    os.kill(launched.pids("policy_node")[0], signal.SIGKILL)
    launched.wait_for("no command for")
    launched.wait_for("commands resumed")
    assert len(launched.pids("policy_node")) == 2


def test_end_of_the_simulator_ends_all(launch) -> None:
    launched = launch(policy="zero", rviz="false")
    launched.wait_for("active")
    launched.wait_for("standing still")
    os.kill(launched.pids("sim_node")[0], signal.SIGTERM)
    assert launched.process.wait(30) == 0


def test_simulator_that_cannot_start_ends_all_with_exit_code_1(launch) -> None:
    launched = launch(policy="zero", real_time_factor=-1, rviz="false")
    assert launched.process.wait(30) == 1
    assert "real_time_factor" in launched.output


def test_policy_that_cannot_be_loaded_ends_all(launch) -> None:
    launched = launch(policy="sax", rviz="false")
    assert launched.process.wait(30) == 1
    assert "'sax'" in launched.output
    assert len(launched.pids("policy_node")) == 1, "starting it again would not help"


def has_package(name: str) -> bool:
    with suppress(PackageNotFoundError):
        return bool(get_package_prefix(name))
    return False


HAS_RVIZ = all(has_package(name) for name in ("rviz2", "robot_state_publisher", "tf2_ros_py"))


def test_rviz_is_shown_or_one_line_says_why_not(launch) -> None:
    launched = launch(policy="zero", rviz="true")
    launched.wait_for("active")
    assert launched.output.count("RViz is not shown") == (0 if HAS_RVIZ else 1)
    assert [len(launched.pids(name)) for name in VIEWERS] == [int(HAS_RVIZ)] * 4
    assert launched.stop() == 0


def test_record_leaves_a_bag_also_where_ros2_bag_is_absent(launch, observer: Observer, tmp_path: Path) -> None:
    states = observer.collect(JointState, "joint_states")
    launched = launch(policy="random", rviz="false", record="true")
    wait_until(lambda: any(path.stat().st_size for path in tmp_path.rglob("*.mcap")), "a bag")
    wait_until(lambda: observer.node.count_subscribers("joint_commands") == 2, "simulator and recorder listening")
    heard = len(states)
    wait_until(lambda: len(states) > heard + 20 and stamp_ns(states[-1]) > 2_000_000_000, "the robot in motion")
    assert len(launched.pids("recorder")) == int(not has_package("ros2bag"))
    assert launched.stop() == 0
    (bag,) = {path.parent for path in tmp_path.rglob("*.mcap")}
    with AnyReader([bag]) as reader:
        assert {"/joint_states", "/joint_commands"} <= reader.topics.keys()


def test_web_page_is_one_of_the_launched(launch) -> None:
    launched = launch(policy="zero", rviz="false", viewer="web")
    launched.wait_for(r"web: open http://localhost:\d+/#")
    assert launched.stop() == 0


@pytest.mark.skipif(not HAS_RVIZ, reason="RViz is not installed: it comes with a full ROS 2, not as a wheel")
def test_rviz_shows_another_robot_by_its_model(launch, observer: Observer, tmp_path: Path) -> None:
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    descriptions = observer.collect(String, "robot_description", latched)
    markers = observer.collect(MarkerArray, "markers")
    launched = launch("robot.launch.py", robot="quadruped", policy=save_quadruped_policy(tmp_path))
    wait_until(lambda: bool(descriptions), "the description")
    assert parse_urdf(descriptions[0].data).root == "trunk"
    wait_until(lambda: bool(markers) and "FL_calf" in {m.header.frame_id for m in markers[-1].markers}, "markers")
    assert launched.stop() == 0


@pytest.mark.skipif(not HAS_RVIZ, reason="RViz is not installed: it comes with a full ROS 2, not as a wheel")
def test_what_rviz_reads_is_published_under_the_namespace_and_the_prefix(launch, observer: Observer) -> None:
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    descriptions = observer.collect(String, "ant1/robot_description", latched)
    markers = observer.collect(MarkerArray, "ant1/markers")
    transforms = observer.collect(import_module("tf2_msgs.msg").TFMessage, "/tf")
    launched = launch(policy="random", namespace="ant1", frame_prefix="ant1/")
    robot = parse_urdf(URDF.read_text())
    frames = {"ant1/torso", *(f"ant1/{joint.link}" for joint in robot.joints)}
    wait_until(lambda: bool(descriptions) and descriptions[0].data == URDF.read_text(), "the description")
    wait_until(lambda: bool(markers) and "ant1/shin_4" in {m.header.frame_id for m in markers[-1].markers}, "markers")
    wait_until(lambda: frames <= {t.child_frame_id for m in list(transforms) for t in m.transforms}, "all frames")
    assert launched.stop() == 0


def test_unknown_choice_is_refused(launch) -> None:
    launched = launch(sync="maybe")
    assert launched.process.wait(30) == 1
    assert "Valid options are" in launched.output
