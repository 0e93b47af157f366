"""Files of a training run."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from shutil import copyfile
from typing import Any

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.card.safe_yaml import dump_yaml, load_yaml
from ant_policy.errors import PolicyError
from ant_policy.evaluation.learning_curves import Point
from ant_policy.evaluation.runs import CURVE_NAME
from ant_policy.policies.loading import CARD_NAME
from ant_policy.training.config import CONFIGS, TrainingConfig
from ant_policy.training.preset import load_config

LIBRARIES = ("mujoco", "gymnasium", "stable_baselines3", "evotorch", "torch", "numpy")
"""Libraries whose versions are recorded."""

POLICY_FILES = ("policy.zip", "policy.npz")
"""Files of weights that a trainer may write."""


class RunFolder:
    """Folder of a training run; the folder itself is the policy that the run results in.

    Attributes:
        path: the folder.
        settings: algorithm, preset, resolved configuration, versions and git commit.
        last: folder of the policy with the last weights.
        checkpoint: snapshot to resume from.
        curve: the evaluations as numbers.
        picture: the evaluations drawn.
        video: one episode.
        tensorboard: folder of TensorBoard's logs.
    """

    def __init__(self, path: Path) -> None:
        """Name the files of the run in this folder."""
        self.path = path
        self.settings = path / "run.yaml"
        self.last = path / "last"
        self.checkpoint = path / "checkpoint.npz"
        self.curve = path / CURVE_NAME
        self.picture = path / "curve.png"
        self.video = path / "episode.mp4"
        self.tensorboard = path / "tensorboard"

    def in_use(self) -> bool:
        """True if the folder holds a policy or run that a new run would overwrite."""
        return any(path.exists() for path in (self.checkpoint, self.curve, self.path / CARD_NAME))

    def clear(self) -> None:
        """Delete the files of an earlier run."""
        policies = [folder / name for folder in (self.path, self.last) for name in (*POLICY_FILES, CARD_NAME)]
        for path in (self.checkpoint, self.curve, self.picture, self.video, *policies):
            path.unlink(missing_ok=True)
        for log in self.tensorboard.glob("events.out.tfevents.*"):
            log.unlink()

    def promote_last(self) -> None:
        """Copy the policy with the last weights into the folder itself."""
        card = Card.load(self.last / CARD_NAME)
        with replacing(*(self.path / name for name in (*card.files, CARD_NAME))) as (*new_files, new_card):
            for name, new_file in zip(card.files, new_files, strict=True):
                copyfile(self.last / name, new_file)
            card.save(new_card)

    def write_settings(
        self, algorithm: str, preset: str, config: TrainingConfig, config_before: TrainingConfig | None = None
    ) -> None:
        """Write the settings of a run, and for a resumed one the settings that it changes."""
        settings = {"algorithm": algorithm, "preset": preset, "configuration": plain(config), **provenance()}
        if config_before is not None:
            old, new_values = plain(config_before), plain(config)
            changed = {name: value for name, value in old.items() if value != new_values[name]}
            commit = self._read_settings().get("commit")
            if commit != settings["commit"]:
                changed["commit"] = commit
            settings["before"] = [*self.before(), *([changed] if changed else [])]
        with replacing(self.settings) as (new,):
            new.write_text(dump_yaml(settings), encoding="utf-8")

    def read_settings(self, algorithm: str) -> tuple[str, TrainingConfig]:
        """Preset and configuration of the run.

        Raises:
            PolicyError: if there is none, or it is of another algorithm or version.
        """
        if not self.settings.exists():
            raise PolicyError(f"'{self.path}' holds no run to resume: there is no {self.settings.name} in it")
        settings = self._read_settings()
        found = settings.get("algorithm")
        if found != algorithm:
            raise PolicyError(f"'{self.path}' holds a run of {found}; it cannot be resumed as {algorithm}")
        configuration = settings["configuration"]
        for entry in fields(CONFIGS[algorithm]):
            if entry.name not in configuration:
                raise PolicyError(
                    f"{self.settings}: expected a value of '{entry.name}', found none: another version made this run; "
                    "begin a new one"
                )
        return str(settings.get("preset")), load_config(algorithm, configuration)

    def before(self) -> list[dict[str, Any]]:
        """Earlier values of settings, one entry for each resumption that changed some."""
        earlier: list[dict[str, Any]] = self._read_settings().get("before", [])
        return earlier

    def _read_settings(self) -> Mapping[str, Any]:
        settings = load_yaml(self.settings)
        if (
            not isinstance(settings, Mapping)
            or not isinstance(settings.get("configuration"), Mapping)
            or not isinstance(settings.get("before", []), list)
        ):
            raise PolicyError(f"{self.settings}: expected the settings of a training run")
        return settings

    def write_curve(self, points: list[Point]) -> None:
        """Write the evaluations."""
        with replacing(self.curve) as (new,):
            new.write_text(json.dumps([asdict(point) for point in points], indent=1), encoding="utf-8")


def plain(config: TrainingConfig) -> dict[str, Any]:
    """Configuration as dictionaries, lists and plain values."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return values


def provenance() -> dict[str, Any]:
    """Versions of the libraries and, in a git repository, the commit ("+changes" if the tree was edited)."""
    return {"versions": {name: version(name) for name in LIBRARIES}, "commit": _commit()}


def _commit() -> str | None:
    here = Path(__file__).resolve().parent
    try:
        output = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return output.stdout.strip()
