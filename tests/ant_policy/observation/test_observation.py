import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_policy.card.card import default_card
from ant_policy.card.observation import Observation
from ant_policy.card.parts import Joints
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.observation.samples import BaseSample, JointSample, MissingJointError, StateError
from ant_sim import AntSimulator
from ant_sim.envs.single import observe

CARD = default_card("pgpe")
NAMES = list(CARD.joints.names)
EXTRA = ("gripper", "wheel")
POSITIONS = {name: 0.1 * (i + 1) for i, name in enumerate((*NAMES, *EXTRA))}
VELOCITIES = {name: -1.0 * (i + 1) for i, name in enumerate((*NAMES, *EXTRA))}
BASE = BaseSample(1, 0.7, (0.5, 0.5, -0.5, 0.5), (1.0, 2.0, 3.0), (0.4, 0.5, 0.6))


@pytest.fixture
def builder():
    return ObservationBuilder(CARD)


def sample(names=NAMES):
    return JointSample(1, list(names), [POSITIONS[name] for name in names], [VELOCITIES[name] for name in names])


def base(**changes):
    return BaseSample(**(vars(BASE) | changes))


def samples(simulator):
    """Samples that a driver of the simulated robot would publish."""
    state = simulator.state()
    return (
        JointSample(1, list(simulator.joint_names), state.joint_positions, state.joint_velocities),
        BaseSample(
            1,
            state.base_position_w[2],
            tuple(state.base_quaternion),
            state.base_velocity_b,
            tuple(state.base_angular_velocity_b),
        ),
    )


def test_observation_equals_the_environment_s_bit_for_bit(builder):
    simulator = AntSimulator()
    rng = np.random.default_rng(0)
    for i in range(1000):
        if i % 50 == 0:
            simulator.reset(i)
        simulator.step(rng.uniform(-1.0, 1.0, 8))
        assert np.array_equal(builder.frame(RobotState(*samples(simulator))), observe(simulator.state()))


def test_terms_are_stacked_in_the_order_of_the_card(builder):
    observation = builder.frame(RobotState(sample(), BASE))
    positions, velocities = [POSITIONS[name] for name in NAMES], [VELOCITIES[name] for name in NAMES]
    # (w, x, y, z) = (1, 1, -1, 1) / 2 takes the body's x, y, z axes to the world's z, -x, -y.
    expected = [0.7, 0.5, 0.5, -0.5, 0.5, *positions, -2.0, -3.0, 1.0, 0.4, 0.5, 0.6, *velocities]
    assert observation.dtype == np.float64
    np.testing.assert_allclose(observation, expected, rtol=0, atol=1e-15)


def test_card_may_ask_for_the_terms_in_another_order():
    card = replace(CARD, observation=Observation(CARD.observation.terms[::-1]))
    observation = ObservationBuilder(card).frame(RobotState(sample(), BASE))
    assert observation[:8].tolist() == [VELOCITIES[name] for name in NAMES]
    assert observation[-1] == 0.7


def test_card_may_ask_for_the_joints_in_another_order():
    card = replace(CARD, joints=Joints(CARD.joints.names[::-1]))
    observation = ObservationBuilder(card).frame(RobotState(sample(), BASE))
    assert observation[5:13].tolist() == [POSITIONS[name] for name in reversed(NAMES)]


@given(names=st.permutations((*NAMES, *EXTRA)))
def test_joints_are_found_by_name_in_any_order_and_among_others(names):
    builder = ObservationBuilder(CARD)
    assert np.array_equal(builder.frame(RobotState(sample(names), BASE)), builder.frame(RobotState(sample(), BASE)))


@given(data=st.data(), card_order=st.permutations(NAMES), driver_order=st.permutations(NAMES))
def test_observation_depends_on_no_order_of_the_driver(data, card_order, driver_order):
    finite = st.floats(-1e6, 1e6)
    state = {name: (data.draw(finite), data.draw(finite)) for name in NAMES}

    def observation(names):
        joints = JointSample(1, names, [state[name][0] for name in names], [state[name][1] for name in names])
        return ObservationBuilder(replace(CARD, joints=Joints(tuple(card_order)))).frame(RobotState(joints, BASE))

    assert np.array_equal(observation(driver_order), observation(NAMES))
    assert observation(driver_order)[5:13].tolist() == [state[name][0] for name in card_order]


@given(
    names=st.lists(st.sampled_from(NAMES) | st.text(max_size=5), max_size=12) | st.permutations(NAMES),
    positions=st.lists(st.floats(), max_size=12) | st.just([0.0] * 8),
    velocities=st.lists(st.floats(), max_size=12) | st.just([0.0] * 8),
    quaternion=st.tuples(*[st.floats()] * 4) | st.just(BASE.quaternion),
    velocity=st.tuples(*[st.floats()] * 3),
)
def test_any_state_gives_a_finite_observation_or_a_refusal_that_names_its_topic(
    names, positions, velocities, quaternion, velocity
):
    state = base(quaternion=quaternion, velocity_b=velocity, angular_velocity_b=velocity)
    try:
        observation = ObservationBuilder(CARD).frame(RobotState(JointSample(1, names, positions, velocities), state))
    except StateError as refusal:
        assert str(refusal).startswith(("joint_states: ", "odom: "))  # noqa: PT017 (acceptance is fine too)
    else:
        assert observation.shape == (27,)
        assert np.isfinite(observation).all()


