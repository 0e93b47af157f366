"""The interface reference says what the code declares."""

from dataclasses import fields
from pathlib import Path

import pytest

from ant_policy.config import PolicyConfig
from ant_sim.config import SimConfig

REFERENCE = (Path(__file__).parent.parent / "docs" / "interface.md").read_text()


@pytest.mark.parametrize("config", [SimConfig, PolicyConfig])
def test_every_parameter_is_described_as_it_is_declared(config: type) -> None:
    for parameter in fields(config):
        rows = [line for line in REFERENCE.splitlines() if line.startswith(f"| `{parameter.name}` |")]
        texts = [row for row in rows if parameter.metadata["description"] in row]
        assert texts, f"{parameter.name}: {parameter.metadata['description']}"
        default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert any(f"`{shown}`" in row for row in texts) or shown == ""
