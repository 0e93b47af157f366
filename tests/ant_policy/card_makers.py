"""Files of other tools, made for tests, and the command that makes cards of them."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ant_policy.card.__main__ import main
from ant_policy.card.card import Card

LEGS = ["hip_1", "knee_1", "hip_2", "knee_2"]


def save_onnx(path: Path, n_in: int, n_out: int, metadata: dict[str, str] | None = None, seed: int = 0) -> Path:
    """Save a linear network as ONNX."""
    weight = np.random.default_rng(seed).normal(size=(n_in, n_out)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "weight"], ["actions"])],
        "policy",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, n_in])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, [1, n_out])],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def made(file: Path, out: Path, *options: str, **settings: str) -> Card:
    """Run the command; returns the card, read back."""
    assert main(arguments(file, out, *options, **settings)) == 0
    return Card.load(out / "card.yaml")


def refusal(capsys, file: Path, out: Path, *options: str, **settings: str) -> str:
    """Run the command, which must refuse; returns its first line of errors."""
    before = sorted(out.rglob("*")) if out.exists() else None
    capsys.readouterr()
    assert main(arguments(file, out, *options, **settings)) == 2
    assert (sorted(out.rglob("*")) if out.exists() else None) == before, "nothing may be written"
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return printed.err.splitlines()[0]


def arguments(file: Path, out: Path, *options: str, **settings: str) -> list[str]:
    sets = [item for name, value in settings.items() for item in ("--set", f"{name.replace('__', '.')}={value}")]
    return [str(file), "--out", str(out), *options, *sets]
