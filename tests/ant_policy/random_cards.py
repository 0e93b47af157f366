"""Cards of any robot, drawn by Hypothesis."""

import math

from hypothesis import strategies as st

from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.card.observation import Normalisation, Observation, Term, entries
from ant_policy.card.parts import Envelope, Joints, Model, Network, PolicyFile, Returns
from ant_policy.observation.terms import TERMS

FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=1e-300, allow_infinity=False)
NUMBERS = st.floats(-10.0, 10.0)
TEXT = st.text(min_size=1, max_size=20)
NAMES = st.text(st.characters(exclude_characters="/\\\0\r\n", exclude_categories=["Cs"]), min_size=1, max_size=9)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda pair: (min(pair), max(pair)))


def by_name(names, values):
    return st.fixed_dictionaries(dict.fromkeys(names, values))


@st.composite
def terms(draw, joints, actions, *, with_history=True) -> Term:
    name = draw(st.sampled_from(list(TERMS)))
    kind, names = TERMS[name], entries(name, joints, actions)
    return Term(
        name,
        source=draw(st.none() | st.sampled_from(kind.sources)),
        frame=draw(st.none() | st.sampled_from([frame for frame in kind.read if frame] or [None])),
        offset=draw(st.none() | NUMBERS | by_name(names, NUMBERS)),
        clip=draw(st.none() | st.dictionaries(st.sampled_from(names), RANGES, min_size=1)),
        scale=draw(st.none() | NUMBERS | by_name(names, NUMBERS)),
        history=draw(st.integers(1, 4)) if with_history else 1,
        period=draw(st.floats(0.1, 2.0)) if name == "gait_phase" else None,
    )


@st.composite
def observations(draw, joints, actions, min_terms=1) -> Observation:
    history = draw(st.integers(1, 3))
    chosen = draw(
        st.lists(
            terms(joints, actions, with_history=history == 1),
            min_size=min_terms,
            max_size=max(6, min_terms),
            unique_by=lambda term: (term.name, term.topic, term.frame),
        ).filter(lambda terms: sum(term.name == "gait_phase" for term in terms) < 2)
    )
    observation = Observation(tuple(chosen), history)
    size = observation.size(joints, actions)
    vectors = st.lists(NUMBERS, min_size=size, max_size=size).map(tuple)
    std = st.lists(st.floats(0.01, 10.0), min_size=size, max_size=size).map(tuple)
    normalisation = draw(st.none() | st.builds(Normalisation, vectors, std, st.none() | st.floats(0.1, 10.0)))
    return Observation(tuple(chosen), history, None, normalisation)


@st.composite
def actions(draw, joints) -> Action:
    interface = draw(st.sampled_from(["effort", "position", "velocity"]))
    order = draw(st.permutations(joints))
    names = tuple(order[: draw(st.integers(1, len(order)))])
    gains = st.none() if interface == "effort" else st.none() | by_name(names, st.floats(0.0, 100.0))
    return Action(
        interface=interface,
        joints=names,
        scale=draw(by_name(names, NUMBERS.filter(bool))),
        offset=draw(st.none() | by_name(names, NUMBERS)),
        clip=draw(st.none() | st.dictionaries(st.sampled_from(names), RANGES, min_size=1)),
        stiffness=draw(gains),
        damping=draw(gains),
    )


@st.composite
def cards(draw, joint_names=TEXT, min_terms=1) -> Card:
    joints = tuple(draw(st.lists(joint_names, min_size=1, max_size=6, unique=True)))
    action = draw(actions(joints))
    positive_or_zero = st.floats(min_value=0.0, allow_infinity=False)
    pair = st.tuples(FINITE, FINITE).map(lambda values: (min(values), max(values)))
    hidden = st.lists(st.integers(1, 10_000), max_size=3).map(tuple)
    networks = st.builds(Network, st.sampled_from(["relu", "tanh", "identity"]), hidden)
    files = NAMES.filter(lambda name: ".." not in name and name != ".")
    outputs = st.sampled_from(["none", "tanh", "clip"])
    policy = st.builds(PolicyFile, st.just("mine"), files, outputs, st.none() | networks, st.none() | files)
    returns = st.builds(
        Returns, FINITE, positive_or_zero, FINITE, st.integers(0, 9), st.integers(1, 9), st.integers(0, 9)
    )
    model = st.builds(Model, st.just("robot.xml"), st.text("0123456789abcdef", min_size=64, max_size=64))
    return Card(
        robot=draw(TEXT),
        base_link=draw(TEXT),
        policy=draw(policy | st.just(PolicyFile("zero"))),
        control_period=draw(POSITIVE),
        joints=Joints(joints, draw(st.none() | by_name(joints, NUMBERS))),
        observation=draw(observations(joints, action.joints, min_terms)),
        action=action,
        envelope=draw(
            st.none()
            | st.builds(Envelope, st.floats(0.0, math.pi), by_name(joints, pair), by_name(joints, positive_or_zero))
        ),
        model=draw(st.none() | model),
        versions=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        training=draw(st.dictionaries(st.text(max_size=9), PLAIN, max_size=3)),
        returns=draw(st.none() | returns),
    )
