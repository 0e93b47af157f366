"""The folder of a training run and what is in it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
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
"""Libraries whose versions are written down."""

POLICY_FILES = ("policy.zip", "policy.npz")
"""Where the trainers keep the weights."""


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps its files. The folder itself is the policy with the best weights."""

    path: Path

    @property
    def settings(self) -> Path:
        """Algorithm, preset, resolved configuration, versions and git commit."""
        return self.path / "run.yaml"

    @property
    def last(self) -> Path:
        """Folder of the policy with the last weights."""
        return self.path / "last"

    @property
    def checkpoint(self) -> Path:
        """State from which the run goes on."""
        return self.path / "checkpoint.npz"

    @property
    def curve(self) -> Path:
        """The evaluations, as numbers."""
        return self.path / CURVE_NAME

    @property
    def picture(self) -> Path:
        """The evaluations, drawn."""
        return self.path / "curve.png"

    @property
    def video(self) -> Path:
        """One episode."""
        return self.path / "episode.mp4"

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's logs."""
        return self.path / "tensorboard"

    def in_use(self) -> bool:
        """Whether there is something in it that a new run would lose."""
        return any(path.exists() for path in (self.checkpoint, self.curve, self.path / CARD_NAME))

    def clear(self) -> None:
        """Take out what an earlier run left that this one may not replace."""
        policies = [folder / name for folder in (self.path, self.last) for name in (*POLICY_FILES, CARD_NAME)]
        for path in (self.checkpoint, self.curve, self.picture, self.video, *policies):
            path.unlink(missing_ok=True)
        for log in self.tensorboard.glob("events.out.tfevents.*"):
            log.unlink()

    def keep_last(self) -> None:
        """Make the last weights the policy."""
        card = Card.load(self.last / CARD_NAME)
        with replacing(*(self.path / name for name in (*card.files, CARD_NAME))) as (*new_files, new_card):
            for name, new_file in zip(card.files, new_files, strict=True):
                copyfile(self.last / name, new_file)
            card.save(new_card)

    def write_settings(
        self, algorithm: str, preset: str, config: TrainingConfig, config_before: TrainingConfig | None = None
    ) -> None:
        """Write down what makes the run, and of a resumed one what it was made with before."""
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
        """Preset and configuration of the run that is here.

        Raises:
            PolicyError: if there is none, or it is of another algorithm.
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
        """For each time that the run was resumed with other settings: what they were before."""
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
    """A configuration as JSON and YAML know it."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return values


def provenance() -> dict[str, Any]:
    """Versions of the libraries, and git commit of this code where there is one ("+changes" if it was edited)."""
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
