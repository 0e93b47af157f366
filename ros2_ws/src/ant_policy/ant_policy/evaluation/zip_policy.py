"""Policies of SB3 zips whose environment does not say enough for a card."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.policies.formats.sb3_file import load_sb3
from ant_policy.policies.mlp import Mlp
from ant_policy.policies.networks import finish


class ZipPolicy:
    """Policy of an SB3 zip without a card; its actions are those of SB3's `predict`, in [-1, 1]."""

    card = None

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            PolicyFileError: it is refused.
        """
        self._data, layers = load_sb3(path)
        self._network = Mlp(layers, self._data.activation)

    def act(self, observation: ArrayLike) -> Any:
        """Action (n_action,), or the number of a move, for an observation."""
        outputs = self._network(np.asarray(observation, dtype=np.float32))
        if self._data.low is None:
            return int(outputs.argmax())
        return finish(self._data.output, outputs[: self._data.n_out])
