import contextlib
import copy
import math
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_policy.card import ALGORITHMS, Card, _read_card, default_card
from ant_policy.card_parts import Envelope, Model, Network, Normalisation, Observation, Returns
from ant_policy.errors import CardError
from ant_policy.fields import Field

FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=1e-300, allow_infinity=False)
TEXT = st.text(min_size=1, max_size=20)
NAMES = st.text(st.characters(exclude_characters="/\\\0\r\n", exclude_categories=["Cs"]), min_size=1, max_size=9)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)


def full_card(algorithm="dqn") -> Card:
    card = default_card(algorithm)
    joints = card.action.joints
    normalisation = Normalisation((0.25,) * 27, (2.0,) * 27, 10.0)
    return replace(
        card,
        observation=replace(card.observation, normalisation=normalisation),
        envelope=Envelope(0.5, dict.fromkeys(joints, (-0.5, 0.5)), dict.fromkeys(joints, 9.5)),
        model=Model("custom_ant.xml", "0123456789abcdef" * 4),
        versions={"numpy": "2.4.0"},
        training={"seed": 3, "nested": {"list": [1, 2.5, None, "x", True]}},
        returns=Returns(8000.5, 20.25, 7900.0, 1, 20, 1000),
    )


@st.composite
def cards(draw) -> Card:
    algorithm = draw(st.sampled_from(ALGORITHMS))
    card = default_card(algorithm)
    joints = tuple(draw(st.lists(TEXT, min_size=8, max_size=8, unique=True)))
    actuators = tuple(draw(st.permutations(joints)))
    vector = st.tuples(*[FINITE] * 27)
    normalisation = st.builds(Normalisation, vector, st.tuples(*[POSITIVE] * 27), st.none() | POSITIVE)
    pair = st.tuples(FINITE, FINITE).map(lambda values: (min(values), max(values)))
    by_joint = lambda values: st.fixed_dictionaries(dict.fromkeys(joints, values))  # noqa: E731
    positive_or_zero = st.floats(min_value=0.0, allow_infinity=False)
    moves = st.lists(st.tuples(*[st.floats(-1.0, 1.0)] * 8), min_size=1, max_size=4).map(tuple)
    hidden = st.lists(st.integers(1, 10_000), max_size=3).map(tuple)
    return Card(
        algorithm=algorithm,
        file=draw(NAMES.filter(lambda name: ".." not in name and name != ".")) if card.file else None,
        control_period=draw(POSITIVE),
        observation=draw(
            st.builds(
                Observation,
                st.just(joints),
                st.permutations(card.observation.terms).map(tuple),
                st.none(),
                st.none() | normalisation,
            )
            | st.builds(
                Observation,
                st.just(joints),
                st.just(card.observation.terms),
                st.just("torso_frame"),
                st.none() | normalisation,
            )
        ),
        action=replace(
            card.action,
            joints=actuators,
            effort_scale=draw(by_joint(POSITIVE)),
            moves=draw(moves) if algorithm == "dqn" else None,
        ),
        network=Network(draw(st.sampled_from(["relu", "tanh", "identity"])), draw(hidden)) if card.network else None,
        envelope=draw(
            st.none() | st.builds(Envelope, st.floats(0.0, math.pi), by_joint(pair), by_joint(positive_or_zero))
        ),
        model=draw(
            st.none() | st.builds(Model, st.just("ant.xml"), st.text("0123456789abcdef", min_size=64, max_size=64))
        ),
        versions=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        training=draw(st.dictionaries(st.text(max_size=9), PLAIN, max_size=3)),
        returns=draw(
            st.none()
            | st.builds(
                Returns, FINITE, positive_or_zero, FINITE, st.integers(0, 9), st.integers(1, 9), st.integers(0, 9)
            )
        ),
    )


def loaded(text: str | bytes) -> Card:
    """Load a card from a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Card.load(path)


def refusal(card: str | bytes | dict) -> str:
    with pytest.raises(CardError) as refused:
        _read_card(Field(card, "", "card.yaml")) if isinstance(card, dict) else loaded(card)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def full_data(algorithm="dqn") -> dict:
    with tempfile.TemporaryDirectory() as folder:
        full_card(algorithm).save(Path(folder) / "card.yaml")
        return yaml.safe_load((Path(folder) / "card.yaml").read_text(encoding="utf-8"))


def paths(value, prefix=()):
    """All places in nested data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*prefix, key)
        yield from paths(item, (*prefix, key))


def edited(path, value) -> dict:
    data = copy.deepcopy(FULL)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


FULL = full_data()
ALL_PATHS = list(paths(FULL))
CHECKED_PATHS = [path for path in ALL_PATHS if path[0] != "training"]


