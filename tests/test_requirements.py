"""The locks hold what pyproject.toml asks for, each set on top of the one before, and fit any index."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
SETS = ("run", "train", "check")
LOCKS = {name: (ROOT / "requirements" / f"{name}.lock").read_text() for name in SETS}
UNLOCKED = {"torch"}
"""Left out of the locks: its file, for CPU or CUDA, depends on the index."""
LEARNING = {"torch", "ray", "stable-baselines3", "evotorch", "pandas", "matplotlib", "plotly", "onnx"}


def versions(lines: list[str]) -> dict[str, str]:
    """Version by name."""
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(item.name): str(item.specifier) for item in requirements}


def locked(name: str) -> dict[str, str]:
    lines = [line.removesuffix("\\").strip() for line in LOCKS[name].splitlines() if re.match(r"[A-Za-z0-9]", line)]
    return versions(lines)


def test_each_lock_has_its_groups_packages_at_their_versions() -> None:
    installed: dict[str, str] = {}
    for name in SETS:
        asked = versions([line for line in GROUPS[name] if isinstance(line, str)])
        assert all(version.startswith("==") for version in asked.values())
        installed |= locked(name)
        found = {each: installed.get(each) for each in asked.keys() - UNLOCKED}
        expected = {each: version for each, version in asked.items() if each not in UNLOCKED}
        assert found == expected, f"requirements/{name}.lock is not that of pyproject.toml: make lock"


def test_no_package_has_two_versions() -> None:
    found: dict[str, str] = {}
    for name in SETS:
        for package, version in locked(name).items():
            assert found.setdefault(package, version) == version, package


def test_run_set_has_nothing_that_learns() -> None:
    assert not LEARNING & locked("run").keys()
    assert locked("train").keys() | UNLOCKED >= LEARNING


def test_every_package_of_a_lock_has_a_hash_and_none_an_address() -> None:
    for name, text in LOCKS.items():
        entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
        assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries), name
        assert "://" not in text
        assert not {"torch", "triton"} & locked(name).keys()
        assert not [each for each in locked(name) if each.startswith(("nvidia-", "cuda-"))]
