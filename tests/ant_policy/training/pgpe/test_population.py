from dataclasses import replace

import numpy as np
import pytest

from ant_policy import default_card, load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.training.config import PgpeConfig
from ant_policy.training.pgpe.linear_policies import LinearPolicies, RunningNormalisation
from ant_policy.training.pgpe.population import JumpRobots, roll_out
from ant_sim import MODEL_PATH
from ant_sim.envs.shaping import Shaping
from ant_sim.tasks.jump import height_rewards

KINDS = [(None, False), ("torso_frame", False), ("torso_frame", True), ("landing", True), ("righting", True)]


@pytest.fixture(params=KINDS, ids=str)
def policies(request):
    features, symmetric = request.param
    return LinearPolicies(features, symmetric=symmetric)


def ants(n):
    return JumpRobots(n, PgpeConfig(num_threads=1), MODEL_PATH)


def draw(policies, n):
    return np.random.default_rng(2).normal(0.0, 0.3, (n, policies.size)).astype(np.float32)


def test_landing_cost_is_taken_off_the_populations_returns_alone(policies):
    solutions = draw(policies, 8)
    normalisation = RunningNormalisation(5.0, policies).snapshot()
    (free, seen_free), (charged, seen_charged) = (
        roll_out(policies, solutions, normalisation, ants(8), seed=9, steps=60, shaping=shaping)
        for shaping in (None, Shaping(landing=500.0))
    )
    assert np.array_equal(seen_free, seen_charged)
    assert (charged <= free).all()
    assert (charged < free - 0.1).any()


def test_fall_ends_what_a_solution_is_credited_with(policies, monkeypatch):
    """Falls below 0.2 m are rare: here they begin at 0.4 m."""
    monkeypatch.setattr("ant_policy.training.pgpe.population.FALL_HEIGHT", 0.4)
    robots, seen = ants(20), []
    heights_now = robots._batch.heights

    def heights():
        seen.append(heights_now())
        return seen[-1]

    monkeypatch.setattr(robots._batch, "heights", heights)
    normalisation = RunningNormalisation(5.0, policies).snapshot()
    returns, features = roll_out(policies, draw(policies, 20), normalisation, robots, seed=9, steps=60)
    fallen = np.array(seen) < 0.4
    assert 0 < fallen.any(axis=0).sum() < 20
    for i in range(20):
        steps = int(fallen[:, i].argmax()) + 1 if fallen[:, i].any() else 60
        assert features[i, 0] == steps
        assert returns[i] == pytest.approx(height_rewards(np.array(seen)[:steps, i]).sum())


def test_population_rollout_equals_the_policies_one_by_one(policies, tmp_path):
    solutions = draw(policies, 3)
    statistics = RunningNormalisation(5.0, policies)
    size = len(statistics.total)
    seen = np.random.default_rng(3).normal(1.0, 2.0, (100, size))
    statistics.add(100.0, seen.sum(axis=0), (seen**2).sum(axis=0))
    normalisation = statistics.snapshot()
    returns, features = roll_out(policies, solutions, normalisation, ants(3), seed=9, steps=8)
    for i, solution in enumerate(solutions):
        card = default_card("pgpe")
        observation = replace(card.observation, features=policies.features, normalisation=normalisation)
        replace(card, observation=observation).save(tmp_path / "card.yaml")
        save_npz(tmp_path / "policy.npz", [policies.layer(solution)])
        alone = evaluate(load_policy(tmp_path), episodes=1, seed=9, max_steps=8)
        assert returns[i] == pytest.approx(alone.returns[0], rel=1e-4)
        assert features[i, 0] == alone.lengths[0]
