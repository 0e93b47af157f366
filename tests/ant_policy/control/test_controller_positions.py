"""A robot with position control, IMU, velocity command and memory, without ROS."""

import math
from dataclasses import replace

import numpy as np
import pytest
from card_data import walker

from ant_policy.card.observation import Observation, Term
from ant_policy.control.config import PolicyConfig
from ant_policy.control.controller import Controller
from ant_policy.control.state import ControlState
from ant_policy.errors import PolicyError
from ant_policy.observation.samples import ImuSample, JointSample

MS = 1_000_000
TERMS = (
    Term("base_angular_velocity", source="imu"),
    Term("joint_positions"),
    Term("last_action"),
    Term("velocity_command", clip={"linear_x": (-0.8, 0.8)}),
    Term("gait_phase", period=0.2),
)
CARD = replace(walker(), observation=Observation(TERMS), control_period=0.05)
JOINTS = CARD.joints.names


class Steps:
    """Counts its steps since the last reset, and acts by them."""

    def __init__(self, card=CARD):
        self.card = card
        self.seen = []
        self.resets = 0
        self.steps = 0

    def act(self, observation):
        self.seen.append(np.array(observation))
        self.steps += 1
        return np.full(self.card.action_size, 0.1 * self.steps, dtype=np.float32)

    def reset(self):
        self.steps = 0
        self.resets += 1


class Robot:
    def __init__(self, policy=None, **config):
        self.policy = policy or Steps()
        self.controller = Controller(self.policy, PolicyConfig(**config))
        self.now = 50.0
        self.controller.activate(self.now)

    def state(
        self,
        stamp_ms,
        positions=(0.3, 0.2, 0.1),
        episode="",
        imu=True,
        velocities=(0.0, 0.0, 0.0),
        quaternion=(1.0, 0.0, 0.0, 0.0),
    ):
        commands = []
        if imu:
            sample = ImuSample(stamp_ms * MS, quaternion, (0.1, 0.2, 0.3))
            commands += self.controller.on_sample("imu", sample, self.now)
        sample = JointSample(stamp_ms * MS, list(JOINTS), list(positions), list(velocities), episode)
        return commands + self.controller.on_joint_states(sample, self.now)

    def wait(self, seconds):
        commands, end = [], self.now + seconds
        while self.now < end:
            self.now += 0.02
            commands += self.controller.tick(self.now)
        return commands


def test_command_is_offset_and_scale_and_clip_by_joint():
    (command,) = Robot().state(100)
    assert (command.interface, command.joints, command.stamp_ns) == ("position", ("hip", "knee"), 100 * MS)
    np.testing.assert_allclose(command.values, [0.1 + 0.5 * 0.1, -0.2 + 0.25 * 0.1], atol=1e-7)
    limited = replace(CARD, action=replace(CARD.action, clip={"knee": (0.0, 0.2)}))
    robot = Robot(Steps(limited))
    (command,) = robot.state(100)
    assert command.values[1] == 0.0
    assert robot.controller.counters.clamped == 1


def test_odometry_is_not_needed_and_the_imu_is():
    robot = Robot()
    assert robot.state(100, imu=False) == []
    robot.wait(0.1)
    robot.state(150, imu=False)
    for _ in range(10):
        robot.wait(0.02)
        robot.state(200, imu=False)
    assert "no imu for 0.2 s, which the policy needs for base_angular_velocity: waiting" in robot.controller.message
    assert len(robot.state(400)) == 1


def test_last_action_and_phase_are_remembered_until_the_episode_ends():
    robot = Robot()
    for step in range(3):
        robot.state(100 + 50 * step, episode="episode_1")
    first, second, third = robot.policy.seen
    assert first[6:8].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(second[6:8], [0.1, 0.1], atol=1e-7)
    np.testing.assert_allclose(third[6:8], [0.2, 0.2], atol=1e-7)
    np.testing.assert_allclose([seen[-2:] for seen in (first, second)], [[0.0, 1.0], [1.0, 0.0]], atol=1e-12)
    robot.state(250, episode="episode_2")
    assert robot.policy.seen[-1][6:8].tolist() == [0.0, 0.0]
    assert robot.policy.steps == 1


def test_memory_ends_with_activation_and_with_stale_states():
    robot = Robot()
    robot.state(100)
    robot.state(150)
    robot.controller.activate(robot.now)
    robot.state(200)
    assert robot.policy.seen[-1][6:8].tolist() == [0.0, 0.0]
    robot.state(250)
    assert robot.policy.seen[-1][6:8].any()
    robot.wait(0.5)
    assert robot.controller.state is ControlState.STALE
    robot.state(900)
    assert robot.policy.seen[-1][6:8].tolist() == [0.0, 0.0]


