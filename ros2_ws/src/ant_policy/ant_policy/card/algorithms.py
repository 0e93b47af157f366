"""Algorithms that a card may name, and what differs between their policies."""

from dataclasses import dataclass

from ant_policy.card.parts import Network


@dataclass(frozen=True)
class Algorithm:
    """Properties of an algorithm's policies.

    Attributes:
        network: default shape of the network; None for policies without a network and file.
        is_discrete: the policy chooses among the card's moves.
        in_sb3: Stable-Baselines3 trains it and saves it as a zip.
    """

    network: Network | None = None
    is_discrete: bool = False
    in_sb3: bool = False


ALGORITHMS = {
    "sac": Algorithm(Network("relu", (256, 256)), in_sb3=True),
    "dqn": Algorithm(Network("relu", (64, 64)), is_discrete=True, in_sb3=True),
    "pgpe": Algorithm(Network("identity", ())),
    "zero": Algorithm(),
    "random": Algorithm(),
}
"""Default networks are those of Stable-Baselines3, and PGPE's linear one."""
