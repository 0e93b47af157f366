"""Checkpoints: nested dictionaries of arrays and plain values in one `.npz` file, without pickles.

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
"""Dictionaries, lists, arrays, tensors and JSON values. Tensors come back as arrays, keys as text."""

_STRUCTURE = "structure"


def save_checkpoint(path: Path, tree: Tree) -> None:
    """Write a tree, replacing the file atomically.

    Raises:
        OSError: if it cannot be written; the file is then unchanged.
        TypeError: if the tree holds anything else.
    """
    arrays: dict[str, NDArray[Any]] = {}
    structure = np.array(json.dumps(_extract(tree, "", arrays)))
    with replacing(path) as (new,):
        np.savez(new, allow_pickle=False, **{_STRUCTURE: structure}, **arrays)


def load_checkpoint(path: Path) -> Tree:
    """Read a checkpoint, which is untrusted input.

    Raises:
        PolicyError: if the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        tree: Tree = json.loads(str(arrays.pop(_STRUCTURE)), object_hook=lambda value: _insert(value, arrays))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise PolicyError(f"{path}: expected a checkpoint of ant_policy.train: {str(error)[:200]}") from error
    return tree


def _extract(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, dict):
        return {key: _extract(inner, f"{name}/{key}" if name else key, arrays) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_extract(inner, f"{name}/{index}", arrays) for index, inner in enumerate(value)]
    return value


def _insert(value: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Any:
    return arrays[value["array"]] if value.keys() == {"array"} and isinstance(value["array"], str) else value
