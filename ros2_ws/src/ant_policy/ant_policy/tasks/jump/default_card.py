"""Card of the jumping Ant for policies that came without one."""

from dataclasses import replace

from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.card.observation import Observation, Term
from ant_policy.card.parts import Joints, Network, PolicyFile
from ant_policy.observation.feature_registry import ANT_TERMS
from ant_policy.policies.formats.sb3_data import POLICIES as SB3

GEAR = 300.0
"""Effort [N m] per unit of action."""

LEGS = {leg: (f"hip_{leg}", f"ankle_{leg}") for leg in (1, 2, 3, 4)}
JOINTS = (*LEGS[1], *LEGS[2], *LEGS[3], *LEGS[4])
ACTUATORS = (*LEGS[4], *LEGS[1], *LEGS[2], *LEGS[3])
MOVES = tuple((a,) * 4 + (b,) * 4 for a, b in ((0.0, 0.0), (0.5, 0.5), (-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5)))
"""Moves of `DiscreteAntEnv-v1`, in the order of `ACTUATORS`."""

POLICIES = {
    **{each.algorithm: PolicyFile(each.algorithm, "policy.zip", each.output, each.network) for each in SB3.values()},
    "pgpe": PolicyFile("pgpe", "policy.npz", "clip", Network("identity", ())),
    "zero": PolicyFile("zero"),
    "random": PolicyFile("random"),
}
"""Networks are the default ones of Stable-Baselines3, and PGPE's linear one."""


def default_card(algorithm: str, output: str | None = None) -> Card:
    """Make the card; see `ant_policy.card.card.default_card`."""
    policy = POLICIES[algorithm]
    policy = replace(policy, output=output or policy.output)
    return Card(
        robot="ant",
        base_link="torso",
        policy=policy,
        control_period=0.05,
        joints=Joints(JOINTS),
        observation=Observation(tuple(Term(name, frame=frame) for name, frame in ANT_TERMS)),
        action=Action(
            "effort", ACTUATORS, dict.fromkeys(ACTUATORS, GEAR), moves=MOVES if policy.output == "argmax" else None
        ),
    )
