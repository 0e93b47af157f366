"""Checks of the containers without Docker: their files agree with one another and with docs/docker.md."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker" / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]


def test_base_image_is_the_same_everywhere() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    images = [re.findall(r"ros:jazzy-ros-base@sha256:[0-9a-f]{64}\b", text) for text in (DOCKERFILE, COMPOSE, workflow)]
    assert len(images[0]) == 1
    assert images == [images[0]] * 3


def test_every_stage_that_runs_is_of_a_user_without_privileges() -> None:
    stages = re.split(r"^FROM .* AS ", DOCKERFILE, flags=re.MULTILINE)[1:]
    last_user = {stage.split()[0]: re.findall(r"^USER (\S+)", stage, flags=re.MULTILINE)[-1:] for stage in stages}
    for name, service in SERVICES.items():
        assert last_user[service["build"]["target"]] == ["1000:1000"], name
        assert service["user"] == "${ANT_USER:-1000:1000}", name


def test_every_variable_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "docker.md").read_text()
    variables = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE))
    assert {name for name in variables if f"`{name}`" not in text} == {"DISPLAY"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_in_the_documentation_and_says_whether_it_is_well(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "docker.md").read_text()
    if name not in {"rviz", "training", "training-gpu"}:  # a window is seen, and a training ends
        assert SERVICES[name]["healthcheck"]["test"]


def test_every_script_that_an_image_runs_is_there() -> None:
    scripts = set(re.findall(r"docker/\w+\.(?:sh|py)", DOCKERFILE + COMPOSE))
    assert scripts == {f"docker/{path.name}" for path in (ROOT / "docker").iterdir() if path.suffix in {".sh", ".py"}}