@given(cards())
@settings(max_examples=40, deadline=None)
def test_card_comes_back_equal(card):
    with tempfile.TemporaryDirectory() as folder:
        card.save(Path(folder) / "card.yaml")
        assert Card.load(Path(folder) / "card.yaml") == card


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_default_card_comes_back_equal(algorithm, tmp_path):
    default_card(algorithm).save(tmp_path / "card.yaml")
    assert Card.load(tmp_path / "card.yaml") == default_card(algorithm)


def test_every_field_that_becomes_nonsense_is_named():
    for path in CHECKED_PATHS:
        message = refusal(edited(path, {"nonsense": [1]}))
        assert f"field '{'.'.join(map(str, path))}" in message, message


@given(st.sampled_from(ALL_PATHS), PLAIN | st.floats() | st.dates() | st.binary(max_size=9) | st.just(10**5000))
@settings(max_examples=1000, deadline=None)
def test_any_edit_gives_a_card_or_a_card_error_with_a_field(path, value):
    try:
        _read_card(Field(edited(path, value), "", "card.yaml"))
    except CardError as error:
        assert f"field '{path[0]}" in str(error) or path[0] in ("algorithm", "observation")  # noqa: PT017


@st.composite
def mutations(draw) -> dict:
    """A card's data with some fields replaced, removed, renamed or exchanged for other fields of the same card."""
    data = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        *parents, key = draw(st.sampled_from(list(paths(data))))
        target = data
        for parent in parents:
            target = target[parent]
        action = draw(st.sampled_from(["replace", "exchange", "remove", "rename"]))
        value = target.pop(key)
        if action == "replace":
            value = draw(PLAIN | st.floats(0.0, 10.0))
        elif action == "exchange":
            *others, other = draw(st.sampled_from(ALL_PATHS))
            source = FULL
            for parent in others:
                source = source[parent]
            value = copy.deepcopy(source[other])
        if isinstance(target, list):
            if action != "remove":
                target.insert(key, value)
        elif action != "remove":
            target[draw(st.text(max_size=9)) if action == "rename" else key] = value
    return data


@given(mutations())
@settings(max_examples=100, deadline=None)
def test_mutated_card_is_refused_by_name_or_is_a_card_that_comes_back_equal(data):
    try:
        card = _read_card(Field(data, "", "card.yaml"))
    except CardError as error:
        assert "field '" in str(error) or "whole file" in str(error)  # noqa: PT017 (acceptance is fine too)
        assert "\n" not in str(error)  # noqa: PT017
        return
    with tempfile.TemporaryDirectory() as folder:
        card.save(Path(folder) / "card.yaml")
        assert Card.load(Path(folder) / "card.yaml") == card


@pytest.mark.parametrize("path", [path for path in CHECKED_PATHS if isinstance(path[-1], str)], ids=str)
def test_missing_field_is_named_or_optional(path):
    data = edited(path, None)
    target = data
    for key in path[:-1]:
        target = target[key]
    del target[path[-1]]
    if path[-1] in {"envelope", "model", "versions", "returns", "normalisation", "features", "clip", "numpy"}:
        _read_card(Field(data, "", "card.yaml"))
    else:
        assert f"field '{'.'.join(map(str, path))}'" in refusal(data)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_bytes_that_are_no_card_give_a_card_error(content):
    refusal(content)


@given(st.integers(0, 5000), st.text(max_size=3))
@settings(max_examples=60, deadline=None)
def test_damaged_text_gives_a_card_or_a_card_error(position, inserted):
    text = yaml.safe_dump(FULL)
    position %= len(text)
    with contextlib.suppress(CardError):
        loaded(text[:position] + inserted + text[position + 1 :])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("algorithm",), "sax", "expected 'sac' or 'dqn' or"),
        (("control_period",), 0.0, "expected a number greater than 0, found 0.0"),
        (("control_period",), math.nan, "expected a finite number, found nan"),
        (("control_period",), "0.05", "expected a finite number, found '0.05'"),
        (("control_period",), 10**400, "expected a finite number"),
        (("control_period",), True, "expected a finite number, found True"),
        (("card_version",), 2, "expected a whole number from 1 to 1, found 2"),
        (("file",), "../policy.zip", "plain file name without folders"),
        (("file",), "/etc/passwd", "plain file name without folders"),
        (("file",), None, "expected a value for dqn, found None"),
        (("model", "file"), "a/b.xml", "plain file name"),
        (("model", "sha256"), "0" * 63 + "G", "64 hexadecimal digits"),
        (("observation", "joints", 1), "hip_1", "each joint once, found 'hip_1' repeatedly"),
        (("action", "joints", 0), "hip_5", "hip_5"),
        (("observation", "terms", 0, "name"), "height", "expected 'torso_height' or"),
        (("observation", "terms", 1, "layout"), "xyzw", "expected 'wxyz' for torso_orientation, found 'xyzw'"),
        (("observation", "terms", 3, "frame"), "torso", "expected 'odom' for torso_linear_velocity, found 'torso'"),
        (("observation", "terms", 2, "unit"), "deg", "expected 'rad' for joint_positions, found 'deg'"),
        (("observation", "terms", 2, "size"), 9, "expected 8 for joint_positions, found 9"),
        (("observation", "normalisation", "std", 4), 0.0, "greater than 0"),
        (("observation", "normalisation", "mean"), [0.0], "expected 27 entries, found 1 entries"),
        (("action", "moves", 1, 2), 1.5, "expected a number from -1 to 1, found 1.5"),
        (("action", "moves"), None, "expected a value for dqn, found None"),
        (("action", "effort_scale"), {"hip_1": 300.0}, "expected a value, found nothing"),
        (("network", "hidden"), [0], "expected a whole number from 1 to"),
        (("envelope", "joint_positions", "hip_1"), [1.0, -1.0], "[least, greatest]"),
    ],
)
def test_error_says_what_was_expected_and_found(path, value, words):
    message = refusal(edited(path, value))
    assert words in message
    assert f"'{path[0]}" in message


