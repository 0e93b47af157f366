"""A folder of a Stable-Baselines3 model in memory, with the normalisation of its observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ant_policy.card.card import Card
from ant_policy.card.makers.folder import write_folder
from ant_policy.card.makers.gym_env import PLAIN_WRAPPERS, env_facts, plain_data
from ant_policy.card.makers.sb3_zip import draft_of_zip
from ant_policy.card.observation import Normalisation
from ant_policy.errors import PolicyError
from ant_policy.policies.formats.sb3_file import load_sb3


def save_sb3(
    model: Any,
    vec_normalize: Any,
    out: str | Path,
    env: str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Card:
    """Write a folder that needs neither SB3 nor torch.

    Args:
        model: SAC, DQN, PPO or TD3 with an MlpPolicy.
        vec_normalize: SB3's VecNormalize that it was trained with; None if with none.
        out: folder to write, without a card.yaml.
        env: id of its environment; None for that of `vec_normalize` or of the model.
        settings: fields of the card that the environment leaves open, plain data by dotted name.

    Returns:
        The card.

    Raises:
        OpenFieldsError: fields are open.
        PolicyError: something is refused; nothing is written.
        OSError: it cannot be written.
    """
    venv = vec_normalize if vec_normalize is not None else model.get_env()
    spec = env if env is not None or venv is None else _spec(venv)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{type(model).__name__}.zip"
        model.save(path)
        data, layers = load_sb3(path)
    facts = None if spec is None else env_facts(spec, data.n_in)
    given = dict(settings or {})
    draft = draft_of_zip(Path(path.name), data, facts, given)
    if vec_normalize is not None and vec_normalize.norm_obs:
        draft.data["observation"]["normalisation"] = plain_data(asdict(normalisation_of(vec_normalize)))
    return write_folder(draft, layers, Path(out), given)


def _spec(venv: Any) -> Any:
    """Specification of the environment in a VecEnv; SB3's Monitor cannot be made of one."""
    spec = venv.get_attr("spec")[0]
    if spec is None:
        return None
    wrappers = tuple(each for each in spec.additional_wrappers if each.name not in PLAIN_WRAPPERS)
    return replace(spec, additional_wrappers=wrappers)


def normalisation_of(vec_normalize: Any) -> Normalisation:
    """Normalisation of a card; VecNormalize divides by the root of variance plus epsilon.

    Raises:
        PolicyError: its observations are not (n,).
    """
    statistics = vec_normalize.obs_rms
    if isinstance(statistics, dict) or np.ndim(statistics.mean) != 1:
        raise PolicyError("vec_normalize: expected the statistics of observations (n,), found those of another shape")
    std = np.sqrt(statistics.var + vec_normalize.epsilon)
    return Normalisation(tuple(statistics.mean.tolist()), tuple(std.tolist()), float(vec_normalize.clip_obs))
