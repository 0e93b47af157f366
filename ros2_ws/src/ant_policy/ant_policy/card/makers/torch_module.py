"""A folder of a feed-forward torch module, such as EvoTorch's `GymNE.to_policy` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ant_policy.card.card import Card
from ant_policy.card.makers.folder import write_folder
from ant_policy.card.makers.gym_env import env_facts, plain_data
from ant_policy.card.makers.sb3_zip import draft_of_zip
from ant_policy.card.observation import Normalisation
from ant_policy.card.parts import Network
from ant_policy.errors import PolicyError
from ant_policy.policies.formats.sb3_data import Sb3Data, Sb3Policy
from ant_policy.policies.loading import load_policy
from ant_policy.policies.mlp import Layer

if TYPE_CHECKING:
    import torch

ACTIVATIONS = {"Tanh": "tanh", "ReLU": "relu", "Identity": "identity"}
MAX_DIFFERENCE = 1e-5
TRIALS = 100


def save_torch(
    module: torch.nn.Module,
    out: str | Path,
    env: str,
    algorithm: str = "pgpe",
    settings: Mapping[str, object] | None = None,
) -> Card:
    """Write a folder that needs no torch.

    Linear layers with one kind of activation, EvoTorch's observation normalisation, and its clipping of actions or a
    last tanh are known. The folder's actions are compared with the module's.

    Args:
        module: from observations (n_in,) to actions (n_out,).
        out: folder to write, without a card.yaml.
        env: id of the environment that it was trained on.
        algorithm: its name, for people.
        settings: fields of the card that the environment leaves open, plain data by dotted name.

    Returns:
        The card.

    Raises:
        OpenFieldsError: fields are open.
        PolicyError: a part of the module is not known, and nothing is written; or the folder acts differently.
        OSError: it cannot be written.
    """
    layers, activations, normalisation, bounds = _read(module)
    ends_in_tanh = len(activations) == len(layers) and activations[-1] == "tanh"
    hidden_kinds = set(activations[: len(layers) - 1])
    if len(hidden_kinds) > 1 or len(activations) - ends_in_tanh != len(layers) - 1:
        raise PolicyError(f"module: expected one activation after each hidden layer, found {', '.join(activations)}")
    hidden = tuple(len(layer.bias) for layer in layers[:-1])
    network = Network(hidden_kinds.pop() if hidden_kinds else "identity", hidden)
    n_in, n_out = len(layers[0].weight[0]), len(layers[-1].bias)
    facts = env_facts(env, n_in)
    low, high = bounds or facts.bounds or ((-1.0,) * n_out, (1.0,) * n_out)
    output = "tanh" if ends_in_tanh else "clip"
    data = Sb3Data(Sb3Policy(algorithm, "", network, output, ""), network.activation, hidden, n_in, n_out, low, high)
    if not data.has_unit_range:
        raise PolicyError(
            f"module: expected actions in [-1, 1], found {low} to {high}; rescale them in the environment"
        )
    given = dict(settings or {})
    draft = draft_of_zip(Path(type(module).__name__), data, facts, given)
    if normalisation is not None:
        draft.data["observation"]["normalisation"] = plain_data(asdict(normalisation))
    observations = np.random.default_rng(0).normal(size=(TRIALS, n_in)).astype(np.float32)
    expected = module(next(module.parameters()).new_tensor(observations)).detach().clamp(-1.0, 1.0).numpy()
    card = write_folder(draft, layers, Path(out), given)
    policy = load_policy(out)
    difference = max(float(np.abs(policy.act(x) - y).max()) for x, y in zip(observations, expected, strict=True))
    if difference > MAX_DIFFERENCE:
        raise PolicyError(f"{out}: acts differently from the module, by {difference:.1e}; please report this")
    return card


def _read(
    module: torch.nn.Module,
) -> tuple[list[Layer], list[str], Normalisation | None, tuple[tuple[float, ...], tuple[float, ...]] | None]:
    """Layers, activations, normalisation, and least and greatest action of the parts, in the order of their use."""
    layers: list[Layer] = []
    activations: list[str] = []
    normalisation, bounds = None, None
    for part in module.modules():
        kind, buffers = type(part).__name__, dict(part.named_buffers(recurse=False))
        parameters = dict(part.named_parameters(recurse=False))
        if kind == "Linear":
            weight = parameters["weight"].detach().numpy()
            bias = parameters["bias"].detach().numpy() if "bias" in parameters else np.zeros(len(weight), np.float32)
            layers.append(Layer(weight, bias))
        elif kind in ACTIVATIONS:
            activations.append(ACTIVATIONS[kind])
        elif {"_mean", "_stdev"} <= set(buffers):
            mean, std = (tuple(buffers[name].tolist()) for name in ("_mean", "_stdev"))
            normalisation = Normalisation(mean, std, None)
        elif {"_low", "_high"} <= set(buffers):
            bounds = (tuple(buffers["_low"].tolist()), tuple(buffers["_high"].tolist()))
        elif parameters or buffers or not list(part.children()):
            known = ", ".join(["Linear", *ACTIVATIONS])
            raise PolicyError(f"module: {kind} is not known; expected {known}, normalisation or clipping of EvoTorch")
    if not layers:
        raise PolicyError("module: expected at least one Linear layer, found none")
    return layers, activations, normalisation, bounds
