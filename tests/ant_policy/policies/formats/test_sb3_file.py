"""Zips that are damaged, or made to do harm."""

import base64
import builtins
import io
import pickle
import random
from pathlib import Path

import pytest
import torch
from sb3_zips import edited_data, refusal

from ant_policy.errors import PolicyFileError
from ant_policy.policies.formats.sb3_file import load_sb3


class Evil:
    """Unpickling this makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return builtins.open, (str(self.marker), "w")


def test_evil_pickle_in_the_text_is_never_loaded(sac_zip, rewritten, tmp_path):
    marker = tmp_path / "marker"
    payload = base64.b64encode(pickle.dumps(Evil(marker))).decode()

    def edit(data):
        for value in data.values():
            if isinstance(value, dict) and ":serialized:" in value:
                value[":serialized:"] = payload

    path = rewritten(sac_zip, edited_data(sac_zip, edit))
    load_sb3(path)
    assert not marker.exists()
    pickle.loads(base64.b64decode(payload)).close()
    assert marker.exists(), "the payload must be able to do harm"


def test_evil_pickle_as_weights_is_refused_and_never_loaded(sac_zip, rewritten, tmp_path):
    marker = tmp_path / "marker"
    buffer = io.BytesIO()
    torch.save({"actor.mu.weight": Evil(marker)}, buffer)
    for content in (buffer.getvalue(), pickle.dumps(Evil(marker))):
        message = refusal(rewritten(sac_zip, {"policy.pth": content}))
        assert "policy.pth" in message
        assert not marker.exists()
    torch.load(io.BytesIO(buffer.getvalue()), weights_only=False)
    assert marker.exists(), "the payload must be able to do harm"


def test_truncated_zip_is_refused(sac_zip, tmp_path):
    content = sac_zip.read_bytes()
    path = tmp_path / "short.zip"
    for part in (0, 1, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:part])
        assert "expected a zip archive" in refusal(path)


def test_damaged_zip_is_refused_or_read(sac_zip, tmp_path):
    content = sac_zip.read_bytes()
    path = tmp_path / "damaged.zip"
    rng = random.Random(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            load_sb3(path)
        except PolicyFileError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("member", ["data", "policy.pth"])
def test_missing_member_is_named(sac_zip, rewritten, member):
    assert f"expected a member '{member}'" in refusal(rewritten(sac_zip, {member: None}))


@pytest.mark.parametrize("text", [b"[1, 2]", b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b" " * 5_000_000])
def test_text_that_is_not_sb3s_is_refused(sac_zip, rewritten, text):
    assert "data" in refusal(rewritten(sac_zip, {"data": text}))


def test_missing_file_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.zip")
