"""`.npz` files: a network as float32 arrays weight_0, bias_0, weight_1, … and nothing else.

A weight is (n_out, n_in), a bias (n_out,); the first layer takes the features. Features, activation and normalisation
are in the card.
"""

from collections.abc import Collection, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.lib import format as npy

from ant_policy.card.archive import open_archive, read_file, read_member
from ant_policy.errors import PolicyFileError
from ant_policy.policies.mlp import Float32, Layer


def save_npz(path: str | Path, layers: Sequence[Layer]) -> None:
    """Write a network.

    Args:
        path: the `.npz` to write.
        layers: from the features to the network's output; converted to float32.

    Raises:
        PolicyFileError: the layers are not finite or do not fit together.
    """
    arrays = {
        f"{part}_{index}": np.asarray(array, dtype=np.float32)
        for index, layer in enumerate(layers)
        for part, array in zip(("weight", "bias"), layer, strict=True)
    }
    _check_layers(arrays, str(path), len(layers[0].weight[0]), [len(layers[-1].bias)])
    with Path(path).open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_npz(path: str | Path, n_in: int, n_outs: Collection[int], inputs: str = "") -> tuple[Layer, ...]:
    """Read a network; nothing is unpickled.

    Args:
        path: the `.npz`.
        n_in: number of features on its card.
        n_outs: numbers of outputs that its card allows.
        inputs: what the features are, for an error message.

    Returns:
        The layers, from the features (n_in,) to the outputs.

    Raises:
        PolicyFileError: it cannot be read, is damaged or too large, has an array that is missing,
            unexpected, not float32 or not finite, or layers that do not fit together.
    """
    name = str(path)
    with open_archive(read_file(Path(path)), name) as archive:
        arrays = {member.removesuffix(".npy"): _read_array(archive, member, name) for member in archive.namelist()}
    return _check_layers(arrays, name, n_in, n_outs, inputs)


def _read_array(archive: ZipFile, member: str, name: str) -> Float32:
    content = read_member(archive, member, name)
    stream = BytesIO(content)
    try:
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype != np.float32:
            raise PolicyFileError(f"{name}: {member}: expected float32, found {dtype}")
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if size != len(content) - stream.tell():
            raise PolicyFileError(
                f"{name}: {member}: expected {size} bytes for shape {shape}, found {len(content) - stream.tell()}"
            )
        stream.seek(0)
        return np.asarray(npy.read_array(stream, allow_pickle=False), dtype=np.float32)
    except PolicyFileError:
        raise
    except Exception as error:  # numpy does not say what it raises for a damaged header.
        raise PolicyFileError(f"{name}: {member}: expected a numpy array: {str(error)[:200]}") from error


def _check_layers(
    arrays: dict[str, Float32], name: str, n_in: int, n_outs: Collection[int], inputs: str = ""
) -> tuple[Layer, ...]:
    count = max(len(arrays) // 2, 1)
    expected = [f"{part}_{index}" for index in range(count) for part in ("weight", "bias")]
    if set(arrays) != set(expected):
        raise PolicyFileError(
            f"{name}: expected the arrays {', '.join(expected)}, found {', '.join(arrays)[:200] or 'none'}"
        )
    layers = [Layer(arrays[f"weight_{index}"], arrays[f"bias_{index}"]) for index in range(count)]
    width = n_in
    for index, (weight, bias) in enumerate(layers):
        is_last = index == count - 1
        height = bias.size if not is_last or bias.size in n_outs else min(n_outs)
        for part, array, shape in (("weight", weight, (height, width)), ("bias", bias, (height,))):
            if array.shape != shape:
                terms = f" for {inputs}" if inputs and part == "weight" and not index else ""
                raise PolicyFileError(f"{name}: {part}_{index}: expected shape {shape}{terms}, found {array.shape}")
            if not np.isfinite(array).all():
                raise PolicyFileError(f"{name}: {part}_{index}: expected finite numbers")
        width = height
    return tuple(layers)
