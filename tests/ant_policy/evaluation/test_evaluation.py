import hashlib
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

import ant_sim
from ant_policy.card.card import default_card
from ant_policy.card.parts import Model
from ant_policy.errors import CardError
from ant_policy.evaluation.envelope import Extremes
from ant_policy.evaluation.rollout import evaluate, jump_apexes, model_warning
from ant_policy.policies.baselines import ZeroPolicy
from ant_policy.policies.loading import load_policy


class Permuted:
    """Another policy behind a card that has joints, terms, and the scale of efforts, another way."""

    def __init__(self, policy):
        card = policy.card
        self._policy = policy
        observation, action = card.observation, card.action
        scale = dict.fromkeys(action.joints, 150.0)
        self.card = replace(
            card,
            joints=replace(card.joints, names=card.joints.names[::-1]),
            observation=replace(observation, terms=observation.terms[::-1]),
            action=replace(action, joints=action.joints[::-1], scale=scale),
        )

    def act(self, observation):
        joint_velocities, angular, linear, joint_positions, quaternion, height = np.split(
            observation, np.cumsum([8, 3, 3, 8, 4])
        )
        inner = np.concatenate([height, quaternion, joint_positions[::-1], linear, angular, joint_velocities[::-1]])
        return 2.0 * self._policy.act(inner)[::-1]


def test_returns_are_those_of_the_gymnasium_environment(sac_zip):
    policy = load_policy(sac_zip)
    found = evaluate(policy, episodes=2, seed=40, max_steps=60)
    env = gym.make("CustomAntEnv-v1", max_episode_steps=60)
    for episode in range(2):
        observation, _ = env.reset(seed=40 + episode)
        total, heights, done = 0.0, [], False
        while not done:
            observation, reward, terminated, truncated, info = env.step(policy.act(observation))
            total, done = total + reward, terminated or truncated
            heights.append(info["torso_height"])
        assert found.returns[episode] == total
        assert found.lengths[episode] == len(heights)
        assert found.max_heights[episode] == max(heights)


def test_policy_with_another_order_and_scale_in_its_card_moves_the_robot_the_same_way(sac_zip):
    policy = load_policy(sac_zip)
    expected = evaluate(policy, 1, 5, max_steps=60)
    found = evaluate(Permuted(policy), 1, 5, max_steps=60)
    np.testing.assert_array_equal(found.returns, expected.returns)
    assert found.envelope == expected.envelope


def test_fall_ends_the_episode(monkeypatch):
    monkeypatch.setattr("ant_sim.envs.vector.FALL_HEIGHT", 0.35)  # Falls below 0.2 m are rare.
    evaluation = evaluate(load_policy("random", seed=0), episodes=40, seed=0, max_steps=40)
    assert 0 < evaluation.summary().falls == evaluation.falls.sum() < 40
    last = np.array([heights[-1] for heights in evaluation.heights])
    np.testing.assert_array_equal(last < 0.35, evaluation.falls)
    assert (evaluation.lengths[evaluation.falls] < 40).all()
    assert (evaluation.lengths[~evaluation.falls] == 40).all()


def test_summary_and_speed():
    done = []
    evaluation = evaluate(load_policy("random", seed=3), 3, 7, max_steps=50, progress=done.append)
    assert done == list(range(1, 51))
    summary = evaluation.summary()
    assert summary.mean == pytest.approx(np.mean(evaluation.returns))
    assert summary.std == pytest.approx(np.std(evaluation.returns))
    assert summary.min == evaluation.returns.min()
    assert (summary.episodes, summary.seed) == (3, 7)
    assert evaluation.steps_per_second == pytest.approx(evaluation.lengths.sum() / evaluation.seconds)


def test_same_seed_gives_the_same_episodes():
    first, second, other = (evaluate(load_policy("random", seed=1), 2, seed, max_steps=50) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.returns, second.returns)
    assert first.envelope == second.envelope != other.envelope


@pytest.mark.parametrize(
    ("heights", "apexes"),
    [
        ([0.5, 1.1, 1.4, 1.2, 0.9], [1.4]),
        ([1.1, 0.9, 1.2, 1.0, 1.3], [1.1, 1.2, 1.3]),
        ([0.5, 1.0], []),
        ([1.5], [1.5]),
    ],
)
def test_apex_is_the_greatest_height_of_each_run_above_one_metre(heights, apexes):
    np.testing.assert_array_equal(jump_apexes(np.array(heights)), apexes)


