"""Writing of a policy folder: the draft becomes a checked card, and the policy runs once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ant_policy.atomic import replacing
from ant_policy.card.card import CARD_VERSION, Card, read_card
from ant_policy.card.fields import Field
from ant_policy.card.makers.draft import Draft, OpenFieldsError
from ant_policy.errors import CardError, PolicyError
from ant_policy.observation.feature_registry import feature_count
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.formats.onnx_file import OnnxPolicy
from ant_policy.policies.interface import Policy
from ant_policy.policies.loading import CARD_NAME, NPZ, ONNX, load_policy
from ant_policy.policies.mlp import Float32, Layer, Mlp
from ant_policy.policies.networks import NetworkPolicy


def write_folder(draft: Draft, policy: Path | Sequence[Layer], out: Path, settings: Mapping[str, object]) -> Card:
    """Complete a draft, check it against the policy and write both.

    Args:
        draft: what is known.
        policy: the ONNX file, or the layers of a network.
        out: folder to write; nothing is written if anything is refused.
        settings: what the user sets, by field.

    Returns:
        The card as it was read back.

    Raises:
        OpenFieldsError: fields are still open.
        PolicyError: the card breaks its contract or contradicts the policy, or the folder has a card.
        OSError: it cannot be written.
    """
    draft.set(settings)
    if fields := draft.open_fields():
        raise OpenFieldsError(draft.source, fields, draft.notes)
    is_onnx = isinstance(policy, Path)
    draft.data["policy"]["file"] = f"policy{ONNX if is_onnx else NPZ}"
    card = read_card(Field({"card_version": CARD_VERSION, **draft.data}, "", f"the card of {draft.source}"))
    action = _act(_policy(draft, card, policy), draft.source)
    card_path = out / CARD_NAME
    if card_path.exists() or (out.exists() and not out.is_dir()):
        raise PolicyError(f"--out {out}: expected a new folder or one without {CARD_NAME}")
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / str(card.policy.file), card_path) as (new_file, new_card):
        if isinstance(policy, Path):
            shutil.copyfile(policy, new_file)
        else:
            save_npz(new_file, policy)
        card.save(new_card)
    loaded = load_policy(out)
    if not np.array_equal(_act(loaded, str(out)), action):
        raise PolicyError(f"{out}: expected the action of {draft.source}, found another one; please report this")
    return loaded.card


def summary(card: Card) -> Iterator[str]:
    """Lines that tell people what a card says."""
    yield f"robot {card.robot}, base link {card.base_link}, control period {card.control_period:g} s"
    yield "observation (size, term, source)"
    for term, _, names in card.layout:
        parts = [name for name in ("offset", "clip", "scale") if getattr(term, name) is not None]
        more = [f"in {term.frame}"] if term.frame else []
        more += [f"with {', '.join(parts)}"] if parts else []
        more += [f"history {term.history}"] if term.history > 1 else []
        yield f"  {term.history * len(names):4} {', '.join([term.name, term.topic, *more])}"
    stacked = f" with a history of {card.observation.history}" if card.observation.history > 1 else ""
    yield f"  {card.observation_size:4} in all{stacked}"
    action = card.action
    yield f"action: {action.interface}, output {card.policy.output} (joint, scale, offset, stiffness, damping)"
    for joint in action.joints:
        values = (action.scale, action.offset, action.stiffness, action.damping)
        yield f"  {joint}: " + ", ".join("-" if value is None else f"{value[joint]:g}" for value in values)


def _policy(draft: Draft, card: Card, policy: Path | Sequence[Layer]) -> Policy:
    if isinstance(policy, Path):
        return OnnxPolicy(policy, card)
    found, expected = len(policy[0].weight[0]), feature_count(card.observation.features, card.observation_size)
    if found != expected:
        raise CardError(
            f"{draft.source}: takes {found} values, and the terms of the card give {expected}: {card.term_sizes}"
        )
    outputs, moves = len(policy[-1].bias), card.action.moves
    counts = [card.action_size, 2 * card.action_size] if moves is None else [len(moves)]
    if outputs not in counts:
        kind = "actions" if moves is None else "moves"
        raise CardError(f"{draft.source}: expected {counts[0]} {kind} as on the card, found {outputs}")
    activation = card.policy.network.activation if card.policy.network else "identity"
    return NetworkPolicy(card, Mlp(policy, activation))


def _act(policy: Policy, source: str) -> Float32:
    action = policy.act(np.zeros(policy.card.observation_size))
    if not np.isfinite(action).all():
        raise PolicyError(f"{source}: expected finite actions, found {action.tolist()} for an observation of zeros")
    return action
