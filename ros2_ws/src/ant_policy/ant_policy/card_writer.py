"""The card of a freshly trained policy: what it is, where it comes from and what it does."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from ant_policy.card import Card
from ant_policy.card_parts import Model
from ant_policy.evaluation import evaluate
from ant_policy.loading import CARD_NAME, load_policy
from ant_sim import MODEL_PATH

LIBRARIES = ("mujoco", "gymnasium", "stable_baselines3", "evotorch", "torch", "numpy")
"""Libraries whose versions a card names."""

REPORT_SEED = 1000
"""First seed of the returns on a card: seeds from 1000 on only report, nothing is chosen by them."""


def write_card(
    file: Path, episodes: int, training: Mapping[str, object], progress: Callable[[int], None] | None = None
) -> Card:
    """Evaluate a policy and write all that is known of it into the card beside it.

    Args:
        file: an SB3 `.zip`, or an `.npz` with a card for its network and normalisation.
        episodes: how many episodes the returns are of.
        training: configuration and seed that made it, as plain data.
        progress: called after each episode of the evaluation with the number of episodes done.

    Returns:
        The card.

    Raises:
        PolicyError: the file is refused.
    """
    policy = load_policy(file)
    evaluation = evaluate(policy, episodes, REPORT_SEED, progress=progress)
    card = replace(
        policy.card,
        envelope=evaluation.envelope,
        model=Model(MODEL_PATH.name, hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()),
        versions={name: version(name) for name in LIBRARIES},
        training=dict(training),
        returns=evaluation.summary(),
    )
    card.save(file.parent / CARD_NAME)
    return card
