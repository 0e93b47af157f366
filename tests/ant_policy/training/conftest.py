"""Tiny runs that tests share."""

import shutil
from functools import cache

import pytest
from tiny_runs import run


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Folder of an algorithm's finished run of seed 3, to be read only: it is trained once."""

    @cache
    def folder(algorithm):
        out = tmp_path_factory.mktemp(algorithm) / "run"
        assert run(algorithm, out, "--seed", "3") == 0
        return out

    return folder


@pytest.fixture
def copy_finished(finished, tmp_path):
    """Copy an algorithm's finished run into the test's folder."""
    return lambda algorithm: shutil.copytree(finished(algorithm), tmp_path, dirs_exist_ok=True)
