"""ONNX files: a network from the observation to the action, run by onnxruntime without torch.

A model is read from bytes, so that it cannot name another file as its weights.
"""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ant_policy.card.archive import read_file
from ant_policy.card.card import Card
from ant_policy.errors import CardError, PolicyFileError
from ant_policy.policies.interface import rounded
from ant_policy.policies.mlp import Float32
from ant_policy.policies.networks import finish

INPUT, ACTION, VALUES = "observation", "action", "values"
"""Names of the input (1, n) and of the output of the models that `ant_policy.export` writes; others may differ."""


class OnnxPolicy:
    """Deterministic policy that onnxruntime computes."""

    def __init__(self, path: Path, card: Card) -> None:
        """Read the model.

        Args:
            path: the `.onnx`.
            card: its contract.

        Raises:
            CardError: the card has features or a normalisation.
            PolicyFileError: there is no onnxruntime, or the file cannot be read, is no ONNX model, or has other inputs
                or outputs.
        """
        for name in ("features", "normalisation"):
            if getattr(card.observation, name) is not None:
                raise CardError(
                    f"card of {path}: field 'observation.{name}': expected null, as it is part of the ONNX model"
                )
        self.card = card
        self._moves = None if card.action.moves is None else np.array(card.action.moves, dtype=np.float32)
        self._session = open_session(path)
        history = f", times a history of {card.observation.history}" if card.observation.history > 1 else ""
        width = card.action_size if self._moves is None else len(self._moves)
        self._input = _name(
            path, "input", self._session.get_inputs(), card.observation_size, f": {card.term_sizes}{history}"
        )
        self._output = _name(path, "output", self._session.get_outputs(), width, "")

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the policy itself: it has no state, and onnxruntime's session cannot be copied."""
        return self

    def act(self, observation: ArrayLike) -> Float32:
        """Choose an action; see `Policy.act`."""
        x = rounded(observation, self.card.observation_size)[None]
        output: Float32 = self._session.run([self._output], {self._input: x})[0][0]
        if self._moves is None:
            return np.array(finish(self.card.policy.output, output))
        return np.array(self._moves[np.argmax(output)])

    def reset(self) -> None:
        """Nothing to forget."""


def open_session(path: Path) -> "onnxruntime.InferenceSession":  # type: ignore[name-defined]  # noqa: F821
    """Open a model on one thread.

    Raises:
        PolicyFileError: there is no onnxruntime, or the file cannot be read or is no ONNX model.
    """
    # Imported here: only policies in this format need it.
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise PolicyFileError(
            f"{path}: an ONNX model needs onnxruntime (make setup, or pip install onnxruntime)"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    content = read_file(path)
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime does not say what it raises for a damaged model.
        raise PolicyFileError(f"{path}: expected an ONNX model: {str(error)[:200]}") from error


def _name(path: Path, kind: str, found: list[object], size: int, parts: str) -> str:
    """Name of the only input or output; the batch dimension may be 1 or free."""
    signature = [(each.name, each.type, list(each.shape)) for each in found]  # type: ignore[attr-defined]
    if len(signature) == 1:
        name, kind_of, shape = signature[0]
        is_batch_of_one = len(shape) == 2 and (shape[0] == 1 or not isinstance(shape[0], int))
        if kind_of == "tensor(float)" and is_batch_of_one and shape[1] == size:
            return str(name)
    raise PolicyFileError(
        f"{path}: expected one {kind} of float32 (1, {size}) as on the card{parts}; found {str(signature)[:200]}"
    )
