"""Nested dictionaries of arrays and plain values in one `.npz` file: the state of a training, without pickles.

The arrays are members of the archive; the rest is JSON, in which `{"array": name}` stands for a member.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ant_policy.atomic import replacing
from ant_policy.errors import PolicyError

Tree = dict[str, Any]
"""Dictionaries with text keys and lists, of arrays, tensors and what JSON knows. Tensors come back as arrays."""

_STRUCTURE = "structure"


def save_checkpoint(path: Path, tree: Tree) -> None:
    """Replace `path` by a file of `tree`.

    Raises:
        OSError: if it cannot be written; the file is then as it was.
        TypeError: if the tree has something else than arrays and plain values.
    """
    arrays: dict[str, NDArray[Any]] = {}
    structure = np.array(json.dumps(_take_out(tree, "", arrays)))
    with replacing(path) as (new,):
        np.savez(new, allow_pickle=False, **{_STRUCTURE: structure}, **arrays)


def load_checkpoint(path: Path) -> Tree:
    """Read what `save_checkpoint` wrote.

    Raises:
        PolicyError: if there is no such file, or it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        tree = _put_back(json.loads(str(arrays.pop(_STRUCTURE))), arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise PolicyError(f"{path}: expected a checkpoint of ant_policy.train: {str(error)[:200]}") from error
    assert isinstance(tree, dict)
    return tree


def _take_out(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, dict):
        return {key: _take_out(inner, f"{name}/{key}" if name else key, arrays) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_take_out(inner, f"{name}/{index}", arrays) for index, inner in enumerate(value)]
    return value


def _put_back(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"array"} and isinstance(value["array"], str):
            return arrays[value["array"]]
        return {key: _put_back(inner, arrays) for key, inner in value.items()}
    if isinstance(value, list):
        return [_put_back(inner, arrays) for inner in value]
    return value
