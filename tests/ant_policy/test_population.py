from dataclasses import replace

import numpy as np
import pytest

from ant_policy import default_card, load_policy
from ant_policy.evaluation import evaluate
from ant_policy.npz_file import save_npz
from ant_policy.population import SOLUTION_SIZE, RunningNormalisation, as_layer, roll_out
from ant_sim.batch import AntBatch


def test_landing_cost_is_taken_off_the_populations_returns_alone():
    solutions = np.random.default_rng(2).normal(0.0, 0.3, (8, SOLUTION_SIZE)).astype(np.float32)
    normalisation = RunningNormalisation(clip=5.0).snapshot()
    free, charged = (
        roll_out(solutions, normalisation, AntBatch(8, 1), seed=9, steps=60, landing_cost=cost) for cost in (0.0, 500.0)
    )
    assert np.array_equal(free.counts, charged.counts)
    assert (charged.returns <= free.returns).all()
    assert (charged.returns < free.returns - 0.1).any()


@pytest.mark.parametrize("features", [None, "torso_frame"])
def test_population_rollout_equals_the_policies_one_by_one(features, tmp_path):
    rng = np.random.default_rng(2)
    solutions = rng.normal(0.0, 0.3, (3, SOLUTION_SIZE)).astype(np.float32)
    statistics = RunningNormalisation(clip=5.0)
    seen = rng.normal(1.0, 2.0, (100, 27))
    statistics.add(100.0, seen.sum(axis=0), (seen**2).sum(axis=0))
    normalisation = statistics.snapshot()
    np.testing.assert_allclose(normalisation.mean, seen.mean(axis=0))
    np.testing.assert_allclose(normalisation.std, seen.std(axis=0))
    rollout = roll_out(solutions, normalisation, AntBatch(3, 1), seed=9, steps=8, features=features)
    for i, solution in enumerate(solutions):
        card = default_card("pgpe")
        card = replace(card, observation=replace(card.observation, features=features, normalisation=normalisation))
        card.save(tmp_path / "card.yaml")
        save_npz(tmp_path / "policy.npz", [as_layer(solution)])
        alone = evaluate(load_policy(tmp_path), episodes=1, seed=9, max_steps=8)
        assert rollout.returns[i] == pytest.approx(alone.returns[0], rel=1e-4)
        assert rollout.counts[i] == alone.lengths[0]
