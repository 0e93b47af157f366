"""Stable-Baselines3 `.zip` files (SAC or DQN), read without unpickling."""

from io import BytesIO
from pathlib import Path

import numpy as np

from ant_policy.card.archive import MAX_BYTES, open_archive, read_file, read_member
from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.sb3_data import Sb3Data, read_sb3_data
from ant_policy.policies.mlp import Float32, Layer

MAX_TORCH_MEMBERS = 1024


def load_sb3(path: str | Path, n_in: int, n_action: int) -> tuple[Sb3Data, tuple[Layer, ...]]:
    """Read an SB3 policy.

    Args:
        path: the `.zip` that `SAC.save` or `DQN.save` made.
        n_in: number of features on its card.
        n_action: number of actions on it.

    Returns:
        Algorithm and shape of its network, and its layers from the features (n_in,) to SAC's mean and logarithm of the
        standard deviation (2 * n_action,), or to DQN's values of the moves (n_moves,).

    Raises:
        PolicyFileError: it cannot be read, is damaged or too large, is of another algorithm or kind of network, has
            other sizes than the card's, or weights that are not finite.
    """
    name = str(path)
    with open_archive(read_file(Path(path)), name) as archive:
        data = read_sb3_data(read_member(archive, "data", name), name, n_in, n_action)
        weights = read_member(archive, "policy.pth", name)
    names = data.policy.layers(len(data.hidden))
    widths = (n_in, *data.hidden)
    n_heads = len(names) - len(data.hidden)
    shapes = [*zip(data.hidden, widths, strict=False), *[(data.n_out, widths[-1])] * n_heads]
    arrays = _read_arrays(weights, f"{name}: member 'policy.pth'", dict(zip(names, shapes, strict=True)))
    layers = [Layer(arrays[f"{layer}.weight"], arrays[f"{layer}.bias"]) for layer in names]
    hidden, last = layers[: len(data.hidden)], layers[len(data.hidden) :]
    joined = Layer(*(np.concatenate(parts) for parts in zip(*last, strict=True)))
    return data, (*hidden, joined)


def _read_arrays(content: bytes, name: str, shapes: dict[str, tuple[int, int]]) -> dict[str, Float32]:
    """Read the layers with these names and weight shapes; refuse others of the same network."""
    # Imported here: only a zip needs it, and it is slow to import.
    try:
        import torch
    except ModuleNotFoundError as error:
        raise PolicyFileError(
            f"{name}: reading an SB3 zip needs torch, which is not installed (make setup SET=train); where it is, "
            "`python -m ant_policy.export ZIP --out policy.npz` makes a policy that needs none"
        ) from error

    size = 4 * sum(rows * (columns + 1) for rows, columns in shapes.values())
    if size > MAX_BYTES:
        raise PolicyFileError(f"{name}: expected a network of at most {MAX_BYTES} bytes, found {size}")
    open_archive(content, name, MAX_TORCH_MEMBERS).close()
    try:
        state = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch does not say what it raises for damage or a refused pickle.
        raise PolicyFileError(
            f"{name}: expected tensors only, found what torch refuses ({type(error).__name__})"
        ) from error
    expected = {f"{layer}.weight": shape for layer, shape in shapes.items()} | {
        f"{layer}.bias": shape[:1] for layer, shape in shapes.items()
    }
    if not isinstance(state, dict):
        raise PolicyFileError(f"{name}: expected a dict of tensors, found {type(state).__name__}")
    network = next(iter(expected)).partition(".")[0]
    found = [key for key in state if isinstance(key, str) and key.startswith(f"{network}.")]
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
