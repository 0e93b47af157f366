"""Make a card of another tool's policy: `python -m ant_policy.card FILE --out DIR`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ant_policy.card.makers.deploy_yaml import draft_of_deploy_yaml, find_onnx
from ant_policy.card.makers.draft import Draft, parse_settings
from ant_policy.card.makers.folder import summary, write_folder
from ant_policy.card.makers.gym_env import env_facts
from ant_policy.card.makers.onnx_metadata import draft_of_metadata
from ant_policy.card.makers.sb3_zip import draft_of_zip
from ant_policy.errors import PolicyError
from ant_policy.optional import command
from ant_policy.policies.formats.onnx_file import open_session
from ant_policy.policies.formats.sb3_file import load_sb3, refuse_statistics
from ant_policy.policies.loading import ONNX, SB3
from ant_policy.policies.mlp import Layer

YAML = (".yaml", ".yml")
EPILOG = """
FILE is an ONNX file, with or without the metadata that mjlab and Isaac Lab tools write; a Stable-Baselines3 zip; or a
Unitree-style deploy.yaml beside its ONNX file. Fields that it leaves open are listed, never guessed, and nothing is
written until all of them are given.
"""


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Make a folder; exit code 0, or 2 for input that cannot be used or fields that are open."""
    parser = argparse.ArgumentParser(
        prog="python -m ant_policy.card", description=str(__doc__).splitlines()[0], epilog=EPILOG, allow_abbrev=False
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="policy.onnx, policy.zip or deploy.yaml")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write: card.yaml and the policy"
    )
    parser.add_argument("--env", metavar="ID", help="Gymnasium environment that a zip was trained on, or module:ID")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="ONNX file of a deploy.yaml that is not beside it")
    parser.add_argument(
        *("--set", "-s"),
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="field of the card, as control_period=0.02 or observation.terms.joint_velocities.scale=0.05; repeatable",
    )
    print("\n".join(make(parser.parse_args(argv))))
    return 0


def make(arguments: argparse.Namespace) -> list[str]:
    """Make the folder that the command line asks for; returns lines about it.

    Raises:
        PolicyError: something is refused, or fields are open.
    """
    settings = parse_settings(arguments.set)
    suffix = arguments.file.suffix
    for option, suffixes in (("env", (SB3,)), ("policy", YAML)):
        if getattr(arguments, option) is not None and suffix not in suffixes:
            raise PolicyError(
                f"--{option}: expected a file named {' or '.join(suffixes)} with it, found '{arguments.file}'"
            )
    policy: Path | Sequence[Layer] = arguments.file
    if suffix == ONNX:
        metadata = open_session(arguments.file).get_modelmeta().custom_metadata_map
        draft = draft_of_metadata(arguments.file, metadata, settings)
    elif suffix == SB3:
        draft, policy = _of_zip(arguments.file, arguments.env, settings)
    elif suffix in YAML:
        policy = arguments.policy or find_onnx(arguments.file)
        draft = draft_of_deploy_yaml(arguments.file, settings)
        # They are in the SDK's order there, and the draft has them in the policy's.
        settings.pop("joints.names", None)
    else:
        raise PolicyError(f"{arguments.file}: expected a file named {', '.join((ONNX, SB3, *YAML))}, found '{suffix}'")
    card = write_folder(draft, policy, arguments.out, settings)
    notes = [f"note: {note}" for note in draft.notes]
    return [f"{arguments.out}: card.yaml and {card.policy.file}", *summary(card), *notes]


def _of_zip(path: Path, env: str | None, settings: dict[str, object]) -> tuple[Draft, Sequence[Layer]]:
    data, layers = load_sb3(path)
    if "observation.normalisation" not in settings:
        refuse_statistics(path)
    return draft_of_zip(path, data, env_facts(env, data.n_in) if env else None, settings), layers


if __name__ == "__main__":
    raise SystemExit(main())
