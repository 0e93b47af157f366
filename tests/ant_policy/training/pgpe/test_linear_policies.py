import numpy as np

from ant_policy.tasks.symmetry import symmetries
from ant_policy.training.pgpe.linear_policies import LinearPolicies, RunningNormalisation


def test_normalisation_is_by_what_was_seen():
    statistics = RunningNormalisation(5.0, LinearPolicies("torso_frame", symmetric=False))
    seen = np.random.default_rng(3).normal(1.0, 2.0, (100, 27))
    statistics.add(100.0, seen.sum(axis=0), (seen**2).sum(axis=0))
    np.testing.assert_allclose(statistics.snapshot().mean, seen.mean(axis=0))
    np.testing.assert_allclose(statistics.snapshot().std, seen.std(axis=0))


def test_symmetric_normalisation_is_as_if_everything_had_been_seen_in_all_eight_ways():
    seen = np.random.default_rng(3).normal(1.0, 2.0, (100, 32))
    in_all_ways = np.concatenate([seen @ each.features.T for each in symmetries("landing")])
    statistics = RunningNormalisation(5.0, LinearPolicies("landing", symmetric=True))
    statistics.add(100.0, seen.sum(axis=0), (seen**2).sum(axis=0))
    np.testing.assert_allclose(statistics.snapshot().mean, in_all_ways.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(statistics.snapshot().std, in_all_ways.std(axis=0))
