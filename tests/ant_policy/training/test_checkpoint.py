import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from ant_policy import PolicyError
from ant_policy.atomic import replacing
from ant_policy.training.checkpoint import load_checkpoint, save_checkpoint
from ant_policy.training.off_policy.state import generator_states, set_generator_states


def test_tree_comes_back_as_it_was(tmp_path):
    tree = {
        "array": np.arange(6.0).reshape(2, 3),
        "nested": {"tensor": torch.ones(2, dtype=torch.float32), "list": [1, np.array(2.5), None], "text": "a/b"},
        "big": 2**100,
        "flag": True,
    }
    save_checkpoint(tmp_path / "c.npz", tree)
    back = load_checkpoint(tmp_path / "c.npz")
    np.testing.assert_array_equal(back["array"], tree["array"])
    np.testing.assert_array_equal(back["nested"]["tensor"], np.ones(2, np.float32))
    assert back["nested"]["tensor"].dtype == np.float32
    assert back["nested"]["list"] == [1, 2.5, None]
    assert (back["nested"]["text"], back["big"], back["flag"]) == ("a/b", 2**100, True)


def test_checkpoint_is_no_pickle(tmp_path):
    with pytest.raises(TypeError):
        save_checkpoint(tmp_path / "c.npz", {"object": object()})
    with pytest.raises(ValueError, match="pickle"):
        save_checkpoint(tmp_path / "c.npz", {"objects": np.array([object()])})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive at all"])
def test_damaged_checkpoint_is_named(content, tmp_path):
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(PolicyError, match=r"c\.npz: expected a checkpoint"):
        load_checkpoint(tmp_path / "c.npz")


def test_full_disk_leaves_the_previous_checkpoint_good(tmp_path):
    """In a process of its own, as the limit on the size of files would hold for the test run's output too."""
    path = tmp_path / "c.npz"
    save_checkpoint(path, {"a": np.zeros(10)})
    program = (
        "import resource, sys, pathlib, numpy; from ant_policy.training.checkpoint import save_checkpoint; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, -1)); "
        "save_checkpoint(pathlib.Path(sys.argv[1]), {'a': numpy.zeros(10_000)})"
    )
    # A measurement of coverage would write files too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", program, path]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode
    assert f"File too large: '{path}'" in result.stderr.splitlines()[-1]
    np.testing.assert_array_equal(load_checkpoint(path)["a"], np.zeros(10))
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.npz"]


def test_files_that_belong_together_are_replaced_together(tmp_path):
    first, second = tmp_path / "one", tmp_path / "two"
    first.write_text("old")
    second.write_text("old")
    with pytest.raises(FileNotFoundError, match="two"), replacing(first, second) as (new_first, _):
        new_first.write_text("new")
    assert (first.read_text(), second.read_text()) == ("old", "old")
    with replacing(first, second) as (new_first, new_second):
        new_first.write_text("new")
        new_second.write_text("new")
        assert first.read_text() == "old"
    assert (first.read_text(), second.read_text()) == ("new", "new")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["one", "two"]


def test_generators_go_on_from_their_states(tmp_path):
    import random

    def draw():
        return random.random(), np.random.rand(), float(torch.rand(1)), random.gauss(), np.random.randn()

    draw()
    save_checkpoint(tmp_path / "c.npz", generator_states())
    expected = draw()
    draw()
    set_generator_states(load_checkpoint(tmp_path / "c.npz"))
    assert draw() == expected
