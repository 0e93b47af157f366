"""ONNX files: a whole policy, from the observation to the action, run by onnxruntime without torch.

A model is read from bytes, so that it cannot name another file as its weights.
"""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.archive import read_file
from ant_policy.card.card import Card
from ant_policy.card.parts import ACTION_SIZE, OBSERVATION_SIZE
from ant_policy.errors import PolicyFileError
from ant_policy.policies.interface import rounded
from ant_policy.policies.mlp import Float32

INPUT = "observation"
"""Name of the model's input (1, 27), the card's terms; features and normalisation are part of the model."""

ACTION, VALUES = "action", "values"
"""Names of the model's output: an action (1, 8) in [-1, 1], or the value of each of the card's moves (1, n_moves)."""


class OnnxPolicy:
    """Deterministic policy that onnxruntime computes."""

    def __init__(self, path: Path, card: Card) -> None:
        """Read the model.

        Args:
            path: the `.onnx`.
            card: its contract, without normalisation.

        Raises:
            PolicyFileError: there is no onnxruntime, or the file cannot be read, is no ONNX model, or has other inputs
                or outputs.
        """
        # Imported here: only policies in this format need it.
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            raise PolicyFileError(
                f"{path}: an ONNX model needs onnxruntime (make setup, or pip install onnxruntime)"
            ) from error

        self.card = card
        self._moves = None if card.action.moves is None else np.array(card.action.moves, dtype=np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        content = read_file(path)
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime does not say what it raises for a damaged model.
            raise PolicyFileError(f"{path}: expected an ONNX model: {str(error)[:200]}") from error
        width = ACTION_SIZE if self._moves is None else len(self._moves)
        self._output = ACTION if self._moves is None else VALUES
        for kind, name, size, found in (
            ("input", INPUT, OBSERVATION_SIZE, self._session.get_inputs()),
            ("output", self._output, width, self._session.get_outputs()),
        ):
            signature = [(each.name, each.type, list(each.shape)) for each in found]
            if signature != [(name, "tensor(float)", [1, size])]:
                raise PolicyFileError(
                    f"{path}: expected one {kind} '{name}' of float32 (1, {size}), found {str(signature)[:200]}"
                )

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the policy itself: it has no state, and onnxruntime's session cannot be copied."""
        return self

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        output: Float32 = self._session.run([self._output], {INPUT: rounded(observation)[None]})[0][0]
        if self._moves is None:
            return np.clip(output, -1.0, 1.0)
        return np.array(self._moves[np.argmax(output)])