def test_landing_is_the_tilt_after_a_jump_with_the_apex_of_the_next_one():
    evaluation = evaluate(load_policy("zero"), 2, 7, max_steps=6)
    heights = [[1.1, 0.9, 0.6, 1.4, 1.2, 0.8], [0.5, 1.5, 1.1, 0.9, 0.7, 0.7]]
    tilts = [[0.0, 0.3, 0.1, 0.0, 0.0, 0.2], [0.0, 0.0, 0.0, 3.0, 0.0, 0.0]]
    own = replace(evaluation, heights=tuple(map(np.array, heights)), tilts=tuple(map(np.array, tilts)))
    np.testing.assert_array_equal(own.landings, [[0.3, 1.4]])
    assert evaluation.landings.shape == (0, 2)


def test_tilt_is_the_angle_between_the_torso_and_the_vertical():
    policy = load_policy("zero")
    extremes = Extremes(policy.card)
    observations = np.zeros((3, policy.card.observation_size))
    half = np.radians([0.0, 45.0, 90.0])
    observations[:, 1], observations[:, 2] = np.cos(half), np.sin(half)
    np.testing.assert_allclose(np.degrees(extremes.tilts(observations)), [0.0, 90.0, 180.0], atol=1e-6)


def test_no_jump_has_no_mean_apex():
    assert evaluate(load_policy("zero"), 1, 0, max_steps=20).mean_apex is None


def test_envelope_holds_the_states_that_were_seen():
    envelope = evaluate(load_policy("random", seed=2), 1, 3, max_steps=100).envelope
    env = gym.make("CustomAntEnv-v1")
    policy = load_policy("random", seed=2)
    observation, _ = env.reset(seed=3)
    seen = [observation]
    for _ in range(100):
        observation, *_ = env.step(policy.act(observation))
        seen.append(observation)
    states = np.array(seen)
    names = ant_sim.AntSimulator().joint_names
    assert envelope.joint_positions == {
        name: (states[:, 5 + i].min(), states[:, 5 + i].max()) for i, name in enumerate(names)
    }
    assert envelope.joint_velocities == {name: np.abs(states[:, 19 + i]).max() for i, name in enumerate(names)}
    x, y = states[:, 2], states[:, 3]
    assert envelope.tilt == pytest.approx(np.arccos(1 - 2 * (x**2 + y**2)).max(), abs=1e-9)


def test_envelope_and_summary_fit_into_a_card(tmp_path):
    evaluation = evaluate(load_policy("random"), 1, 0, max_steps=20)
    card = replace(default_card("zero"), envelope=evaluation.envelope, returns=evaluation.summary())
    card.save(tmp_path / "card.yaml")
    assert type(card).load(tmp_path / "card.yaml") == card


def test_another_model_is_a_warning():
    digest = hashlib.sha256(ant_sim.MODEL_PATH.read_bytes()).hexdigest()
    card = default_card("zero")
    assert model_warning(card) is None
    assert model_warning(replace(card, model=Model("custom_ant.xml", digest))) is None
    assert "trained on another model" in model_warning(replace(card, model=Model("other.xml", "0" * 64)))


def test_card_for_another_robot_is_refused():
    card = default_card("zero")
    with pytest.raises(CardError, match=r"'control_period': expected 0.05 s, found 0.1 s"):
        evaluate(ZeroPolicy(replace(card, control_period=0.1)), 1, 0)
    joints = tuple(f"{name}_x" for name in card.action.joints)
    action = replace(card.action, joints=joints, scale=dict.fromkeys(joints, 300.0))
    with pytest.raises(CardError, match=r"'action.joints': expected hip_4, .* found hip_4_x"):
        evaluate(ZeroPolicy(replace(card, action=action)), 1, 0)


@pytest.mark.parametrize(("episodes", "steps"), [(0, 10), (1, 0)])
def test_nothing_to_evaluate_is_refused(episodes, steps):
    with pytest.raises(ValueError, match="at least 1 episode and step"):
        evaluate(load_policy("zero"), episodes, 0, max_steps=steps)
