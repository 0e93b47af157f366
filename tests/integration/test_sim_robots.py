"""Robots of other kinds than the Ant in the simulator node, over real topics."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from mjcf import ARM, CART, GO1, ROVER
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Float64MultiArray
from std_srvs.srv import Trigger

STEPS = 20


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write an MJCF text to a file."""

    def written(text: str) -> Path:
        path = tmp_path / "robot.xml"
        path.write_text(text)
        return path

    return written


class Commander:
    """Answers each state with a command, in reversed order of joints."""

    def __init__(self, observer: Observer, names: Sequence[str], field: str, values: Sequence[float]) -> None:
        self.states: list[JointState] = []
        self._publisher = observer.node.create_publisher(JointState, "joint_commands", 10)
        observer.node.create_subscription(JointState, "joint_states", self._answer, 100)
        self.command = JointState(name=list(names)[::-1], **{field: list(values)[::-1]})

    def _answer(self, state: JointState) -> None:
        self.states.append(state)
        self.command.header.stamp = state.header.stamp
        self._publisher.publish(self.command)

    @property
    def stamps(self) -> list[int]:
        """Stamps of the states, each once."""
        return sorted({stamp_ns(state) for state in self.states})


def test_arm_follows_positions_by_name_in_lockstep_and_reports_its_episodes(start, observer: Observer, write) -> None:
    names, targets = ("wrist", "shoulder", "elbow"), (0.5, 0.3, -0.4)
    commander = Commander(observer, names, "position", targets)
    odometry, imu = observer.collect(Odometry, "odom"), observer.collect(Imu, "imu")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    start("sim", model=write(ARM), keyframe="home", real_time_factor=0.0, command_timeout=20.0, frame_prefix="a/")
    wait_until(lambda: len(commander.stamps) > 150, "150 states")
    first, last = commander.states[0], commander.states[-1]
    assert (list(first.name), list(first.position)) == (["shoulder", "elbow", "wrist"], [0.5, -0.8, 0.2])
    assert dict(zip(last.name, last.position, strict=True)) == pytest.approx(
        dict(zip(names, targets, strict=True)), abs=0.1
    )
    assert any(last.effort)
    assert {b - a for a, b in zip(commander.stamps, commander.stamps[1:], strict=False)} == {20_000_000}
    assert {state.header.frame_id for state in commander.states} == {"episode_1"}
    assert (odometry[-1].child_frame_id, imu[-1].header.frame_id) == ("a/pedestal", "a/pedestal")
    assert odometry[-1].pose.pose.position.z == 0.5

    observer.call(Trigger, "sim_node/reset", Trigger.Request())
    wait_until(lambda: commander.states[-1].header.frame_id == "episode_2", "the second episode")
    first = next(state for state in commander.states if state.header.frame_id == "episode_2")
    assert list(first.position) == [0.5, -0.8, 0.2]
    wait_until(lambda: any("control loop" in s.name for m in list(diagnostics) for s in m.status), "diagnostics")
    status = next(s for m in diagnostics for s in m.status if "control loop" in s.name)
    assert not {"jumps", "return"} & {entry.key for entry in status.values}
    assert "torso_height" not in dict(observer.node.get_topic_names_and_types())


def test_array_of_velocities_drives_a_rover_and_silence_stops_it(start, observer: Observer, write) -> None:
    states = observer.collect(JointState, "joint_states")
    publisher = observer.node.create_publisher(Float64MultiArray, "velocity_controller/commands", 10)
    sim = start("sim", model=write(ROVER), command_interface="velocity_controller", sync=False)
    wait_until(lambda: bool(states), "the simulator")

    def drive() -> bool:
        publisher.publish(Float64MultiArray(data=[4.0, 6.0]))
        return list(states[-1].velocity) == pytest.approx([4.0, 6.0], abs=1.0)

    wait_until(drive, "turning wheels")
    sim.wait_for("no command for 0.2 s: zero velocity until one comes")
    wait_until(lambda: list(states[-1].velocity) == pytest.approx([0.0, 0.0], abs=0.2), "standing wheels")


