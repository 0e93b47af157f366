from dataclasses import fields

import pytest
import yaml

from ant_policy import PolicyError
from ant_policy.train import main, parse_value
from ant_policy.training.config import CONFIGS, DqnConfig, SacConfig, Stage
from ant_policy.training.preset import PRESETS, load_config, load_preset, load_presets
from ant_policy.training.run_folder import plain
from ant_policy.training.schedules import learning_rate, shaping


@pytest.mark.parametrize(
    ("preset", "overrides", "named"),
    [
        ("fats", {}, "'fats' of sac is unknown; did you mean 'fast'"),
        ("fast", {"gama": 0.9}, "'gama' of sac is unknown; did you mean 'gamma'"),
        ("fast", {"gamma": "high"}, "'gamma' is 'high'"),
        ("fast", {"steps": -5}, "'steps' is -5"),
        ("fast", {"steps": 1.5}, "'steps' is 1.5"),
        ("fast", {"hidden": [64, 0]}, "'hidden'"),
        ("fast", {"gamma": 1.5}, "'gamma' is 1.5; expected a value like 0.99, from 0 to 1"),
        ("fast", {"num_envs": 0}, "'num_envs' is 0; expected a value like 32, at least 1"),
        ("fast", {"normalise_observations": 1}, "'normalise_observations' is 1; expected a value like False"),
        ("fast", {"ent_coef": "auto_0"}, "'ent_coef' is 'auto_0'; expected auto, auto_X"),
        ("fast", {"ent_coef": -1}, "'ent_coef' is '-1'"),
        ("fast", {"push": float("inf")}, "'push' is inf"),
        ("fast", {"landing_cost": 10**400}, "'landing_cost' is 1000"),
        ("fast", {"ent_coef": 1e300}, "'ent_coef' is '1e\\+300'"),
        ("fast", {"hidden": 5}, r"'hidden' is 5; expected a list of whole numbers like \[256, 128\], from 1 to"),
        ("fast", {"fall_cost": 8000.0}, "'fall_cost' of sac is unknown"),
        ("fast", {"seed": 2**32}, "'seed' is 4294967296; expected a value like 0, from 0 to"),
        ("fast", {"evaluation_episodes": 501}, "'evaluation_episodes' is 501; expected a value like 40, from 1 to 500"),
        ("fast", {"features": "none"}, "'symmetric' is true; expected features seen from the torso"),
        ("fast", {"features": "landin"}, "'features' is 'landin'; expected one of none, torso_frame, landing"),
        ("fast", {"result": "first"}, "'result' is 'first'; expected one of best, last"),
        ("fast", {"normalise_observations": True}, "'symmetric' is true; expected no 'normalise_observations'"),
    ],
)
def test_bad_preset_or_hyperparameter_is_named(preset, overrides, named):
    with pytest.raises(PolicyError, match=named):
        load_preset("sac", preset, overrides)


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_every_preset_can_be_loaded_and_has_the_reference_recipe(algorithm):
    presets = yaml.safe_load((PRESETS / f"{algorithm}.yaml").read_text())
    assert {"fast", "reference"} <= presets.keys()
    for preset in presets:
        assert isinstance(load_preset(algorithm, preset, {}), CONFIGS[algorithm])


def test_population_of_pgpe_is_even():
    with pytest.raises(PolicyError, match="'population' is 7; expected an even number"):
        load_preset("pgpe", "fast", {"population": 7})


@pytest.mark.parametrize("cluster", [{"actors": 1}, {"ray_address": "host:6379"}])
def test_cluster_that_would_not_be_used_is_refused(cluster):
    with pytest.raises(PolicyError, match=r"'actors' is .*; expected at least 2"):
        load_preset("pgpe", "fast", cluster)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("20", 20), ("0.5", 0.5), ("true", True), ("[64, 32]", [64, 32]), ("landing", "landing")],
)
def test_values_of_the_command_line_are_what_they_look_like(text, value):
    found = parse_value(text)
    assert (found, type(found)) == (value, type(value))


def test_value_that_cannot_be_read_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["sac", "--hidden", "[64, 64"])
    assert "expected a number, a word, true, false or a list, found '[64, 64'" in capsys.readouterr().err


def test_overrides_win_over_the_preset():
    config = load_preset("sac", "reference", {"gamma": 0.5, "hidden": [7]})
    assert isinstance(config, SacConfig)
    assert (config.gamma, config.hidden, config.num_envs) == (0.5, (7,), 1)


def test_every_hyperparameter_is_described():
    for config_type in CONFIGS.values():
        assert all(entry.metadata["description"] for entry in fields(config_type))


@pytest.mark.parametrize(
    "stages",
    [
        [],
        5,
        "best",
        [{"until": 300}],
        [{}, {}],
        [{"until": 400}, {"until": 300}, {}],
        [{"until": 0}, {}],
        [{"until": 1.5}, {}],
        [{"fall_cost": -1}],
        [{"fall_cost": 10**400}],
        [{"fall_cost": True}],
        [{"price": 1}],
        [{1: 2}],
        [300],
    ],
    ids=str,
)
def test_invalid_stages_are_refused(stages):
    with pytest.raises(PolicyError, match=r"'stages' is .*; expected a list like \[\{until: 300000, fall_cost: 2000\}"):
        load_preset("sac", "fast", {"stages": stages})


