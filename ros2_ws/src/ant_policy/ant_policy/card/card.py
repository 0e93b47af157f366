"""The card: a policy's contract with whoever runs it, kept as YAML beside the policy file.

Everything in it goes by name: joints, observation terms with their units and frames, and what
one unit of action means as an effort. Cards may come from strangers, so they are read as plain
data, every field is checked, and what is wrong is named with its place.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path

from ant_policy.card.algorithms import ALGORITHMS
from ant_policy.card.fields import Field
from ant_policy.card.parts import Action, Envelope, Model, Network, Observation, Returns
from ant_policy.card.safe_yaml import dump_yaml, load_yaml

CARD_VERSION = 1


@dataclass(frozen=True)
class Card:
    """A policy's contract.

    Attributes:
        algorithm: sac, dqn, pgpe, zero or random.
        file: name of the policy file beside the card; None for zero and random.
        sb3_file: name of the Stable-Baselines3 zip beside it that `file` was made of, for training on; None if there
            is none, or if it is `file` itself.
        control_period: time between two actions [s].
        observation: what the policy sees.
        action: what its outputs mean.
        network: shape of its network; None for zero and random.
        envelope: the states that it was seen in, if known.
        model: the robot model that it was trained on, if known.
        versions: versions of the libraries that made it.
        training: training configuration and seed, as plain data.
        returns: what an evaluation found, if there was one.
    """

    algorithm: str
    file: str | None
    control_period: float
    observation: Observation
    action: Action
    network: Network | None
    envelope: Envelope | None = None
    model: Model | None = None
    versions: dict[str, str] = field(default_factory=dict)
    training: dict[str, object] = field(default_factory=dict)
    returns: Returns | None = None
    sb3_file: str | None = None

    @property
    def files(self) -> list[str]:
        """Names of the files that belong to the card."""
        return [name for name in (self.file, self.sb3_file) if name is not None]

    @classmethod
    def load(cls, path: str | Path) -> Card:
        """Read and check a card.

        Args:
            path: the YAML file.

        Returns:
            The card.

        Raises:
            CardError: the file cannot be read, is not plain YAML, or breaks the contract.
        """
        return _read_card(Field(load_yaml(Path(path)), "", str(path)))

    def save(self, path: str | Path) -> None:
        """Check the card and write it as YAML.

        Args:
            path: the file to write.

        Raises:
            CardError: the card breaks the contract; nothing is written.
        """
        data = {"card_version": CARD_VERSION, **asdict(self)}
        for part, key in ((data, "sb3_file"), (data["action"], "exploration_rate")):
            if part[key] is None:
                del part[key]
        for term in data["observation"]["terms"]:
            for key in ("frame", "layout"):
                if term[key] is None:
                    del term[key]
        text = dump_yaml(data)
        _read_card(Field(load_yaml(Path(path), text), "", str(path)))
        Path(path).write_text(text, encoding="utf-8")


def default_card(algorithm: str) -> Card:
    """Card of the Ant for a policy that came without one.

    Args:
        algorithm: one of `ant_policy.card.algorithms.ALGORITHMS`.

    Returns:
        A card with the joint orders, terms, gears and control period of `CustomAntEnv-v1`.
    """
    # Looked up by name: the runtime imports no task.
    module = import_module("ant_policy.tasks.jump.default_card")
    card: Card = module.default_card(algorithm)
    return card


def _read_card(root: Field) -> Card:
    entry = root.mapping(
        (
            "card_version",
            "algorithm",
            "file",
            "control_period",
            "observation",
            "action",
            "network",
        ),
        ("sb3_file", "envelope", "model", "versions", "training", "returns"),
    )
    entry["card_version"].integer(CARD_VERSION, CARD_VERSION)
    algorithm = entry["algorithm"].choice(*ALGORITHMS)
    observation = Observation.read(entry["observation"])
    action = Action.read(entry["action"])
    if set(observation.joints) != set(action.joints):
        raise root.at("action", "joints").refused(f"the joints of observation.joints: {', '.join(observation.joints)}")
    card = Card(
        algorithm=algorithm,
        file=entry["file"].optional(Field.file_name),
        control_period=entry["control_period"].positive(),
        observation=observation,
        action=action,
        network=entry["network"].optional(Network.read),
        envelope=entry["envelope"].optional(lambda item: Envelope.read(item, action.joints)),
        model=entry["model"].optional(Model.read),
        versions=entry["versions"].optional(_read_versions) or {},
        training=entry["training"].optional(Field.free_mapping) or {},
        returns=entry["returns"].optional(Returns.read),
        sb3_file=entry["sb3_file"].optional(Field.file_name),
    )
    kind = ALGORITHMS[algorithm]
    for path, is_allowed, is_required in (
        (("file",), kind.network is not None, True),
        (("network",), kind.network is not None, True),
        (("action", "moves"), kind.is_discrete, True),
        (("action", "exploration_rate"), kind.is_discrete, False),
        (("sb3_file",), kind.in_sb3, False),
    ):
        field = root.at(*path)
        if field.value is None and is_allowed and is_required:
            raise field.refused(f"a value for {algorithm}")
        if field.value is not None and not is_allowed:
            raise field.refused(f"null for {algorithm}")
    return card


def _read_versions(field: Field) -> dict[str, str]:
    return {name: field.at(name).text() for name in field.free_mapping()}