def test_position_robot_refuses_efforts_by_name_and_goes_limp_on_zeros(start, observer: Observer, write) -> None:
    names = ("wrist", "shoulder", "elbow")
    commander = Commander(observer, names, "effort", [1.0] * 3)
    sim = start("sim", model=write(ARM), real_time_factor=0.0, command_timeout=20.0)
    sim.wait_for(r"command rejected: joint_commands: expected positions, found efforts that are not zero")
    assert len(commander.stamps) == 1
    commander.command = JointState(name=list(names), effort=[0.0] * 3)
    wait_until(lambda: len(commander.stamps) > STEPS, "states without effort")
    assert not any(commander.states[-1].effort)
    commander.command = JointState(name=list(names), position=[0.5, 0.5, 0.5])
    wait_until(lambda: any(commander.states[-1].effort), "efforts again")


@pytest.mark.skipif(not GO1.is_file(), reason="the Go1's model is not here (shared/robots/go1)")
def test_go1_stands_while_it_is_told_to_and_sinks_without_commands(start, observer: Observer) -> None:
    odometry, imu = observer.collect(Odometry, "odom"), observer.collect(Imu, "imu")
    names = [f"{leg}_{joint}_joint" for leg in ("FR", "FL", "RR", "RL") for joint in ("hip", "thigh", "calf")]
    home = [sign * 0.1 if i == 0 else (0.9, -1.8)[i - 1] for sign in (1, -1, 1, -1) for i in range(3)]
    commander = Commander(observer, names, "position", home)
    sim = start("sim", model=GO1, keyframe="home", real_time_factor=0.0, command_timeout=5.0)
    wait_until(lambda: len(commander.stamps) > 100, "100 states")
    assert odometry[-1].child_frame_id == "trunk"
    assert odometry[-1].pose.pose.position.z > 0.2
    assert imu[-1].linear_acceleration.z == pytest.approx(9.81, abs=1.0)
    commander.command = JointState()
    sim.wait_for("no command for 5 s: joints damped until one answers the current state")
    wait_until(lambda: odometry[-1].pose.pose.position.z < 0.1, "a robot on the ground")


@pytest.mark.parametrize(
    ("mjcf", "parameters", "words"),
    [
        (ARM, {"control_period": 0.003}, r"control_period is 0\.003 s; expected a multiple .* 0\.002 s"),
        (ARM, {"keyframe": "standing"}, "keyframe 'standing' is not in the model; available: home, folded"),
        (ARM, {"base_link": "foot"}, "base_link 'foot' is no body; available: world, pedestal"),
        (ARM, {"task": "jump"}, "task 'jump' needs a robot with a free root"),
        (ARM, {"task": "dance"}, "task 'dance' is unknown; available: jump, walk, none"),
        (
            ARM,
            {"command_interface": "effort_controller"},
            "takes position, expected one of: joint_commands, position_c",
        ),
        (CART, {"on_stop": "hold"}, "'on_stop' is 'hold'; the robot takes effort, expected one of: zero_effort"),
        (ARM.replace('"wrist" axis', '"wrist" type="ball" axis'), {}, r"joint 'wrist' is a ball joint; expected hinge"),
        (None, {"robot": "spot"}, "robot 'spot' is unknown; available: ant"),
    ],
)
def test_bad_parameter_is_refused_in_one_line(start, write, mjcf: str | None, parameters: dict, words: str) -> None:
    model = {} if mjcf is None else {"model": write(mjcf)}
    sim = start("sim", **model, **parameters)
    assert sim.wait() == 2
    lines = [line for line in sim.output.splitlines() if "error" in line.lower()]
    assert len(lines) == 1, sim.output
    assert re.search(words, lines[0]), lines[0]
