"""The interface reference says what the code declares."""

from dataclasses import fields
from pathlib import Path

import pytest

from ant_bringup.web.config import WebConfig
from ant_policy.config import PolicyConfig
from ant_sim.config import SimConfig

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize(
    ("config", "document"), [(SimConfig, "interface.md"), (PolicyConfig, "interface.md"), (WebConfig, "web.md")]
)
def test_every_parameter_is_described_as_it_is_declared(config: type, document: str) -> None:
    reference = (DOCS / document).read_text()
    for parameter in fields(config):
        rows = [line for line in reference.splitlines() if line.startswith(f"| `{parameter.name}` |")]
        texts = [row for row in rows if parameter.metadata["description"] in row]
        assert texts, f"{parameter.name}: {parameter.metadata['description']}"
        default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert any(f"`{shown}`" in row for row in texts) or shown == ""
