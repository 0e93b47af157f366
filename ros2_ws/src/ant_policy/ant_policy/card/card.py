"""The card, a policy's contract, kept as YAML beside the policy file.

Everything in it goes by name: joints, observation terms, scales, gains. Cards are untrusted input: they are read as
plain data, and every field is checked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from importlib import import_module
from itertools import accumulate
from operator import methodcaller
from pathlib import Path
from typing import Annotated, Any

from ant_policy.card.action import Action
from ant_policy.card.fields import Field
from ant_policy.card.observation import Observation, Term, entries
from ant_policy.card.parts import Envelope, Joints, Model, PolicyFile, Returns
from ant_policy.card.safe_yaml import dump_yaml, load_yaml
from ant_policy.card.version1 import upgrade
from ant_policy.observation.terms import CMD_VEL, IMU, ODOM

CARD_VERSION = 2


def _read_versions(field: Field) -> dict[str, str]:
    return {name: field.at(name).text() for name in field.free_mapping()}


@dataclass(frozen=True)
class Card:
    """A policy's contract.

    Attributes:
        robot: name of the robot, for people.
        base_link: name of its base: child frame of odometry, frame of the IMU.
        policy: its file, and how to run it.
        control_period: time between two actions [s].
        joints: in the order of the observation.
        observation: input of the policy.
        action: meaning of its outputs.
        envelope: range of the states that it visited, if known.
        model: robot model that it was trained on, if known.
        versions: versions of the libraries that made it.
        training: training configuration and seed, as plain data.
        returns: result of an evaluation, if there was one.
    """

    robot: Annotated[str, Field.text]
    base_link: Annotated[str, Field.text]
    policy: Annotated[PolicyFile, PolicyFile.read]
    control_period: Annotated[float, Field.positive]
    joints: Joints
    observation: Observation
    action: Action
    envelope: Envelope | None = None
    model: Annotated[Model | None, methodcaller("record", Model)] = None
    versions: Annotated[dict[str, str], _read_versions] = field(default_factory=dict)
    training: Annotated[dict[str, object], Field.free_mapping] = field(default_factory=dict)
    returns: Annotated[Returns | None, methodcaller("record", Returns)] = None

    @property
    def files(self) -> list[str]:
        """Names of the files that belong to the card."""
        return [name for name in (self.policy.file, self.policy.sb3_file) if name is not None]

    @cached_property
    def layout(self) -> list[tuple[Term, slice, tuple[str, ...]]]:
        """Each term, its values within an observation without history, and their names."""
        names = [entries(term.name, self.joints.names, self.action.joints) for term in self.observation.terms]
        ends = [0, *accumulate(map(len, names))]
        return list(zip(self.observation.terms, map(slice, ends, ends[1:]), names, strict=False))

    @property
    def term_sizes(self) -> str:
        """Number of values of each term with its history, for people."""
        sizes = self.observation.sizes(self.joints.names, self.action.joints)
        return ", ".join(f"{name} {size}" for name, size in sizes.items())

    @cached_property
    def observation_size(self) -> int:
        """Number of values of the observation."""
        return self.observation.size(self.joints.names, self.action.joints)

    @property
    def action_size(self) -> int:
        """Number of values of the action."""
        return len(self.action.joints)

    @property
    def sources(self) -> tuple[str, ...]:
        """Topics besides joint_states that the observation needs: odom, imu, cmd_vel."""
        topics = {term.topic for term in self.observation.terms}
        return tuple(topic for topic in (ODOM, IMU, CMD_VEL) if topic in topics)

    def terms_of(self, source: str) -> str:
        """Names of the terms that need a source, for people."""
        return ", ".join(term.name for term in self.observation.terms if term.topic == source)

    @classmethod
    def load(cls, path: str | Path) -> Card:
        """Read and check a card of any version from a YAML file.

        Raises:
            CardError: the file cannot be read, is not plain YAML, or breaks the contract.
        """
        return read_card(Field(load_yaml(Path(path)), "", str(path)))

    def save(self, path: str | Path) -> None:
        """Check the card and write it as YAML.

        Raises:
            CardError: the card breaks the contract; nothing is written.
        """
        data = asdict(self)
        training = {"training": data.pop("training")} if self.training else {}
        text = dump_yaml({"card_version": CARD_VERSION, **_without_defaults(data), **training})
        read_card(Field(load_yaml(Path(path), text), "", str(path)))
        Path(path).write_text(text, encoding="utf-8")


def default_card(algorithm: str, output: str | None = None) -> Card:
    """Card of the Ant for a policy that came without one.

    Args:
        algorithm: sac, dqn, td3, ppo, pgpe, zero or random.
        output: of its network, if not the algorithm's usual one.

    Returns:
        A card with the joint orders, terms, gears and control period of `CustomAntEnv-v1`.
    """
    # Looked up by name: the runtime imports no task.
    module = import_module("ant_policy.tasks.jump.default_card")
    card: Card = module.default_card(algorithm, output)
    return card


def read_card(root: Field) -> Card:
    """Read and check a card.

    Raises:
        CardError: it breaks the contract.
    """
    version = root.at("card_version").integer(1, CARD_VERSION)
    if version == 1:
        root = Field({"card_version": CARD_VERSION, **upgrade(root)}, "", root.file)
    # Each once, and not before it is known that all fields are there.
    joints = cache(lambda: Joints.read(root.at("joints")))
    action = cache(lambda: Action.read(root.at("action"), joints()))
    card = root.record(
        Card,
        ("card_version",),
        joints=lambda _: joints(),
        observation=lambda item: Observation.read(item, joints(), action().joints),
        action=lambda _: action(),
        envelope=lambda item: Envelope.read(item, joints().names),
    )
    is_discrete = card.policy.output == "argmax"
    for name, is_required in (("moves", True), ("exploration_rate", False)):
        part = root.at("action", name)
        if part.value is None and is_discrete and is_required:
            raise part.refused("a value for output argmax")
        if part.value is not None and not is_discrete:
            raise part.refused(f"null for output {card.policy.output}")
    return card


def _without_defaults(value: Any) -> Any:
    """Leave out what is null or empty, and a history of 1."""
    if isinstance(value, dict):
        kept = {key: _without_defaults(item) for key, item in value.items() if item is not None and item != {}}
        return {key: item for key, item in kept.items() if (key, item) != ("history", 1)}
    return [_without_defaults(item) for item in value] if isinstance(value, list | tuple) else value
