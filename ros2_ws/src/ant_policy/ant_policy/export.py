"""Export a policy to a file that runs without torch: `python -m ant_policy.export sac --out exported/policy.onnx`.

An `.npz` holds the network's layers and needs numpy alone. An `.onnx` maps the observation to the action in [-1, 1],
for DQN to the values of the moves, and needs onnxruntime alone. The card is written beside the file.
"""

import argparse
import logging
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.observation.feature_registry import features_of
from ant_policy.optional import command
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.formats.onnx_file import ACTION, INPUT, VALUES
from ant_policy.policies.loading import CARD_NAME, NPZ, ONNX, SB3, load_policy
from ant_policy.policies.networks import NetworkPolicy, finish

TRIALS = 1000
"""Number of random observations on which an export is compared with its original."""


def export(policy: NetworkPolicy, path: Path) -> Card:
    """Write a policy as an `.npz` or `.onnx` and its card, which it returns; the folder is made.

    In the policy's own folder the card names the new file from then on.

    Raises:
        PolicyError: another format, or the folder has another policy's card.
        OSError: it cannot be written.
    """
    if path.suffix not in (NPZ, ONNX):
        raise PolicyError(f"--out: expected a file named .npz or .onnx, found '{path}'")
    card_path = path.parent / CARD_NAME
    before = Card.load(card_path) if card_path.exists() else None
    if (
        before is not None
        and before.policy.file != path.name
        and replace(before, action=policy.card.action) != policy.card
    ):
        raise PolicyError(f"{card_path} is another policy's card; name a file in another folder")
    zips = [name for name in policy.card.files if name.endswith(SB3) and (path.parent / name).exists()]
    part = replace(policy.card.policy, file=path.name, sb3_file=zips[0] if zips else None)
    card = replace(policy.card, policy=part)
    if path.suffix == ONNX:
        # Features, normalisation and tanh or clip are part of the model.
        output = "argmax" if card.action.moves is not None else "none" if part.output == "none" else "clip"
        card = replace(card, policy=replace(part, output=output))
        card = replace(card, observation=replace(card.observation, features=None, normalisation=None))
    model = _onnx_model(policy) if path.suffix == ONNX else None
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, card_path) as (new_file, new_card):
        if model is not None:
            new_file.write_bytes(model)
        else:
            save_npz(new_file, policy.network.layers)
        card.save(new_card)
    return card


def compare(policy: NetworkPolicy, path: Path) -> float:
    """Largest difference between the actions of a policy and its export, on random observations."""
    exported = load_policy(path)
    observations = np.random.default_rng(0).normal(0.0, 2.0, (TRIALS, policy.card.observation_size))
    return max(float(np.abs(policy.act(x) - exported.act(x)).max()) for x in observations)


def _onnx_model(policy: NetworkPolicy) -> bytes:
    # Imported here: loading and running an export does not need torch.
    import torch

    observation, normalisation = policy.card.observation, policy.card.observation.normalisation
    activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "identity": torch.nn.Identity}

    class Model(torch.nn.Module):
        """Features, normalisation, network and output."""

        def __init__(self) -> None:
            super().__init__()
            self.mean = torch.tensor(normalisation.mean if normalisation else (0.0,))
            self.std = torch.tensor(normalisation.std if normalisation else (1.0,))
            modules: list[torch.nn.Module] = []
            for weight, bias in policy.network.layers:
                layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
                layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
                modules += [layer, activations[policy.network.activation]()]
            self.network = torch.nn.Sequential(*modules[:-1])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = features_of(observation.features, x, torch)
            if normalisation is not None:
                x = (x - self.mean) / self.std
                if normalisation.clip is not None:
                    x = x.clamp(-normalisation.clip, normalisation.clip)
            outputs = self.network(x)
            if policy.card.action.moves is None:
                outputs = outputs[..., : policy.card.action_size]
            result: torch.Tensor = finish(policy.card.policy.output, outputs, torch)
            return result

    model = Model().eval()
    output = ACTION if policy.card.action.moves is None else VALUES
    # The exporter warns of packages that it does not need and of its own deprecations.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            model,
            (torch.zeros(1, policy.card.observation_size),),
            input_names=[INPUT],
            output_names=[output],
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    return content


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Export; exit code 0, or 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.export", description=__doc__.splitlines()[0])
    parser.add_argument(
        "policy", metavar="POLICY", help="shipped policy, or path of a folder, card.yaml or policy file"
    )
    parser.add_argument(
        "--out", "--onnx", type=Path, required=True, metavar="FILE", help="file to write, named .npz or .onnx"
    )
    arguments = parser.parse_args(argv)
    policy = load_policy(arguments.policy)
    if not isinstance(policy, NetworkPolicy):
        raise PolicyError(f"policy '{arguments.policy}' has no network to export")
    export(policy, arguments.out)
    difference = compare(policy, arguments.out)
    print(
        f"{arguments.out} and {CARD_NAME}: actions differ by {difference:.1e} at most on {TRIALS} random observations"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
