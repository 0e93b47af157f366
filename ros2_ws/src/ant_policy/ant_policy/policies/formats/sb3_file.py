"""Stable-Baselines3 `.zip` files (SAC, DQN, PPO or TD3), read without unpickling."""

import math
from io import BytesIO
from pathlib import Path

import numpy as np

from ant_policy.card.archive import MAX_BYTES, open_archive, read_file, read_member
from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.sb3_data import Sb3Data, read_sb3_data
from ant_policy.policies.mlp import Float32, Layer

MAX_TORCH_MEMBERS = 1024


def load_sb3(path: str | Path) -> tuple[Sb3Data, tuple[Layer, ...]]:
    """Read an SB3 policy.

    Args:
        path: the `.zip` that SB3's `save` made.

    Returns:
        Algorithm, network and spaces, and the layers from the features (n_in,) to the outputs: values of the moves
        (n_out,), or an action (n_out,) scaled to [-1, 1] from the environment's range; of SAC and PPO followed by the
        logarithm of its standard deviation (n_out,).

    Raises:
        PolicyFileError: it cannot be read, is damaged or too large, is of another algorithm or kind of network, has
            weights that are not finite or do not fit.
    """
    name = str(path)
    with open_archive(read_file(Path(path)), name) as archive:
        data = read_sb3_data(read_member(archive, "data", name), name)
        weights = read_member(archive, "policy.pth", name)
    names = data.policy.layers(len(data.hidden))
    widths = (data.n_in, *data.hidden)
    n_heads = len(names) - len(data.hidden)
    shapes = [*zip(data.hidden, widths, strict=False), *[(data.n_out, widths[-1])] * n_heads]
    expected: dict[str, tuple[int, ...]] = {}
    for layer, shape in zip(names, shapes, strict=True):
        expected |= {f"{layer}.weight": shape, f"{layer}.bias": shape[:1]}
    log_std = data.policy.log_std if data.low is not None else None
    if log_std is not None:
        expected[log_std] = (data.n_out,)
    arrays = _read_arrays(weights, f"{name}: member 'policy.pth'", expected, data.policy.others)
    layers = [Layer(arrays[f"{layer}.weight"], arrays[f"{layer}.bias"]) for layer in names]
    hidden, last = layers[: len(data.hidden)], layers[len(data.hidden) :]
    if log_std is not None:
        last = _unit_range(data, last[0], arrays[log_std])
    joined = Layer(*(np.concatenate(parts) for parts in zip(*last, strict=True)))
    return data, (*hidden, joined)


def refuse_statistics(path: Path) -> None:
    """Refuse a zip beside which SB3's VecNormalize left its statistics, as RL Zoo does: the zip has none of them.

    Raises:
        PolicyFileError: there is such a file, a pickle, which is never read.
    """
    names = (f"{folder}*vec*normalize*.pkl" for folder in ("", "*/"))
    found = next((file for name in names for file in sorted(path.parent.glob(name))), None)
    if found is not None:
        raise PolicyFileError(
            f"{path}: was trained on observations normalised by {found}, a pickle, which is never read; in Python, "
            "ant_policy.card.makers.sb3_model.save_sb3(model, vec_normalize, FOLDER) makes a folder of both; "
            "a file that normalises rewards alone may be moved away"
        )


def _unit_range(data: Sb3Data, mean: Layer, log_std: Float32) -> list[Layer]:
    """Scale a Gaussian from the environment's range of actions to [-1, 1]; its deviation becomes a layer."""
    low, high = np.array(data.low), np.array(data.high)
    half, middle = (high - low) / 2.0, (high + low) / 2.0
    weight, bias = mean.weight / half[:, None], (mean.bias - middle) / half
    parts = ((weight, bias), (np.zeros_like(weight), log_std - np.log(half)))
    return [Layer(*(array.astype(np.float32) for array in part)) for part in parts]


def _read_arrays(
    content: bytes, name: str, expected: dict[str, tuple[int, ...]], others: tuple[str, ...]
) -> dict[str, Float32]:
    """Read the tensors with these names and shapes; refuse further ones, but those whose names begin as `others`."""
    # Imported here: only a zip needs it, and it is slow to import.
    try:
        import torch
    except ModuleNotFoundError as error:
        raise PolicyFileError(
            f"{name}: reading an SB3 zip needs torch, which is not installed (make setup SET=train); where it is, "
            "`python -m ant_policy.export ZIP --out policy.npz` makes a policy that needs none"
        ) from error

    size = 4 * sum(math.prod(shape) for shape in expected.values())
    if size > MAX_BYTES:
        raise PolicyFileError(f"{name}: expected a network of at most {MAX_BYTES} bytes, found {size}")
    open_archive(content, name, MAX_TORCH_MEMBERS).close()
    try:
        state = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch does not say what it raises for damage or a refused pickle.
        raise PolicyFileError(
            f"{name}: expected tensors only, found what torch refuses ({type(error).__name__})"
        ) from error
    if not isinstance(state, dict):
        raise PolicyFileError(f"{name}: expected a dict of tensors, found {type(state).__name__}")
    found = [str(key) for key in state if not str(key).startswith(others)]
    if set(found) != set(expected):
        odd = sorted(set(found) ^ set(expected))
        raise PolicyFileError(
            f"{name}: expected the tensors {', '.join(expected)}; missing or unexpected: {', '.join(odd)[:200]}"
        )
    arrays = {}
    for key, shape in expected.items():
        tensor = state[key]
        if not isinstance(tensor, torch.Tensor) or tensor.dtype != torch.float32:
            raise PolicyFileError(f"{name}: {key}: expected a float32 tensor")
        if tuple(tensor.shape) != shape:
            raise PolicyFileError(f"{name}: {key}: expected shape {shape}, found {tuple(tensor.shape)}")
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise PolicyFileError(f"{name}: {key}: expected a dense tensor in memory")
        arrays[key] = np.array(tensor.detach().numpy(), dtype=np.float32)
        if not np.isfinite(arrays[key]).all():
            raise PolicyFileError(f"{name}: {key}: expected finite numbers")
    return arrays
