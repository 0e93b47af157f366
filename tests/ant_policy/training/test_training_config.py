from dataclasses import fields

import pytest
import yaml

from ant_policy import PolicyError
from ant_policy.train import main, parse_value
from ant_policy.training.conditions import learning_rate, shaping
from ant_policy.training.config import CONFIGS, PgpeConfig, SacConfig
from ant_policy.training.preset import PRESETS, load_preset


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
        ("fast", {"ent_coef": "auto_1"}, "'ent_coef' is 'auto_1'; expected auto or a number"),
        ("fast", {"ent_coef": -1}, "'ent_coef' is '-1'"),
        ("fast", {"push": float("inf")}, "'push' is inf"),
        ("fast", {"landing_cost": 10**400}, "'landing_cost' is 1000"),
        ("fast", {"ent_coef": 1e300}, "'ent_coef' is '1e\\+300'"),
        ("fast", {"restarts": 5}, r"'restarts' is 5; expected a list of whole numbers like \[256, 128\], at least 1"),
        ("fast", {"restarts": [5], "fall_costs": [10**400]}, "'fall_costs' is .*, from 0 to 1e\\+09"),
        ("best", {"fall_cost": 0.0}, r"'fall_cost' is 0, but 'fall_costs' \[8000, 16000\] are charged"),
        ("fast", {"seed": 2**32}, "'seed' is 4294967296; expected a value like 0, from 0 to"),
        ("fast", {"evaluation_episodes": 501}, "'evaluation_episodes' is 501; expected a value like 40, from 1 to 500"),
        ("fast", {"features": "none"}, "'symmetric' is true; expected features seen from the torso"),
        ("fast", {"restarts": [400, 300]}, r"'restarts' is \(400, 300\); expected growing numbers"),
        (
            "fast",
            {"restarts": [300], "fall_costs": [1, 2]},
            r"'fall_costs' is \(1, 2\); expected one for each of 1",
        ),
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


def test_pgpe_defaults_are_those_of_its_fast_preset():
    assert load_preset("pgpe", "fast", {}) == PgpeConfig()


def test_price_of_a_fall_grows_with_the_training():
    sac = load_preset("sac", "fast", {"fall_cost": 2000.0, "restarts": [300, 450], "fall_costs": [8000, 16000]})
    assert [shaping(sac, steps).fall for steps in (0, 299, 300, 450, 900)] == [2000.0, 2000.0, 8000.0, 16000.0, 16000.0]
    assert shaping(load_preset("sac", "fast", {"fall_cost": 2000.0, "restarts": [300]}), 400).fall == 2000.0
    assert shaping(load_preset("pgpe", "fast", {"fall_cost": 2000.0}), 400).fall == 2000.0


def test_learning_rate_falls_to_its_end_at_each_restart():
    values = {"learning_rate": 0.1, "final_learning_rate": 0.0, "num_envs": 10, "steps": 600}
    plain = load_preset("sac", "fast", values)
    assert [learning_rate(plain, steps) for steps in (0, 300, 600)] == pytest.approx([0.1, 0.05, 0.0])
    sac = load_preset("sac", "fast", {**values, "restarts": [300, 450]})
    # The step that reaches a restart is the last of its part.
    rates = [learning_rate(sac, steps) for steps in (0, 150, 300, 310, 450, 460, 600)]
    assert rates == pytest.approx([0.1, 0.05, 0.0, 0.1 * 140 / 450, 0.0, 0.1 * 140 / 600, 0.0])
    beyond = load_preset("sac", "fast", {**values, "steps": 595})
    assert learning_rate(beyond, 600) == 0.0
    dqn = load_preset("dqn", "fast", {**values, "train_freq": 4, "restarts": [300]})
    assert [learning_rate(dqn, steps) for steps in (320, 360)] == pytest.approx([0.0, 0.1 * 240 / 600])
    short = load_preset("sac", "fast", {**values, "steps": 100, "restarts": [300, 450]})
    assert [learning_rate(short, steps) for steps in (0, 50, 100)] == pytest.approx([0.1, 0.05, 0.0])