def test_stages_of_the_command_line_and_of_a_saved_run_are_the_same():
    config = load_preset("sac", "fast", {"stages": parse_value("[{until: 300, fall_cost: 2000}, {fall_cost: 8000}]")})
    assert config.stages == (Stage(2000.0, until=300), Stage(8000.0))
    assert load_config("sac", plain(config)) == config


def test_fall_cost_grows_from_stage_to_stage():
    stages = [{"until": 300, "fall_cost": 2000}, {"until": 450, "fall_cost": 8000}, {"fall_cost": 16000}]
    sac = load_preset("sac", "fast", {"stages": stages})
    assert [shaping(sac, steps).fall for steps in (0, 299, 300, 450, 900)] == [2000.0, 2000.0, 8000.0, 16000.0, 16000.0]
    assert shaping(load_preset("pgpe", "fast", {"fall_cost": 2000.0}), 400).fall == 2000.0


def test_learning_rate_falls_to_its_end_in_each_stage():
    values = {"learning_rate": 0.1, "final_learning_rate": 0.0, "num_envs": 10, "steps": 600}
    one_stage = load_preset("sac", "fast", values)
    assert [learning_rate(one_stage, steps) for steps in (0, 300, 600)] == pytest.approx([0.1, 0.05, 0.0])
    stages = [{"until": 300}, {"until": 450}, {}]
    sac = load_preset("sac", "fast", {**values, "stages": stages})
    # The step that reaches a stage's end is the last of it.
    rates = [learning_rate(sac, steps) for steps in (0, 150, 300, 310, 450, 460, 600)]
    assert rates == pytest.approx([0.1, 0.05, 0.0, 0.1 * 140 / 450, 0.0, 0.1 * 140 / 600, 0.0])
    beyond = load_preset("sac", "fast", {**values, "steps": 595})
    assert learning_rate(beyond, 600) == 0.0
    dqn = load_preset("dqn", "fast", {**values, "train_freq": 4, "stages": [{"until": 300}, {}]})
    assert [learning_rate(dqn, steps) for steps in (320, 360)] == pytest.approx([0.0, 0.1 * 240 / 600])
    short = load_preset("sac", "fast", {**values, "steps": 100, "stages": stages})
    assert [learning_rate(short, steps) for steps in (0, 50, 100)] == pytest.approx([0.1, 0.05, 0.0])


def rule_of_the_shipped_policies(config, restarts, fall_costs, steps):
    """Learning rate and fall cost by parallel lists of restarts and costs, as the shipped policies were trained."""
    learned_from = config.num_envs * (config.train_freq if isinstance(config, DqnConfig) else 1)
    ends = (min(restart, config.steps) for restart in restarts)
    end = next((end for end in ends if steps - learned_from < end), config.steps)
    rate = config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * (1.0 - steps / end)
    costs = [cost for start, cost in zip((0, *restarts), fall_costs, strict=True) if start <= steps]
    return max(rate, 0.0), costs[-1]


@pytest.mark.parametrize(
    ("algorithm", "preset", "restarts", "fall_costs"),
    [
        ("sac", "fast", (60_000,), (0.0, 4000.0)),
        ("sac", "best", (100_000, 600_000, 900_000, 1_200_000), (0.0, 2000.0, 8000.0, 16000.0, 16000.0)),
        ("sac", "robust", (300_000, 450_000), (2000.0, 8000.0, 16000.0)),
        ("sac", "reference", (), (0.0,)),
        ("dqn", "fast", (), (0.0,)),
        ("dqn", "best", (1_000_000,), (0.0, 0.0)),
        ("dqn", "reference", (), (0.0,)),
    ],
)
def test_presets_train_as_the_shipped_policies_were_trained(algorithm, preset, restarts, fall_costs):
    config = load_preset(algorithm, preset, {})
    for steps in range(0, config.steps + 1, 10_000):
        found = learning_rate(config, steps), shaping(config, steps).fall
        assert found == rule_of_the_shipped_policies(config, restarts, fall_costs, steps), steps


@pytest.mark.parametrize(
    ("algorithm", "result"),
    [
        ("sac", {"best": "last", "robust": "last"}),
        ("dqn", {"best": "last"}),
        ("pgpe", {"best": "last", "robust": "last", "walk": "last"}),
    ],
)
def test_each_preset_says_which_weights_are_the_result(algorithm, result):
    for preset in load_presets(algorithm):
        assert load_preset(algorithm, preset, {}).result == result.get(preset, "best"), preset


@pytest.mark.parametrize("algorithm", list(CONFIGS))
def test_help_groups_the_options_and_names_the_presets(algorithm, capsys):
    with pytest.raises(SystemExit):
        main([algorithm, "--help"])
    text = capsys.readouterr().out
    assert ", ".join(load_presets(algorithm)) in " ".join(text.split())
    assert all(f"\n{group}:\n" in text for group in ("run", "evaluation", "environment", "network", "optimisation"))
    assert all(f"--{entry.name.replace('_', '-')} " in text for entry in fields(CONFIGS[algorithm]))


@pytest.mark.parametrize(
    ("algorithm", "overrides", "interval"),
    [
        ("sac", {"steps": 20_000}, 4_000),
        ("sac", {"steps": 20_000, "evaluation_interval": 20_000}, 20_000),
        ("sac", {}, 20_000),
        ("pgpe", {"generations": 5}, 1),
    ],
)
def test_short_training_has_a_curve_all_the_same(algorithm, overrides, interval):
    assert load_preset(algorithm, "fast", overrides).evaluation_interval == interval
