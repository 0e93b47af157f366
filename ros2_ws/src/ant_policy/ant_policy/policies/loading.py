"""Loading of a policy by name, folder, card or file; card and file are checked against each other."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ant_policy.card.card import Card, default_card
from ant_policy.card.parts import Network
from ant_policy.errors import CardError, PolicyError, PolicyFileError
from ant_policy.observation.feature_registry import feature_count
from ant_policy.policies.baselines import BASELINES
from ant_policy.policies.formats.npz_file import load_npz
from ant_policy.policies.formats.onnx_file import OnnxPolicy
from ant_policy.policies.formats.sb3_file import load_sb3, refuse_statistics
from ant_policy.policies.interface import Policy
from ant_policy.policies.mlp import Layer, Mlp
from ant_policy.policies.networks import NetworkPolicy

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).parents[1] / "assets" / "policies"
CARD_NAME = "card.yaml"
NPZ, ONNX, SB3 = ".npz", ".onnx", ".zip"


def load_policy(source: str | Path, *, deterministic: bool = True, seed: int = 0) -> Policy:
    """Load a policy and check that its card and its file agree.

    Args:
        source: the name of a shipped policy (see `shipped_policies`), or the path of a folder with a card.yaml, of a
            card.yaml, or of a policy file. A policy file's card is the card.yaml beside it that names it; an SB3 `.zip`
            without one gets the Ant's default card. A shipped name comes before a folder: write ./sac for a folder.
        deterministic: SAC acts by its mean and DQN by its best move; otherwise SAC samples, and DQN explores at the
            rate at which it was saved. No effect on the others.
        seed: seed of the policy's random draws.

    Returns:
        The policy.

    Raises:
        PolicyError: there is no such policy, or its card or file is refused.
    """
    if source in BASELINES:
        return BASELINES[str(source)](default_card(str(source)), seed=seed)
    if isinstance(source, str) and source in shipped_policies():
        source = ASSETS / source
    path, card_path = _find(source)
    if card_path is None:
        return _from_sb3(path, None, "the Ant's default card", deterministic, seed)
    card = Card.load(card_path)
    if card.policy.file is None:
        return BASELINES[card.policy.algorithm](card, seed=seed)
    file = card_path.parent / card.policy.file if path == card_path else path
    readers = {NPZ: _from_npz, ONNX: _from_onnx, SB3: _from_sb3}
    if file.suffix not in readers:
        field = "file" if file.name == card.policy.file else "sb3_file"
        raise CardError(
            f"{card_path}: field 'policy.{field}': expected a file named {', '.join(readers)}, found '{file.name}'"
        )
    return readers[file.suffix](file, card, card_path, deterministic, seed)


def shipped_policies() -> list[str]:
    """Names of the policies that come with the package, sorted, and zero and random."""
    return [*sorted(path.parent.name for path in ASSETS.glob(f"*/{CARD_NAME}")), *BASELINES]


def _find(source: str | Path) -> tuple[Path, Path | None]:
    """Path of the policy's file or card, and of its card if it has one."""
    path = Path(source)
    try:
        path.stat()
        if path.is_dir():
            path = path / CARD_NAME
            path.stat()
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"policy {str(source)!r} is unknown: the shipped ones are "
            f"{', '.join(shipped_policies())}, and there is no path {str(path)!r}"
        ) from error
    if path.suffix in (".yaml", ".yml"):
        return path, path
    if path.suffix not in (NPZ, ONNX, SB3):
        raise PolicyFileError(
            f"{path}: expected a folder, a {CARD_NAME}, a .zip, a .npz or a {ONNX}, found {path.suffix!r}"
        )
    card_path = path.parent / CARD_NAME
    if card_path.exists() and path.name in Card.load(card_path).files:
        return path, card_path
    if path.suffix != SB3:
        raise PolicyFileError(
            f"{path}: expected a {CARD_NAME} beside it that names it, found none; only an SB3 .zip "
            "says enough of itself to be loaded without"
        )
    return path, None


def _from_onnx(path: Path, card: Card, card_name: object, deterministic: bool, seed: int) -> Policy:
    if not deterministic:
        raise PolicyError(f"{path}: an ONNX export acts deterministically alone; sample from the policy it was made of")
    return OnnxPolicy(path, card)


def _from_npz(path: Path, card: Card, card_name: object, deterministic: bool, seed: int) -> Policy:
    moves = card.action.moves
    sizes = [card.action_size, 2 * card.action_size] if moves is None else [len(moves)]
    inputs = "" if card.observation.features else card.term_sizes
    network = _network(load_npz(path, _n_features(card), sizes, inputs), card, card_name)
    return NetworkPolicy(card, network, deterministic=deterministic, seed=seed)


def _from_sb3(path: Path, card: Card | None, card_name: object, deterministic: bool, seed: int) -> Policy:
    data, layers = load_sb3(path)
    if card is None or card.observation.normalisation is None:
        refuse_statistics(path)
    card_call = f"`python -m ant_policy.card {path} --env ID --out FOLDER`"
    if card is None:
        card = default_card(data.policy.algorithm, data.output)
        logger.warning(
            "%s has no card; assumed: the jumping Ant, observation without normalisation, %g N m for action 1, control "
            "period %g s; elsewhere %s makes a card",
            path,
            next(iter(card.action.scale.values())),
            card.control_period,
            card_call,
        )
        network = Network(data.activation, data.hidden)
        policy = replace(card.policy, file=path.name, network=network)
        card = replace(card, policy=policy)
        if not data.has_unit_range:
            raise PolicyFileError(
                f"{path}: expected actions in [-1, 1], found {data.low} to {data.high}, which only a card explains: "
                f"{card_call} makes one"
            )
    sizes = [("observation values", data.n_in, _n_features(card))]
    if data.output != "argmax":
        sizes.append(("actions", data.n_out, card.action_size))
    for kind, found, expected in sizes:
        if found != expected:
            raise PolicyFileError(
                f"{path}: expected {expected} {kind} as on {card_name}, found {found}; of another robot, {card_call} "
                "makes a card, where ID is the environment of its training, which a zip does not name"
            )
    _agree(card_name, "policy.output", data.output, card.policy.output)
    mlp = _network(layers, card, card_name)
    _agree(card_name, "policy.network.activation", data.activation, mlp.activation)
    if card.action.moves is not None:
        _agree(card_name, "action.moves", f"{data.n_out} moves", f"{len(card.action.moves)} moves")
    card = replace(card, action=replace(card.action, exploration_rate=data.exploration_rate))
    return NetworkPolicy(card, mlp, deterministic=deterministic, seed=seed)


def _n_features(card: Card) -> int:
    return feature_count(card.observation.features, card.observation_size)


def _network(layers: Sequence[Layer], card: Card, card_name: object) -> Mlp:
    network = card.policy.network
    if network is None:
        raise CardError(f"{card_name}: field 'policy.network': expected a value, found null")
    hidden = [len(layer.bias) for layer in layers[:-1]]
    _agree(card_name, "policy.network.hidden", hidden, list(network.hidden))
    return Mlp(layers, network.activation)


def _agree(card_name: object, field: str, expected: object, found: object) -> None:
    """Refuse a card that contradicts the policy file in a field."""
    if found != expected:
        raise CardError(f"{card_name}: field '{field}': expected {expected} as in the policy file, found {found}")
