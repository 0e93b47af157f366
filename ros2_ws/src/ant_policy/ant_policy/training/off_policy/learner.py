"""SB3 algorithm as a training session sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import DQN, SAC
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ant_policy.card.card import Card
from ant_policy.card.makers.sb3_model import normalisation_of
from ant_policy.observation.feature_registry import features_of
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.formats.sb3_file import load_sb3
from ant_policy.training.off_policy.state import algorithm_state, restore_algorithm

EXCLUDED = ("replay_buffer_class", "replay_buffer_kwargs", "lr_schedule")
"""Attributes that refer to this package; without them a saved zip needs Stable-Baselines3 only."""


class Sb3Learner:
    """SAC or DQN whose policy is the EMA of its network."""

    def __init__(
        self,
        model: SAC | DQN,
        template: Card | None,
        features: str | None,
        ema_decay: float = 0.0,
        learning_rate: float = 3e-4,
    ) -> None:
        """Wrap a model that learns on `features`, None being the observation itself.

        `template` is the card of the environment's policies, if there is one. With an `ema_decay` of 0 the policy is
        the network itself. `learning_rate` is that in the saved zip, for those who continue from it.
        """
        self._model = model
        self._template = template
        self._features = features
        self._learning_rate = learning_rate
        self._part = "q_net" if isinstance(model, DQN) else "actor"
        self._average = AveragedModel(self._network, multi_avg_fn=get_ema_multi_avg_fn(ema_decay))
        self._normalise = model.get_vec_normalize_env()

    @property
    def _network(self) -> torch.nn.Module:
        network: torch.nn.Module = getattr(self._model.policy, self._part)
        return network

    def update_average(self) -> None:
        """Update the EMA with the current network."""
        self._average.update_parameters(self._network)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Within the block the model's network is the EMA."""
        learning = self._network
        setattr(self._model.policy, self._part, self._average.module)
        try:
            yield
        finally:
            setattr(self._model.policy, self._part, learning)

    def card(self) -> Card | None:
        """Card of the current policy; None without a template."""
        card = self._template
        if card is None:
            return None
        assert card.policy.network is not None
        hidden = tuple(self._model.policy_kwargs["net_arch"])
        rate = getattr(self._model, "exploration_rate", None)
        normalisation = None if self._normalise is None else normalisation_of(self._normalise)
        return replace(
            card,
            policy=replace(
                card.policy,
                file="policy.npz",
                sb3_file="policy.zip",
                network=replace(card.policy.network, hidden=hidden),
            ),
            action=replace(card.action, exploration_rate=rate),
            observation=replace(card.observation, features=self._features, normalisation=normalisation),
        )

    def act(self, observations: NDArray[np.float32]) -> Any:
        """Deterministic actions of n environments for observations (n, n_observation)."""
        inputs = features_of(self._features, observations)
        if self._normalise is not None:
            inputs = self._normalise.normalize_obs(inputs)
        with self._averaged():
            return self._model.predict(inputs, deterministic=True)[0]

    def save(self, *files: Path) -> None:
        """Write the current policy as an `.npz`, and as the SB3 zip that it is read from."""
        file, sb3_file = files
        schedule, self._model.learning_rate = self._model.learning_rate, self._learning_rate
        with self._averaged(), sb3_file.open("wb") as opened:
            self._model.save(opened, exclude=EXCLUDED)
        self._model.learning_rate = schedule
        _, layers = load_sb3(sb3_file)
        save_npz(file, layers)

    def state(self) -> dict[str, Any]:
        """Snapshot of the training."""
        return algorithm_state(self._model) | {"average": dict(self._average.state_dict())}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a snapshot."""
        restore_algorithm(self._model, state)
        self._average.load_state_dict({name: torch.as_tensor(array) for name, array in state["average"].items()})
