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
from ant_policy.card.safe_yaml import dump_yaml, load_yaml
from ant_policy.errors import PolicyError
from ant_policy.evaluation.learning_curves import CURVE_NAME, Point
from ant_policy.policies.loading import CARD_NAME
from ant_policy.training.config import CONFIGS, TrainingConfig
from ant_policy.training.preset import change_config

LIBRARIES = ("mujoco", "gymnasium", "stable_baselines3", "evotorch", "torch", "numpy")
"""Libraries whose versions are recorded."""

POLICY_FILES = ("policy.zip", "policy.npz", CARD_NAME)
"""Files of a policy that a trainer may write."""


class RunFolder:
    """Folder of a training run; the folder itself is the policy that the run results in.

    Attributes:
        settings: algorithm, preset, resolved configuration, versions and git commit.
        last: folder of the policy with the last weights.
        checkpoint: snapshot to resume from.
        curve: the evaluations as numbers.
        picture: the evaluations drawn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings: dict[str, Any] = {}
        self.last = path / "last"
        self.checkpoint = path / "checkpoint.npz"
        self.curve = path / CURVE_NAME
        self.picture = path / "curve.png"
        self.video = path / "episode.mp4"
        self.tensorboard = path / "tensorboard"
        self._settings_file = path / "run.yaml"

    def in_use(self) -> bool:
        """True if the folder holds a policy or run that a new run would overwrite."""
        return any(path.exists() for path in (self.checkpoint, self.curve, self.path / CARD_NAME))

    def clear(self) -> None:
        """Delete the files of an earlier run."""
        policies = [folder / name for folder in (self.path, self.last) for name in POLICY_FILES]
        logs = self.tensorboard.glob("events.out.tfevents.*")
        for path in (self.checkpoint, self.curve, self.picture, self.video, *policies, *logs):
            path.unlink(missing_ok=True)

    def promote_last(self) -> None:
        """Copy the policy with the last weights into the folder itself."""
        names = [name for name in POLICY_FILES if (self.last / name).exists()]
        with replacing(*(self.path / name for name in names)) as new_files:
            for name, new_file in zip(names, new_files, strict=True):
                copyfile(self.last / name, new_file)

    def set_settings(self, algorithm: str, preset: str, config: TrainingConfig) -> None:
        """Set the settings of a new run; the session writes them once nothing more is refused."""
        versions = {name: version(name) for name in LIBRARIES}
        self.settings = {"algorithm": algorithm, "preset": preset, "configuration": plain(config)}
        self.settings |= {"versions": versions, "commit": _commit()}

    def change_settings(self, algorithm: str, preset: str | None, values: Mapping[str, Any]) -> TrainingConfig:
        """Read the settings of the run to resume and change some hyperparameters; returns its new configuration.

        Raises:
            PolicyError: if there is no run, it is of another algorithm, preset or version, or a change is refused.
        """
        if not self._settings_file.exists():
            raise PolicyError(f"'{self.path}' holds no run to resume: there is no {self._settings_file.name} in it")
        found = load_yaml(self._settings_file)
        if (
            not isinstance(found, Mapping)
            or not isinstance(old := found.get("configuration"), Mapping)
            or not isinstance(before := found.get("before", []), list)
        ):
            raise PolicyError(f"{self._settings_file}: expected the settings of a training run")
        if found.get("algorithm") != algorithm:
            raise PolicyError(
                f"'{self.path}' holds a run of {found.get('algorithm')}; it cannot be resumed as {algorithm}"
            )
        for entry in fields(CONFIGS[algorithm]):
            if entry.name not in old:
                raise PolicyError(
                    f"{self._settings_file}: expected a value of '{entry.name}', found none: another version made this "
                    "run; begin a new one"
                )
        made_with = str(found.get("preset"))
        if preset not in (None, made_with):
            raise PolicyError(f"preset is '{made_with}' in this run; a resumed run cannot change it to '{preset}'")
        config = change_config(algorithm, old, values)
        self.set_settings(algorithm, made_with, config)
        changed = {name: value for name, value in old.items() if value != self.settings["configuration"][name]}
        if found.get("commit") != self.settings["commit"]:
            changed["commit"] = found.get("commit")
        self.settings["before"] = [*before, *([changed] if changed else [])]
        return config

    def write_settings(self) -> None:
        """Write the settings."""
        with replacing(self._settings_file) as (new,):
            new.write_text(dump_yaml(self.settings), encoding="utf-8")

    def write_curve(self, points: list[Point]) -> None:
        """Write the evaluations."""
        with replacing(self.curve) as (new,):
            new.write_text(json.dumps([asdict(point) for point in points], indent=1), encoding="utf-8")


def plain(config: TrainingConfig) -> dict[str, Any]:
    """Configuration as dictionaries, lists and plain values."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return values


def _commit() -> str | None:
    """Git commit ("+changes" if the tree was edited); None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
    try:
        output = subprocess.run(
            command, cwd=Path(__file__).resolve().parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return output.stdout.strip()
