"""A card in the making: what a file says, what its user sets, and the fields that stay open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ant_policy.card.fields import Field
from ant_policy.card.safe_yaml import load_yaml
from ant_policy.card.values import DEFAULT_POSE, read_names
from ant_policy.errors import CardError, PolicyError
from ant_policy.observation.terms import TERMS

GIVEN = ("card_version", "policy.file", "policy.network", "policy.sb3_file")
"""Fields that follow from the policy file and cannot be set."""


class Help(NamedTuple):
    """Meaning of a field of the card, with the unit, and an example of its value as `--set` takes it."""

    meaning: str
    example: str


POSITION = ("action.offset", "action.stiffness", "action.damping")
"""Fields that a position interface needs."""
FIELDS = {
    "robot": Help("name of the robot, for people", "go1"),
    "base_link": Help("link that carries the IMU, child frame of odometry", "trunk"),
    "control_period": Help("time between two actions [s]", "0.02"),
    "joints.names": Help("joints in the order of the observation", "[hip_1, ankle_1]"),
    "joints.default_pose": Help("default position of each joint [rad], [m]", "{hip_1: 0.0, ankle_1: 1.0}"),
    "observation.terms": Help(
        f"parts of the observation in order, of {', '.join(TERMS)}",
        "[{name: projected_gravity}, {name: joint_positions}]",
    ),
    "policy.output": Help("what is done to the network's output: none, tanh, clip or argmax", "none"),
    "action.interface": Help("what is commanded: effort, position or velocity", "position"),
    "action.scale": Help("command for one unit of action, of each joint or of all [N m], [rad], [rad/s]", "0.5"),
    "action.offset": Help(
        "command for action 0 [rad], [m]; default_pose for that of joints.default_pose", DEFAULT_POSE
    ),
    "action.stiffness": Help("gain of position [N m/rad]; null if unknown", "35.0"),
    "action.damping": Help("gain of velocity [N m s/rad]; null if unknown", "0.5"),
    "action.moves": Help(
        "actions in [-1, 1] that it chooses among, in the order of the action's joints", "[[0, 0], [1, -1]]"
    ),
}
"""Fields that a policy's user may have to say, in the order in which they are asked for."""
ALWAYS = ("robot", "base_link", "control_period", "joints.names", "observation.terms", "policy.output")


class OpenFieldsError(PolicyError):
    """Fields that neither the source nor the user gave; `lines` are one for each field and note."""

    def __init__(self, source: str, fields: Mapping[str, str], notes: Sequence[str]) -> None:
        """Name them all.

        Args:
            source: name of the source.
            fields: what each is, with an example, by its name.
            notes: what people should know of the source.
        """
        count = f"{len(fields)} field{'s' if len(fields) > 1 else ''} of the card"
        super().__init__(f"{source}: leaves {count} open: {', '.join(fields)}")
        self.fields = fields
        self.lines = [*(f"  {text}" for text in fields.values()), *(f"note: {note}" for note in notes)]


@dataclass
class Draft:
    """A card in the making.

    Attributes:
        source: name of the file that it is made from.
        data: what is known, nested as in a card.yaml.
        asked: further fields that are open, and what they are.
        notes: what people should know of the file, such as facts that its format implies.
    """

    source: str
    data: dict[str, Any]
    asked: dict[str, Help] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def set(self, settings: Mapping[str, object]) -> None:
        """Put in what the user sets; it comes before what the source says.

        Raises:
            CardError: there is no such place in a card.
        """
        for path, value in sorted(settings.items(), key=lambda item: item[0].count(".")):
            if path in GIVEN:
                raise CardError(f"--set {path}: expected another field, as this one follows from the policy file")
            parent, last = self._parent(path, add=True)
            if not isinstance(parent, dict):
                expected, found = "a field of a mapping", "none such"
                if path.startswith("observation.terms.") and isinstance(terms := self.get("observation.terms"), list):
                    names = ", ".join(str(term.get("name")) for term in terms if isinstance(term, dict))
                    expected, found = f"one of the terms {names}", f"'{path.split('.')[2]}'"
                raise CardError(f"--set {path}: expected {expected}, found {found}")
            parent[last] = value

    def get(self, path: str) -> Any:
        """Value of a field; None if it is not there."""
        parent, last = self._parent(path)
        return parent.get(last) if isinstance(parent, dict) else None

    def _parent(self, path: str, *, add: bool = False) -> tuple[Any, str]:
        """Parent of a field, and the field's name in it; a term of the observation is found by its name."""
        *parents, last = path.split(".")
        place: Any = self.data
        for name in parents:
            if isinstance(place, list):
                place = next((item for item in place if isinstance(item, dict) and item.get("name") == name), None)
            elif isinstance(place, dict):
                place = place.setdefault(name, {}) if add else place.get(name)
            else:
                place = None
        return place, last

    def open_fields(self) -> dict[str, str]:
        """Fields that are still open: a line for each, by its name."""
        interface = self.get("action.interface")
        names = [*ALWAYS, "action.interface", "action.scale"]
        if interface in (None, "position"):
            names += POSITION
        if DEFAULT_POSE in _texts(self.data):
            names.append("joints.default_pose")
        if self.get("policy.output") == "argmax":
            names.append("action.moves")
        known = {name: FIELDS[name] for name in FIELDS if name in names} | self.asked
        lines = {}
        for name, entry in known.items():
            parent, last = self._parent(name)
            if isinstance(parent, dict) and last in parent:
                continue
            where = " (of a position interface)" if interface is None and name in POSITION else ""
            value = entry.example
            quoted = f"'{name}={value}'" if set(value) & set("[{ ") else f"{name}={value}"
            lines[name] = f"{name}: {entry.meaning}{where}, such as --set {quoted}"
        return lines


def parse_settings(texts: Iterable[str]) -> dict[str, object]:
    """Read `field=value` texts; a value is plain YAML.

    Raises:
        CardError: one is not of that form, or is there twice.
    """
    settings: dict[str, object] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not path or not all(path.split(".")):
            raise CardError(f"--set {text[:80]!r}: expected FIELD=VALUE, such as control_period=0.02")
        if path in settings:
            raise CardError(f"--set {path}: expected each field once, found it repeatedly")
        settings[path] = load_yaml(Path(f"--set {path}"), value)
    return settings


def joint_names(settings: Mapping[str, object]) -> tuple[str, ...] | None:
    """Names of the joints if they are set."""
    if "joints.names" not in settings:
        return None
    return read_names(Field(settings["joints.names"], "joints.names", "--set"))


def by_name(field: Field, names: Sequence[str]) -> dict[str, float]:
    """Numbers by name, of a list in the order of the names or of one number for all."""
    if isinstance(field.value, list):
        return dict(zip(names, field.numbers(len(names)), strict=True))
    return dict.fromkeys(names, field.number())


def _texts(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {value} if isinstance(value, str) else set()