def test_unknown_field_is_named_with_the_nearest_valid_one():
    data = copy.deepcopy(FULL)
    data["controll_period"] = data.pop("control_period")
    message = refusal(data)
    assert "field 'controll_period': expected 'control_period' (nearest)" in message


def test_observation_and_action_must_have_the_same_joints():
    data = copy.deepcopy(FULL)
    data["observation"]["joints"] = [f"{name}_x" for name in data["observation"]["joints"]]
    message = refusal(data)
    assert "field 'action.joints': expected the joints of observation.joints: hip_1_x" in message


def test_repeated_term_is_refused():
    data = copy.deepcopy(FULL)
    data["observation"]["terms"][0] = data["observation"]["terms"][1]
    assert "field 'observation.terms.0': expected each term once" in refusal(data)


@pytest.mark.parametrize("algorithm", ["zero", "random"])
def test_policies_without_a_file_have_none(algorithm):
    data = asdict(default_card(algorithm))
    assert data["file"] is data["network"] is None
    full = full_data(algorithm)
    full["file"] = "policy.zip"
    assert f"field 'file': expected null for {algorithm}" in refusal(full)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "found: an anchor in line 1"),
        ("a: [*x, *x]", "found: an alias in line 1"),
        ("a: !!python/object/apply:os.system [ls]", "found: a tag"),
        ("a: !!timestamp x", "found: a tag"),
        ("algorithm: sac\nalgorithm: dqn", "the key 'algorithm' is repeated in line 1"),
        ("a: [1, 2", "line 1"),
        ("a: 2024-99-99", "expected plain YAML"),
        ("? [1]\n: 2", "unhashable"),
        ("[" * 90_000, "more than 20 brackets in line 1"),
        ("- " * 5000, "expected plain YAML"),
        (b"\xff", "expected plain YAML"),
        ("", "expected a mapping, found None"),
        ("- 1", "expected a mapping, found [1]"),
        ("? 0x" + "f" * 9000 + "\n: 1", "unknown key"),
    ],
)
def test_text_that_is_not_plain_yaml_is_refused(text, words):
    assert words in refusal(text)


def test_alias_bomb_is_refused_at_its_first_anchor():
    lines = ["a: &a [x, x]"] + [f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "found: an anchor in line 1" in refusal("\n".join(lines))


def test_large_file_is_refused():
    assert "at most 100000 bytes" in refusal("# " + "x" * 100_000)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CardError, match=r"none\.yaml: cannot be read: No such file"):
        Card.load(tmp_path / "none.yaml")


def test_invalid_card_is_not_written(tmp_path):
    with pytest.raises(CardError, match="'control_period'"):
        replace(default_card("sac"), control_period=-1.0).save(tmp_path / "card.yaml")
    with pytest.raises(CardError, match="plain data, found a value of type object"):
        replace(default_card("sac"), training={"x": object()}).save(tmp_path / "card.yaml")
    assert not (tmp_path / "card.yaml").exists()


def test_default_card_describes_the_environment():
    import ant_sim

    simulator = ant_sim.AntSimulator()
    card = default_card("sac")
    assert card.observation.joints == simulator.joint_names
    assert card.action.joints == simulator.actuator_joints
    assert [card.action.effort_scale[name] for name in card.action.joints] == simulator.gears.tolist()
    assert card.control_period == pytest.approx(simulator.control_period)
