"""Zips of Stable-Baselines3: tampered with, and as others load them."""

import io
import json
import sys
import zipfile
from importlib import import_module

import pytest
import stable_baselines3
import torch

from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.sb3_file import load_sb3


def refusal(path) -> str:
    with pytest.raises(PolicyFileError) as refused:
        load_sb3(path)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def edited_data(path, edit) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("data"))
    edit(data)
    return {"data": json.dumps(data).encode()}


def edited_weights(path, edit) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        state = torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    state = edit(state) or state
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return {"policy.pth": buffer.getvalue()}


def load_by_sb3_alone(algorithm, path):
    """Load a zip as others do, who have Stable-Baselines3 and none of these packages."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(sys.modules):
            if name.partition(".")[0] in ("ant_policy", "ant_sim"):
                patch.setitem(sys.modules, name, None)
        with pytest.raises(ImportError):
            import_module("ant_policy")
        getattr(stable_baselines3, algorithm.upper()).load(path, device="cpu")
