import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.card import default_card
from ant_policy.card_parts import Envelope
from ant_policy.config import PolicyConfig
from ant_policy.controller import Command, Controller
from ant_policy.errors import PolicyError
from ant_policy.observation import BaseSample, JointSample
from ant_policy.policies import RandomPolicy, ZeroPolicy

MS = 1_000_000
S = 1000 * MS
CARD = default_card("pgpe")
JOINTS = CARD.observation.joints
WEIGHTS = np.random.default_rng(0).normal(scale=0.2, size=(8, 27)).astype(np.float32)


class LinearPolicy:
    """Acts by every part of what it sees, and remembers that."""

    def __init__(self, card=CARD, gain=1.0):
        self.card = card
        self.gain = gain
        self.seen = []

    def act(self, observation):
        self.seen.append(observation)
        return np.clip(self.gain * WEIGHTS @ np.float32(observation), -1.0, 1.0)


class ConstantPolicy:
    card = CARD

    def __init__(self, value):
        self.value = value

    def act(self, _):
        return np.full(8, self.value, dtype=np.float32)


class Robot:
    """Feeds a controller with states, and keeps what it commands."""

    def __init__(self, policy=None, names=JOINTS, **config):
        self.policy = policy or LinearPolicy()
        self.controller = Controller(self.policy, PolicyConfig(**config))
        self.names = list(names)
        self.now = 50.0
        self.controller.activate(self.now)
        self.commands = []

    def _keep(self, commands):
        self.commands += commands
        return commands

    def joints(self, stamp_ns, positions=None, velocities=None, names=None):
        names = self.names if names is None else names
        numbers = [0.1 * (JOINTS.index(name) + 1) if name in JOINTS else 9.9 for name in names]
        sample = JointSample(stamp_ns, names, positions or numbers, velocities or numbers)
        return self._keep(self.controller.on_joint_states(sample, self.now))

    def odom(self, stamp_ns, **changes):
        values = {"height": 0.6, "quaternion": (1.0, 0.0, 0.0, 0.0)}
        values |= {"velocity_b": (0.1, 0.2, 0.3), "angular_velocity_b": (0.4, 0.5, 0.6)} | changes
        return self._keep(self.controller.on_odometry(BaseSample(stamp_ns, **values), self.now))

    def state(self, stamp_ns, **changes):
        """A complete state, odometry first, as the simulator sends it."""
        return self.odom(stamp_ns, **changes) + self.joints(stamp_ns)

    def bad_state(self, stamp_ns):
        return self.state(stamp_ns, height=math.nan)

    def wait(self, seconds):
        """Call the watchdog every 20 ms for this long."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + 0.02, end)
            self._keep(self.controller.tick(self.now))

    @property
    def stamps(self):
        return [command.stamp_ns for command in self.commands]


@pytest.fixture
def robot():
    return Robot()


def same(a, b):
    return a.stamp_ns == b.stamp_ns and np.array_equal(a.efforts, b.efforts)


def is_zero(command):
    return command.efforts.shape == (8,) and not command.efforts.any()


# What is commanded


def test_effort_is_the_action_of_each_joint_times_its_scale(robot):
    (command,) = robot.state(S)
    action = LinearPolicy().act(robot.policy.seen[0]).astype(np.float64)
    by_joint = dict(zip(CARD.action.joints, 300.0 * action, strict=True))
    assert command.stamp_ns == S
    assert command.efforts.tolist() == [by_joint[name] for name in robot.controller.joints]
    assert len(set(command.efforts.tolist())) == 8


def test_efforts_are_in_the_order_of_the_observation_unless_told_otherwise(robot):
    assert robot.controller.joints == CARD.observation.joints


@given(order=st.permutations(JOINTS))
def test_efforts_are_in_the_order_of_the_parameter_joints(order):
    robot = Robot(joints=tuple(order))
    (command,), (expected,) = robot.state(S), Robot().state(S)
    assert robot.controller.joints == tuple(order)
    assert dict(zip(order, command.efforts, strict=True)) == dict(zip(JOINTS, expected.efforts, strict=True))


@given(names=st.permutations((*JOINTS, "gripper", "wheel")))
def test_order_of_the_state_s_joints_does_not_matter(names):
    (command,), (expected,) = Robot(names=names).state(S), Robot().state(S)
    assert np.array_equal(command.efforts, expected.efforts)


def test_each_joint_has_the_scale_of_the_card():
    scale = {name: 10.0 * (i + 1) for i, name in enumerate(CARD.action.joints)}
    card = replace(CARD, action=replace(CARD.action, effort_scale=scale))
    (command,), (expected,) = Robot(LinearPolicy(card)).state(S), Robot().state(S)
    ratio = command.efforts / expected.efforts
    np.testing.assert_allclose(ratio, [scale[name] / 300.0 for name in JOINTS])


@pytest.mark.parametrize(
    "joints",
    [JOINTS[:7], (*JOINTS, "hip_5"), (*JOINTS[:7], "hip_5"), (*JOINTS, "hip_1"), (*JOINTS[:7], "hip_1"), ("hip_1",)],
)
def test_joints_that_are_not_the_policy_s_are_refused_with_both_lists(joints):
    with pytest.raises(
        PolicyError, match=r"parameter 'joints': expected .*hip_4, ankle_4, hip_1, .*; found: "
    ) as refusal:
        Controller(LinearPolicy(), PolicyConfig(joints=joints))
    assert str(refusal.value).endswith(f"found: {', '.join(joints)}")


@pytest.mark.parametrize("joints", [(), ("",)])
def test_empty_parameter_joints_means_the_policy_s_own(joints):
    assert Robot(joints=joints).controller.joints == JOINTS


def test_max_effort_limits_every_joint_and_is_counted():
    robot, free = Robot(max_effort=100.0), Robot()
    (command,), (expected,) = robot.state(S), free.state(S)
    assert np.abs(expected.efforts).max() > 100.0 > np.abs(expected.efforts).min()
    np.testing.assert_array_equal(command.efforts, np.clip(expected.efforts, -100.0, 100.0))
    assert (robot.controller.counters.clamped, free.controller.counters.clamped) == (1, 0)


def test_max_effort_above_the_policy_s_own_limit_changes_nothing():
    robot = Robot(LinearPolicy(gain=100.0), max_effort=1000.0)
    (command,) = robot.state(S)
    assert np.abs(command.efforts).max() == 300.0
    assert robot.controller.counters.clamped == 0


@pytest.mark.parametrize("max_effort", [0.0, 1000.0])
def test_policy_that_gives_more_than_one_is_limited_to_its_scale(max_effort):
    robot = Robot(ConstantPolicy(1.5), max_effort=max_effort)
    (command,) = robot.state(S)
    assert command.efforts.tolist() == [300.0] * 8
    assert robot.controller.counters.clamped == 1


# When


def test_state_is_answered_when_it_is_complete(robot):
    assert robot.joints(S) == []
    assert [command.stamp_ns for command in robot.odom(S)] == [S]
    assert robot.odom(S + 50 * MS) == []
    assert [command.stamp_ns for command in robot.joints(S + 50 * MS)] == [S + 50 * MS]


def test_each_state_of_the_control_period_is_answered_for_ever():
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 50 * MS for i in range(3000)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    assert robot.stamps == stamps


def test_slower_states_are_answered_each():
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 70 * MS for i in range(100)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    assert robot.stamps == stamps


def test_fast_states_are_answered_on_the_grid_of_the_control_period():
    robot = Robot(ZeroPolicy(CARD))
    for i in range(400):
        robot.state(S + i * 5 * MS)
    assert robot.stamps == [S + i * 50 * MS for i in range(40)]


@given(jitter=st.lists(st.integers(-2_400_000, 2_400_000), min_size=100, max_size=100))
def test_jitter_of_the_stamps_does_not_move_the_grid(jitter):
    robot = Robot(ZeroPolicy(CARD))
    stamps = [S + i * 5 * MS + offset for i, offset in enumerate(jitter)]
    for stamp_ns in stamps:
        robot.state(stamp_ns)
    grid = range(stamps[0], stamps[-1] + 1, 50 * MS)
    assert robot.stamps == [next(stamp for stamp in stamps if stamp >= due) for due in grid]


def test_gap_in_the_states_leaves_the_grid_where_it_was():
    robot = Robot(ZeroPolicy(CARD))
    for milliseconds in (0, 173, 195, 199, 200):
        robot.state(S + milliseconds * MS)
    assert robot.stamps == [S, S + 173 * MS, S + 200 * MS]


def test_state_between_two_control_instants_is_not_answered(robot):
    robot.state(S)
    assert robot.state(S + 49 * MS) == []
    assert robot.state(S + 49 * MS) == []
    assert len(robot.policy.seen) == 1


def test_repeated_stamp_gets_the_same_command_without_acting_again():
    robot = Robot(RandomPolicy(CARD, seed=1))
    (first,) = robot.state(S)
    for i in range(1, 4):
        (again,) = robot.state(S)
        assert same(again, first)
        assert robot.controller.counters.repeated == i
    (after,) = robot.state(S + 50 * MS)
    policy = RandomPolicy(CARD, seed=1)
    policy.act(np.zeros(27))
    second = dict(zip(CARD.action.joints, 300.0 * policy.act(np.zeros(27)).astype(float), strict=True))
    assert after.efforts.tolist() == [second[name] for name in JOINTS]


def test_older_state_is_dropped(robot):
    robot.state(S + 50 * MS)
    assert robot.state(S) == []
    assert robot.state(S + 49 * MS) == []
    assert robot.controller.counters.older == 2
    (command,) = robot.state(S + 100 * MS)
    assert command.stamp_ns == S + 100 * MS


def test_counters_tell_what_has_happened(robot):
    for stamp_ns in (S, S, S + 10 * MS, S + 50 * MS, S):
        robot.state(stamp_ns)
    robot.bad_state(S + 100 * MS)
    counters = robot.controller.counters
    assert (counters.answered, counters.repeated, counters.older, counters.refused) == (2, 1, 1, 1)


# A source that starts again


def test_restarted_source_is_answered_after_the_timeout_of_older_stamps_only(robot):
    robot.state(100 * S)
    begun = robot.now
    stamp_ns = S
    while len(robot.commands) == 1 or is_zero(robot.commands[-1]):
        robot.now += 0.01
        stamp_ns += 10 * MS
        robot.state(stamp_ns)
        assert robot.now < begun + 1.0
    assert 0.2 <= robot.now - begun <= 0.23
    assert robot.commands[-1].stamp_ns == stamp_ns
    robot.state(stamp_ns + 50 * MS)
    assert robot.commands[-1].stamp_ns == stamp_ns + 50 * MS


def test_newer_stamp_in_between_is_no_restart(robot):
    robot.state(100 * S)
    for i in range(1, 60):
        robot.now += 0.02
        robot.state(S + i * MS if i % 5 else 100 * S + i * 50 * MS)
    assert min(robot.stamps) == 100 * S


def test_repeated_stamp_in_between_is_no_restart(robot):
    robot.state(100 * S)
    for i in range(1, 60):
        robot.now += 0.02
        robot.state(S + i * MS if i % 5 else 100 * S)
    assert set(robot.stamps) == {100 * S}


def test_source_that_restarts_at_one_repeated_stamp_is_answered(robot):
    """The simulator stands still at its first state until it is commanded."""
    robot.state(100 * S)
    for _ in range(6):
        robot.wait(0.1)
        robot.state(S)
    assert robot.commands[-1].stamp_ns == S
    assert not is_zero(robot.commands[-1])
    assert robot.controller.reason == ""


def test_source_that_restarts_before_its_first_complete_state_is_answered(robot):
    robot.joints(100 * S)
    robot.wait(0.1)
    robot.state(S)
    assert robot.stamps == [S]


# Staleness


def test_nothing_is_commanded_before_the_first_complete_state(robot):
    robot.wait(1.0)
    for i in range(20):
        robot.joints(S + i * 50 * MS)
    robot.wait(1.0)
    assert robot.commands == []


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ((), "no joint_states for 0.2 s"),
        (("odom",), "no joint_states for 0.2 s"),
        (("joints",), "no odom for 0.2 s"),
        (
            ("joints", "odom of another clock"),
            "no odom in time and within 0.02 s of joint_states for 0.2 s",
        ),
    ],
)
def test_stale_state_means_one_zero_command_and_a_reason_that_names_the_topic(robot, topics, reason):
    robot.state(100 * S)
    for i in range(1, 50):
        robot.wait(0.02)
        stamp_ns = 100 * S + i * 20 * MS
        if "odom" in topics:
            robot.odom(stamp_ns)
        if "odom of another clock" in topics:
            robot.odom(stamp_ns - 10 * S)
        if "joints" in topics:
            robot.joints(stamp_ns)
    assert len(robot.commands) == 2
    assert is_zero(robot.commands[1])
    assert robot.commands[1].stamp_ns == 100 * S
    assert robot.controller.reason == f"{reason}: zero effort until a fresh complete state comes"
    assert robot.controller.latched == ""


@pytest.mark.parametrize("timeout", [0.1, 0.5])
def test_state_is_stale_after_the_timeout_and_not_before(timeout):
    robot = Robot(state_timeout=timeout)
    robot.state(S)
    robot.wait(timeout - 0.001)
    assert len(robot.commands) == 1
    robot.wait(0.002)
    assert len(robot.commands) == 2


def test_fresh_state_resumes_by_itself(robot):
    robot.state(S)
    robot.wait(1.0)
    assert robot.controller.reason
    (command,) = robot.state(S + S)
    assert not is_zero(command)
    assert robot.controller.reason == ""
    robot.wait(0.3)
    assert is_zero(robot.commands[-1])
    assert len(robot.commands) == 4


def test_pause_that_repeats_the_state_is_no_fault(robot):
    robot.state(S)
    for _ in range(50):
        robot.wait(0.1)
        robot.state(S)
    assert robot.controller.reason == ""
    assert all(same(command, robot.commands[0]) for command in robot.commands)


def test_stale_state_that_is_repeated_resumes(robot):
    (first,) = robot.state(S)
    robot.wait(1.0)
    (again,) = robot.state(S)
    assert same(again, first)
    assert robot.controller.reason == ""


def test_watchdog_that_was_itself_held_up_looks_again_before_it_stops(robot):
    robot.state(S)
    robot.wait(0.1)
    robot.now += 3.0
    assert robot.controller.tick(robot.now) == []
    assert robot.controller.reason == ""
    (command,) = robot.state(S + 50 * MS)
    assert not is_zero(command)
    robot.wait(0.1)
    assert robot.controller.reason == ""


def test_held_up_watchdog_stops_the_next_time_if_nothing_has_come(robot):
    robot.state(S)
    robot.now += 3.0
    assert robot.controller.tick(robot.now) == []
    robot.wait(0.02)
    assert is_zero(robot.commands[-1])


# Bad states


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (lambda robot, at: robot.state(at, height=math.nan), "odom: torso_height is nan"),
        (lambda robot, at: robot.state(at, quaternion=(2.0, 0.0, 0.0, 0.0)), "odom: orientation has norm 2"),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, positions=[math.inf] * 8),
            "position of joint 'hip_1' is inf",
        ),
        (lambda robot, at: robot.odom(at) + robot.joints(at, velocities=[0.0] * 7), "7 entries in 'velocity'"),
        (lambda robot, at: robot.odom(at) + robot.joints(at, names=JOINTS[1:]), "joint 'hip_1' is missing"),
        (
            lambda robot, at: robot.odom(at) + robot.joints(at, names=[*JOINTS, "hip_1"]),
            "joint 'hip_1' is there 2 times",
        ),
    ],
)
def test_bad_state_means_zero_effort_with_a_reason_until_the_next_good_one(robot, send, reason):
    robot.state(S)
    (command,) = send(robot, S + 50 * MS)
    assert is_zero(command)
    assert command.stamp_ns == S + 50 * MS
    assert reason in robot.controller.reason
    assert robot.controller.reason.endswith(": zero effort")
    assert robot.controller.latched == ""
    (command,) = robot.state(S + 100 * MS)
    assert not is_zero(command)
    assert robot.controller.reason == ""


def test_bad_state_between_two_control_instants_means_zero_effort_too(robot):
    robot.state(S)
    (command,) = robot.bad_state(S + 10 * MS)
    assert is_zero(command)
    assert robot.controller.reason


def test_bad_state_after_which_nothing_comes_leaves_zero_effort(robot):
    robot.state(S)
    robot.bad_state(S + 10 * MS)
    robot.wait(2.0)
    assert is_zero(robot.commands[-1])


def test_bad_state_that_is_repeated_stays_refused(robot):
    robot.state(S)
    robot.wait(1.0)
    robot.bad_state(S + 50 * MS)
    (again,) = robot.bad_state(S + 50 * MS)
    assert is_zero(again)
    assert "torso_height is nan" in robot.controller.reason


def test_bad_first_state_is_followed_by_the_good_one(robot):
    robot.bad_state(S)
    assert robot.controller.latched == ""
    (command,) = robot.state(S + 50 * MS)
    assert not is_zero(command)


def test_action_that_is_not_finite_means_zero_effort_with_a_reason():
    robot = Robot(ConstantPolicy(math.nan))
    (command,) = robot.state(S)
    assert is_zero(command)
    assert robot.controller.reason == "the policy's action is not finite: zero effort"


@pytest.mark.parametrize("topic", ["joint_states", "odom"])
def test_stamp_of_zero_means_unset_and_is_refused_by_its_topic(robot, topic):
    """A driver that leaves the stamp out would otherwise repeat its first state for ever."""
    for _ in range(5):
        robot.odom(0 if topic == "odom" else S)
        robot.joints(0 if topic == "joint_states" else S)
    assert robot.policy.seen == []
    assert all(map(is_zero, robot.commands))
    assert robot.controller.reason.startswith(f"{topic}: ")
    assert "stamp is 0" in robot.controller.reason


# Stops that last


def test_joint_that_the_first_state_misses_needs_a_new_configuration():
    robot = Robot(names=JOINTS[:7])
    (command,) = robot.state(S)
    assert is_zero(command)
    assert robot.controller.latched == "configure"
    assert "joint 'ankle_4' is missing" in robot.controller.reason
    robot.names = list(JOINTS)
    robot.state(S + 50 * MS)
    robot.wait(1.0)
    assert len(robot.commands) == 1


def test_nothing_is_commanded_after_the_state_that_needs_a_new_configuration():
    robot = Robot(pairing_tolerance=0.1)
    robot.joints(S, names=JOINTS[:7])
    robot.joints(S + 50 * MS)
    (command,) = robot.odom(S + 50 * MS)
    assert is_zero(command)
    assert command.stamp_ns == S
    assert "joint 'ankle_4' is missing" in robot.controller.reason


def test_stop_lasts_until_a_fresh_activation(robot):
    robot.state(S)
    (command,) = robot.controller.stop("e_stop: zero effort")
    assert is_zero(command)
    assert command.stamp_ns == S
    assert (robot.controller.reason, robot.controller.latched) == ("e_stop: zero effort", "activate")
    assert robot.state(S + 50 * MS) == []
    robot.wait(1.0)
    assert len(robot.commands) == 1
    robot.controller.activate(robot.now)
    assert (robot.controller.reason, robot.controller.latched) == ("", "")
    (command,) = robot.state(S + 100 * MS)
    assert not is_zero(command)


def test_activation_forgets_the_past(robot):
    robot.state(100 * S)
    robot.joints(100 * S + 50 * MS)
    robot.controller.activate(robot.now)
    assert vars(robot.controller.counters) == dict.fromkeys(vars(robot.controller.counters), 0)
    assert robot.controller.zero_command().stamp_ns == 0
    robot.wait(1.0)
    assert len(robot.commands) == 1
    (command,) = robot.state(S + 7 * MS)
    assert command.stamp_ns == S + 7 * MS
    (command,) = robot.state(S + 57 * MS)
    assert command.stamp_ns == S + 57 * MS


def test_state_that_was_incomplete_at_the_activation_stays_so(robot):
    robot.joints(S)
    robot.controller.activate(robot.now)
    assert robot.odom(S) == []


def test_controller_that_was_never_activated_stops_nothing():
    controller = Controller(LinearPolicy(), PolicyConfig())
    assert controller.tick(0.0) == []
    assert controller.reason == ""


def test_zero_command_answers_the_last_state(robot):
    robot.state(S)
    robot.state(S + 20 * MS)
    command = robot.controller.zero_command()
    assert isinstance(command, Command)
    assert is_zero(command)
    assert command.stamp_ns == S + 20 * MS


def test_state_whose_odometry_comes_too_late_is_not_acted_on():
    robot = Robot(state_timeout=0.2)
    robot.joints(S)
    robot.joints(S + 250 * MS)
    assert robot.odom(S) == []
    (command,) = robot.odom(S + 250 * MS)
    assert command.stamp_ns == S + 250 * MS


# Safety limits


def test_state_within_the_limits_is_answered():
    robot = Robot(max_tilt=0.5, max_joint_velocity=1.0)
    (command,) = robot.state(S)
    assert not is_zero(command)


def tilted(angle):
    return (math.cos(angle / 2), math.sin(angle / 2), 0.0, 0.0)


@pytest.mark.parametrize(("angle", "stops"), [(0.49, False), (0.51, True), (3.1, True), (-0.51, True)])
def test_tilt_over_the_limit_stops_until_a_fresh_activation(angle, stops):
    robot = Robot(max_tilt=0.5)
    (command,) = robot.state(S, quaternion=tilted(angle))
    assert is_zero(command) == stops
    assert robot.controller.latched == ("activate" if stops else "")
    if stops:
        assert "max_tilt is 0.5" in robot.controller.reason
        assert robot.state(S + 50 * MS) == []
        robot.controller.activate(robot.now)
        (command,) = robot.state(S + 100 * MS)
        assert not is_zero(command)


def test_limit_is_watched_between_control_instants_too():
    robot = Robot(max_tilt=0.5)
    robot.state(S)
    (command,) = robot.state(S + 5 * MS, quaternion=tilted(0.6))
    assert is_zero(command)


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_velocity_over_the_limit_stops_by_name(joint, sign):
    robot = Robot(max_joint_velocity=5.0)
    velocities = [sign * 5.1 if name == joint else sign * 4.9 for name in JOINTS]
    robot.odom(S)
    (command,) = robot.joints(S, velocities=velocities)
    assert is_zero(command)
    assert f"velocity of joint '{joint}' is {sign * 5.1:.3g} rad/s; max_joint_velocity is 5" in robot.controller.reason


def with_envelope(low, high):
    envelope = Envelope(1.0, dict.fromkeys(JOINTS, (low, high)), dict.fromkeys(JOINTS, 1.0))
    return LinearPolicy(replace(CARD, envelope=envelope))


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("position", [-0.21, 1.21])
def test_position_far_outside_of_the_envelope_stops_by_name(joint, position):
    robot = Robot(with_envelope(0.0, 1.0), max_position_margin=0.2)
    robot.odom(S)
    (command,) = robot.joints(S, positions=[position if name == joint else 1.19 for name in JOINTS])
    assert is_zero(command)
    assert f"position of joint '{joint}'" in robot.controller.reason
    assert robot.controller.latched == "activate"


def test_joint_that_is_not_the_policys_has_no_limits():
    names = (*JOINTS, "gripper")
    robot = Robot(with_envelope(0.0, 1.0), names=names, max_position_margin=0.2, max_joint_velocity=5.0)
    robot.odom(S)
    (command,) = robot.joints(S)
    assert not is_zero(command)


def test_margin_without_an_envelope_is_refused():
    with pytest.raises(PolicyError, match="'max_position_margin': expected 0"):
        Robot(max_position_margin=0.2)
