"""Zips of Stable-Baselines3 that were tampered with, and how they are refused."""

import io
import json
import zipfile

import pytest
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
