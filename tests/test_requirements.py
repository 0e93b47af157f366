"""The lock holds what requirements.txt asks for, and can be installed from any index."""

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
UNLOCKED = {"torch"}
"""Which of its files is right, for CPU or CUDA, depends on the index that is asked."""


def pinned(text: str) -> dict[str, str]:
    """Version by name."""
    lines = [line.removesuffix("\\").strip() for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(item.name): str(item.specifier) for item in requirements}


def test_lock_has_every_direct_dependency_at_its_version() -> None:
    asked = pinned((ROOT / "requirements.txt").read_text())
    locked = pinned(LOCK)
    assert {name: locked.get(name) for name in asked if name not in UNLOCKED} == {
        name: version for name, version in asked.items() if name not in UNLOCKED
    }, "requirements.lock is not that of requirements.txt: make lock"


def test_every_package_of_the_lock_has_a_hash_and_none_an_address() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK)[1:]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
    assert "://" not in LOCK
    assert not {"torch", "triton"} & pinned(LOCK).keys()
    assert not [name for name in pinned(LOCK) if name.startswith(("nvidia-", "cuda-"))]
