"""Parts of a card besides observation and action; the type of a field says how it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import methodcaller
from typing import Annotated

from ant_policy.card.fields import Field
from ant_policy.card.values import read_names, read_numbers, read_range

OUTPUTS = ("none", "tanh", "clip", "argmax")
"""Functions of the network's output: none, tanh, clip to [-1, 1], or choice of the greatest (a move)."""
BASELINES = ("zero", "random")
"""Algorithms of policies without a file."""


def _read_widths(field: Field) -> tuple[int, ...]:
    return tuple(width.integer(1, 10_000) for width in field.items())


def _read_sha256(field: Field) -> str:
    digest = field.text()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise field.refused("64 hexadecimal digits")
    return digest


@dataclass(frozen=True)
class Joints:
    """The joints, in the order of the observation.

    Attributes:
        names: of the joints.
        default_pose: position [rad] by name, if there is one.
    """

    names: Annotated[tuple[str, ...], read_names]
    default_pose: dict[str, float] | None = None

    @classmethod
    def read(cls, field: Field) -> Joints:
        """Read and check."""
        names = read_names(field.at("names"))
        return field.record(cls, default_pose=lambda item: read_numbers(item, names))


@dataclass(frozen=True)
class Network:
    """Shape of the network between observation and output."""

    activation: Annotated[str, methodcaller("choice", "relu", "tanh", "identity")]
    hidden: Annotated[tuple[int, ...], _read_widths]


@dataclass(frozen=True)
class PolicyFile:
    """The policy's file, and how to run it.

    Attributes:
        algorithm: that trained it, for people; by default the file's ending. zero and random have no file.
        file: name of the file beside the card.
        output: what is done to the network's output, one of `OUTPUTS`.
        network: shape of the network; None where the file says it all, as ONNX does.
        sb3_file: name of the Stable-Baselines3 zip beside it that `file` was exported from, to resume training; None if
            there is none, or if it is `file` itself.
    """

    algorithm: Annotated[str, Field.text] = ""
    file: Annotated[str | None, Field.file_name] = None
    output: Annotated[str, methodcaller("choice", *OUTPUTS)] = "none"
    network: Annotated[Network | None, methodcaller("record", Network)] = None
    sb3_file: Annotated[str | None, Field.file_name] = None

    @classmethod
    def read(cls, field: Field) -> PolicyFile:
        """Read and check."""
        part = field.record(cls)
        if (part.file is None) != (part.algorithm in BASELINES):
            of_algorithm = f" for {part.algorithm}" if part.algorithm else ", or algorithm zero or random"
            raise field.at("file").refused(f"{'null' if part.file else 'a value'}{of_algorithm}")
        return part if part.algorithm else replace(part, algorithm=str(part.file).rpartition(".")[2])


@dataclass(frozen=True)
class Envelope:
    """Range of the states that the policy visited in evaluation.

    Attributes:
        tilt: largest angle between the base's z axis and the vertical [rad].
        joint_positions: least and greatest position [rad], by joint name.
        joint_velocities: largest absolute velocity [rad/s], by joint name.
    """

    tilt: Annotated[float, methodcaller("number", 0.0, math.pi)]
    joint_positions: dict[str, tuple[float, float]]
    joint_velocities: dict[str, float]

    @classmethod
    def read(cls, field: Field, joints: tuple[str, ...]) -> Envelope:
        """Read and check against the names of the joints."""
        return field.record(
            cls,
            joint_positions=lambda item: {name: read_range(each) for name, each in item.mapping(joints).items()},
            joint_velocities=lambda item: {name: each.number(low=0.0) for name, each in item.mapping(joints).items()},
        )


@dataclass(frozen=True)
class Model:
    """The robot model that the policy was trained on."""

    file: Annotated[str, Field.file_name]
    sha256: Annotated[str, _read_sha256]


@dataclass(frozen=True)
class Returns:
    """Result of an evaluation; `seed` is the first of the episodes' seeds."""

    mean: Annotated[float, Field.number]
    std: Annotated[float, methodcaller("number", low=0.0)]
    min: Annotated[float, Field.number]
    falls: Annotated[int, methodcaller("integer", 0, 10**9)]
    episodes: Annotated[int, methodcaller("integer", 1, 10**9)]
    seed: Annotated[int, methodcaller("integer", 0, 2**63)]
