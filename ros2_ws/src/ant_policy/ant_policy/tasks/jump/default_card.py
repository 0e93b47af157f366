"""Card of the jumping Ant for policies that came without one."""

from ant_policy.card.algorithms import ALGORITHMS
from ant_policy.card.card import Card
from ant_policy.card.parts import TERMS, Action, Observation

GEAR = 300.0
"""Effort [N m] per unit of action."""

LEGS = {leg: (f"hip_{leg}", f"ankle_{leg}") for leg in (1, 2, 3, 4)}
JOINTS = (*LEGS[1], *LEGS[2], *LEGS[3], *LEGS[4])
ACTUATORS = (*LEGS[4], *LEGS[1], *LEGS[2], *LEGS[3])
MOVES = tuple((a,) * 4 + (b,) * 4 for a, b in ((0.0, 0.0), (0.5, 0.5), (-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5)))
"""Moves of `DiscreteAntEnv-v1`, in the order of `ACTUATORS`."""


def default_card(algorithm: str) -> Card:
    """Make the card; see `ant_policy.card.card.default_card`."""
    kind = ALGORITHMS[algorithm]
    return Card(
        algorithm=algorithm,
        file=None if kind.network is None else "policy.zip" if kind.in_sb3 else "policy.npz",
        control_period=0.05,
        observation=Observation(JOINTS, TERMS),
        action=Action(ACTUATORS, dict.fromkeys(ACTUATORS, GEAR), MOVES if kind.is_discrete else None),
        network=kind.network,
    )
