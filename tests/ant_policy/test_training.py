import json
from dataclasses import fields

import numpy as np
import pytest

from ant_policy import Card, PolicyError, load_policy
from ant_policy.evaluation import evaluate
from ant_policy.population import SOLUTION_SIZE, RunningNormalisation, roll_out
from ant_policy.train import main
from ant_policy.training_config import CONFIGS, PRESETS, PgpeConfig, SacConfig, load_preset
from ant_sim.batch import AntBatch

TINY = {
    "sac": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]"],
    "dqn": ["--steps", "400", "--num-envs", "8", "--learning-starts", "100", "--hidden", "[16]"],
    "pgpe": ["--generations", "2", "--population", "10", "--episode-steps", "40", "--evaluation-interval", "1"],
}
COMMON = ["--num-threads", "1", "--evaluation-episodes", "2", "--report-episodes", "1"]
OFF_POLICY = ["--evaluation-interval", "200"]


def run(algorithm, out, *more):
    interval = [] if algorithm == "pgpe" else OFF_POLICY
    return main([algorithm, "--out", str(out), *TINY[algorithm], *COMMON, *interval, *more])


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_run_leaves_a_policy_with_its_card_and_curve(algorithm, tmp_path):
    out = tmp_path / "run"
    assert run(algorithm, out, "--seed", "3") == 0
    card = Card.load(out / "card.yaml")
    assert card.algorithm == algorithm
    assert card.training["seed"] == 3
    assert card.returns.episodes == 1
    policy = load_policy(out)
    assert np.abs(policy.act(np.zeros(27))).max() <= 1.0
    curve = json.loads((out / "curve.json").read_text())
    assert curve[0]["steps"] > 0


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_same_seed_gives_the_same_policy(algorithm, tmp_path):
    actions = []
    for name, seed in (("one", "3"), ("two", "3"), ("other", "4")):
        assert run(algorithm, tmp_path / name, "--seed", seed) == 0
        observations = np.random.default_rng(0).normal(size=(50, 27))
        policy = load_policy(tmp_path / name)
        actions.append(np.array([policy.act(observation) for observation in observations]))
    assert np.array_equal(actions[0], actions[1])
    if algorithm != "dqn":  # five moves can agree by chance
        assert not np.array_equal(actions[0], actions[2])


def test_short_search_by_pgpe_jumps_far_better_than_it_began(tmp_path):
    arguments = ["--generations", "12", "--population", "60", "--episode-steps", "100", "--max-speed", "0.3"]
    assert (
        main(["pgpe", "--out", str(tmp_path), *arguments, "--evaluation-episodes", "4", "--report-episodes", "2"]) == 0
    )
    untrained = evaluate(load_policy("zero"), episodes=3, seed=1000, max_steps=300).returns.mean()
    trained = evaluate(load_policy(tmp_path), episodes=3, seed=1000, max_steps=300).returns.mean()
    assert trained > untrained + 300.0


@pytest.mark.parametrize("name", ["curve.json", "card.yaml"])
def test_policy_is_not_overwritten_unless_asked(name, tmp_path, capsys):
    (tmp_path / name).write_text("{}")
    assert main(["sac", "--out", str(tmp_path)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "{}"


@pytest.mark.parametrize(
    ("preset", "overrides", "named"),
    [
        ("fats", {}, "'fats' of sac is unknown; did you mean 'fast'"),
        ("fast", {"gama": 0.9}, "'gama' of sac is unknown; did you mean 'gamma'"),
        ("fast", {"gamma": "high"}, "'gamma' is 'high'"),
        ("fast", {"steps": -5}, "'steps' is -5"),
        ("fast", {"steps": 1.5}, "'steps' is 1.5"),
        ("fast", {"hidden": [64, 0]}, "'hidden'"),
    ],
)
def test_bad_preset_or_hyperparameter_is_named(preset, overrides, named):
    with pytest.raises(PolicyError, match=named):
        load_preset("sac", preset, overrides)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_every_preset_can_be_loaded_and_has_the_reference_recipe(algorithm):
    import yaml

    presets = yaml.safe_load((PRESETS / f"{algorithm}.yaml").read_text())
    assert {"fast", "reference"} <= presets.keys()
    for preset in presets:
        assert isinstance(load_preset(algorithm, preset, {}), CONFIGS[algorithm])


def test_overrides_win_over_the_preset():
    config = load_preset("sac", "reference", {"gamma": 0.5, "hidden": [7]})
    assert isinstance(config, SacConfig)
    assert (config.gamma, config.hidden, config.num_envs) == (0.5, (7,), 1)


def test_every_hyperparameter_is_described():
    for config_type in CONFIGS.values():
        assert all(entry.metadata["description"] for entry in fields(config_type))


def test_population_rollout_equals_the_policies_one_by_one(tmp_path):
    from dataclasses import replace

    from ant_policy import default_card
    from ant_policy.npz_file import save_npz
    from ant_policy.population import as_layer

    rng = np.random.default_rng(2)
    solutions = rng.normal(0.0, 0.3, (3, SOLUTION_SIZE)).astype(np.float32)
    statistics = RunningNormalisation(clip=5.0)
    seen = rng.normal(1.0, 2.0, (100, 27))
    statistics.add(100.0, seen.sum(axis=0), (seen**2).sum(axis=0))
    normalisation = statistics.snapshot()
    np.testing.assert_allclose(normalisation.mean, seen.mean(axis=0))
    np.testing.assert_allclose(normalisation.std, seen.std(axis=0))
    rollout = roll_out(solutions, normalisation, AntBatch(3, 1), seed=9, steps=8)
    for i, solution in enumerate(solutions):
        card = default_card("pgpe")
        card = replace(card, observation=replace(card.observation, normalisation=normalisation))
        card.save(tmp_path / "card.yaml")
        save_npz(tmp_path / "policy.npz", [as_layer(solution)])
        alone = evaluate(load_policy(tmp_path), episodes=1, seed=9, max_steps=8)
        assert rollout.returns[i] == pytest.approx(alone.returns[0], rel=1e-4)
        assert rollout.counts[i] == alone.lengths[0]


def test_pgpe_defaults_are_those_of_its_fast_preset():
    assert load_preset("pgpe", "fast", {}) == PgpeConfig()