def test_driver_may_change_its_order_on_the_way(builder):
    expected = builder.frame(RobotState(sample(), BASE))
    for names in (NAMES[::-1], [*EXTRA, *NAMES], NAMES):
        np.testing.assert_array_equal(builder.frame(RobotState(sample(names), BASE)), expected)


def test_names_that_the_driver_changes_in_place_are_read_anew(builder):
    state = sample()
    expected = builder.frame(RobotState(state, BASE))
    for values in (state.names, state.positions, state.velocities):
        values.reverse()
    np.testing.assert_array_equal(builder.frame(RobotState(state, BASE)), expected)


@pytest.mark.parametrize("missing", NAMES)
def test_missing_joint_is_named_with_those_that_were_found(builder, missing):
    others = [name for name in NAMES if name != missing]
    with pytest.raises(MissingJointError, match=f"joint_states: joint '{missing}' is missing; found: {others[0]}"):
        builder.frame(RobotState(sample(others), BASE))


def test_state_without_joints_says_so(builder):
    with pytest.raises(MissingJointError, match="found: no joint at all"):
        builder.frame(RobotState(sample([]), BASE))


def test_joint_of_the_policy_that_is_there_twice_is_named(builder):
    with pytest.raises(StateError, match="joint_states: joint 'ankle_2' is listed 2 times") as refusal:
        builder.frame(RobotState(sample([*NAMES, "ankle_2"]), BASE))
    assert not isinstance(refusal.value, MissingJointError)


def test_joint_that_the_policy_does_not_know_may_be_there_twice(builder):
    np.testing.assert_array_equal(
        builder.frame(RobotState(sample([*NAMES, "wheel", "wheel"]), BASE)), builder.frame(RobotState(sample(), BASE))
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("joint", ["hip_1", "ankle_4"])
@pytest.mark.parametrize("field", ["position", "velocity"])
def test_joint_value_that_is_not_finite_is_named(builder, field, joint, value):
    state = sample(NAMES[::-1])
    values = state.positions if field == "position" else state.velocities
    values[state.names.index(joint)] = value
    with pytest.raises(
        StateError, match=f"joint_states: {field} of joint '{joint}' is {value}; expected a finite number"
    ):
        builder.frame(RobotState(state, BASE))


def test_value_of_another_joint_does_not_matter(builder):
    state = sample([*NAMES, "wheel"])
    state.positions[-1] = state.velocities[-1] = math.nan
    np.testing.assert_array_equal(builder.frame(RobotState(state, BASE)), builder.frame(RobotState(sample(), BASE)))


@pytest.mark.parametrize(
    ("changes", "term"),
    [
        ({"height": math.nan}, "base_height is nan"),
        ({"height": -math.inf}, "base_height is -inf"),
        ({"quaternion": (1.0, 0.0, math.nan, 0.0)}, "base_orientation is nan"),
        ({"velocity_b": (0.0, math.nan, 0.0)}, "base_linear_velocity is nan"),
        ({"velocity_b": (math.inf, 0.0, 0.0)}, "base_linear_velocity is"),
        ({"angular_velocity_b": (0.0, 0.0, math.inf)}, "base_angular_velocity is inf"),
    ],
)
def test_odometry_value_that_is_not_finite_is_named(builder, changes, term):
    with pytest.raises(StateError, match=f"odom: {term}"):
        builder.frame(RobotState(sample(), base(**changes)))


@pytest.mark.parametrize(
    "quaternion", [(0.0, 0.0, 0.0, 0.0), (0.9, 0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0), (math.inf, 0.0, 0.0, 0.0)]
)
def test_orientation_that_is_no_unit_quaternion_is_refused_with_its_norm(builder, quaternion):
    with pytest.raises(StateError, match=f"odom: orientation has norm {math.hypot(*quaternion):.3g}"):
        builder.frame(RobotState(sample(), base(quaternion=quaternion)))


def test_orientation_that_is_unit_within_rounding_to_float32_is_taken(builder):
    quaternion = tuple(np.float32([0.1, 0.7, -0.7, 0.1]).tolist())
    observation = builder.frame(RobotState(sample(), base(quaternion=quaternion)))
    assert observation[1:5].tolist() == list(quaternion)


@pytest.mark.parametrize("field", ["position", "velocity"])
@pytest.mark.parametrize("count", [0, 7, 9])
def test_number_of_values_and_of_names_must_agree(builder, field, count):
    state = sample()
    values = state.positions if field == "position" else state.velocities
    values[:] = [0.0] * count
    with pytest.raises(StateError, match=f"joint_states: {count} entries in '{field}' for 8 names"):
        builder.frame(RobotState(state, BASE))


def test_refused_state_does_not_spoil_the_next(builder):
    expected = builder.frame(RobotState(sample(), BASE))
    with pytest.raises(StateError):
        builder.frame(RobotState(sample(NAMES[1:]), BASE))
    np.testing.assert_array_equal(builder.frame(RobotState(sample(), BASE)), expected)