def test_states_between_control_steps_leave_the_memory_alone():
    often, seldom = Robot(), Robot()
    for stamp in range(100, 300, 10):
        often.state(stamp)
    for stamp in range(100, 300, 50):
        seldom.state(stamp)
    np.testing.assert_array_equal(often.policy.seen, seldom.policy.seen)


@pytest.mark.parametrize(
    ("on_stop", "interface", "values"),
    [("", "velocity", [0.0, 0.0]), ("zero_effort", "effort", [0.0, 0.0]), ("hold", "position", [0.3, 0.2])],
)
def test_stale_states_stop_the_robot_as_the_parameter_says(on_stop, interface, values):
    robot = Robot(on_stop=on_stop)
    robot.state(100)
    (command,) = robot.wait(0.3)
    assert (command.interface, command.values.tolist()) == (interface, values)
    assert "no joint_states for 0.2 s" in robot.controller.message
    in_order = robot.controller.commands.in_own_interface(command, robot.controller.last_joints)
    assert (in_order.interface, in_order.values.tolist()) == ("position", [0.3, 0.2])


@pytest.mark.parametrize(
    ("limit", "state"),
    [
        ({"max_tilt": 0.5}, {"quaternion": (math.cos(0.3), math.sin(0.3), 0.0, 0.0)}),
        ({"max_joint_velocity": 5.0}, {"velocities": (0.0, 5.1, 0.0)}),
    ],
)
def test_limit_damps_the_robot_until_a_fresh_activation(limit, state):
    robot = Robot(**limit)
    (command,) = robot.state(100)
    assert command.interface == "position"
    (command,) = robot.state(110, **state)
    assert (command.interface, command.values.tolist()) == ("velocity", [0.0, 0.0])
    assert f"{next(iter(limit))} is" in robot.controller.message
    assert robot.state(150) == robot.wait(0.1) == []
    robot.controller.activate(robot.now)
    (command,) = robot.state(200)
    assert command.interface == "position"


def test_deactivation_and_stops_from_outside_are_those_of_on_stop():
    robot = Robot(on_stop="hold")
    robot.state(100, positions=(0.6, 0.5, 0.4))
    for command in (robot.controller.stop_command(), *robot.controller.stop("e_stop")):
        assert (command.interface, command.values.tolist(), command.stamp_ns) == ("position", [0.6, 0.5], 100 * MS)
    assert robot.state(150) == []


def test_velocity_command_is_clipped_and_expires():
    robot = Robot()
    robot.controller.velocity_input.set((2.0, 0.1, -0.3), robot.now)
    robot.state(100)
    np.testing.assert_allclose(robot.policy.seen[-1][8:11], [0.8, 0.1, -0.3])
    robot.now += 0.49
    robot.state(150)
    assert robot.policy.seen[-1][8:11].any()
    robot.now += 0.02
    robot.state(200)
    assert not robot.policy.seen[-1][8:11].any()


def test_velocity_command_that_is_not_finite_is_zero():
    robot = Robot()
    robot.controller.velocity_input.set((0.5, 0.0, 0.0), robot.now)
    with pytest.raises(ValueError, match=r"cmd_vel: angular.z is nan; expected a finite number"):
        robot.controller.velocity_input.set((0.5, 0.0, float("nan")), robot.now)
    robot.state(100)
    assert not robot.policy.seen[-1][8:11].any()


def test_orientation_that_the_imu_does_not_have_is_named():
    card = replace(CARD, observation=Observation((Term("projected_gravity", source="imu"),)))
    robot = Robot(Steps(card))
    robot.controller.on_sample("imu", ImuSample(100 * MS, None, (0.0, 0.0, 0.0)), robot.now)
    robot.state(100, imu=False)
    assert "imu: no orientation (covariance -1); expected a unit quaternion" in robot.controller.message


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"max_effort": 3.0}, "'max_effort': expected 0 for a policy that commands position, found 3"),
        (
            {"joints": ("hip", "ankle")},
            "'joints': expected the policy's joints, each once: knee, hip; found: hip, ankle",
        ),
        ({"max_position_margin": 0.1}, "'max_position_margin': expected 0, as the policy's card has no envelope"),
    ],
)
def test_parameter_that_does_not_fit_the_card_is_refused(parameters, words):
    with pytest.raises(PolicyError, match=words.replace("(", r"\(")):
        Robot(**parameters)


def test_robot_with_efforts_can_only_go_limp():
    card = replace(CARD, action=replace(CARD.action, interface="effort", stiffness=None, damping=None))
    with pytest.raises(PolicyError, match="'on_stop': expected zero_effort for a policy that commands effort"):
        Robot(Steps(card), on_stop="hold")


def test_tilt_cannot_be_limited_without_a_source_of_it():
    card = replace(CARD, observation=Observation((Term("joint_positions"),)))
    with pytest.raises(PolicyError, match="'max_tilt': expected 0, as no term of the policy needs odom or imu"):
        Robot(Steps(card), max_tilt=0.5)
