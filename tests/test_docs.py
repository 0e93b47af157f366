"""Quoted messages, topics, pictures, Python blocks and links of the documentation exist."""

import ast
import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ant_policy.card.action import INTERFACES
from ant_policy.card.card import read_card
from ant_policy.card.fields import Field
from ant_policy.card.safe_yaml import load_yaml
from ant_policy.evaluation.learning_curves import compare_runs

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "ros2_ws" / "src"
STOPS = {"error", "warning", "_stop", "stop", "_latch", "latch"}
"""Methods that take a message for people: those of the logger, and those that stop the robot."""


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield all string literals, with `…` for each interpolated value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield text_of(node)


def text_of(node: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)


def trees() -> list[ast.AST]:
    paths = [path for path in SOURCES.rglob("*.py") if "assets" not in path.parts]
    return [ast.parse(path.read_text()) for path in [*paths, ROOT / "tests" / "integration" / "conftest.py"]]


def quoted() -> list[str]:
    """Return the messages of the troubleshooting page, which are the first line of each item."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("- `")]
    return [message for line in lines for message in re.findall(r"`([^`]+)`", line)]


def matches(message: str, source: str) -> bool:
    """Return true if the fixed parts of a message appear in the source, in order."""
    return re.search(".*".join(map(re.escape, filter(None, message.split("…")))), source, re.DOTALL) is not None


@pytest.fixture(scope="module")
def sources() -> list[str]:
    return [text for tree in trees() for text in texts(tree)] + (ROOT / "Makefile").read_text().splitlines()


@pytest.mark.parametrize("message", quoted())
def test_quoted_message_is_one_of_the_sources(message: str, sources: list[str]) -> None:
    assert any(matches(message, source) for source in sources)


def reasons(tree: ast.AST) -> Iterator[str]:
    """Yield literal messages passed to the logger or to a method that stops the robot."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="parser"))):
                pass
            case ast.Call(func=ast.Attribute(attr=method), args=[ast.JoinedStr() as text, *_]) if method in STOPS:
                yield text_of(text)
            case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(text)), *_]) if method in STOPS:
                yield text


def test_every_reason_for_a_stop_is_explained() -> None:
    found = [reason for tree in trees() for reason in reasons(tree) if " " in reason]
    assert len(found) > 10
    page = quoted()
    unexplained = [reason for reason in found if not any(matches(message, reason) for message in page)]
    assert not unexplained


@pytest.mark.parametrize("interface", INTERFACES)
def test_commands_of_every_interface_have_the_drivers_as_readers(interface: str) -> None:
    page = (ROOT / "docs" / "interface.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{interface}_controller/commands`")]
    assert "| `policy_node` | `sim_node`, `fake_driver`† |" in row


@pytest.mark.parametrize(("node", "enclave"), [("sim_node", "driver"), ("policy_node", "policy")])
def test_sros2_policy_allows_the_topics_of_the_interface(node: str, enclave: str) -> None:
    page = (ROOT / "docs" / "interface.md").read_text().partition("<!-- topics: end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")]
    policy = ElementTree.parse(ROOT / "docs" / "sros2_policy.xml")
    for column, access in ((2, "publish"), (3, "subscribe")):
        topics = {row[0].strip("`") for row in rows if f"`{node}`" in row[column]}
        path = f".//enclave[@path='/ant/{enclave}']//topics[@{access}='ALLOW']/topic"
        of_every_node = {"/rosout", "/parameter_events", "~/transition_event"}
        assert topics == {topic.text for topic in policy.findall(path)} - of_every_node


@pytest.mark.parametrize("name", ["sac", "dqn", "pgpe"])
def test_learning_curve_shown_is_that_of_the_shipped_policy(name: str) -> None:
    shown, shipped = ROOT / "docs" / "images" / f"{name}_curve.png", ROOT / "assets" / "policies" / name / "curve.png"
    assert shown.read_bytes() == shipped.read_bytes(), f"cp {shipped.relative_to(ROOT)} {shown.relative_to(ROOT)}"


@pytest.mark.parametrize("name", ["sac", "dqn", "pgpe"])
def test_returns_and_commands_shown_are_those_of_the_shipped_policy(name: str) -> None:
    card = load_yaml(ROOT / "assets" / "policies" / name / "card.yaml")
    returns, training = card["returns"], card["training"]
    shown = f"| {returns['mean']:,.0f} ± {returns['std']:,.0f} | {returns['falls']} |"
    command = f"`{name} --preset {training['preset']} --seed {training['seed']}`"
    row = f"| `{name}` {shown} {command} | {training['seconds']:,} s |"
    assert row in (ROOT / "docs" / "results.md").read_text()


def test_table_of_runs_is_that_of_their_folders(tmp_path: Path) -> None:
    table = compare_runs(sorted((ROOT / "docs" / "runs").iterdir()), tmp_path / "curves.png")
    names, seeds, returns, _, falls, to_goal, total = (list(column.cells) for column in table.columns)
    page = (ROOT / "docs" / "results.md").read_text()
    for row in zip(names, seeds, returns, falls, to_goal, total, strict=True):
        name, n_seeds, mean, n_falls, seconds, in_all = map(str, row)
        shown = f"| `{name}`, {n_seeds} | {mean} | {n_falls} in {int(n_seeds) * 100} | {seconds} | {in_all} |"
        assert shown in page
    assert len(re.findall(r"^\| `\w+ \w+`, \d+ \|", page, re.MULTILINE)) == len(names)


def test_limit_in_the_first_power_on_is_that_of_the_shipped_policy() -> None:
    tilt = load_yaml(ROOT / "assets" / "policies" / "sac" / "card.yaml")["envelope"]["tilt"]
    for page in ("docs/real_robot.md", "ros2_ws/src/ant_bringup/config/real_robot.yaml"):
        assert f"tilts to {math.degrees(tilt):.0f} degrees" in (ROOT / page).read_text()


def test_first_page_links_to_all_others() -> None:
    linked = re.findall(r"\]\((\w+\.md)\)", (ROOT / "docs" / "index.md").read_text())
    assert {"index.md", *linked} == {path.name for path in (ROOT / "docs").glob("*.md")}


def test_pages_and_modules_are_as_short_as_promised() -> None:
    words = " ".join(path.read_text().replace("|", "") for path in (ROOT / "docs").glob("*.md")).split()
    assert len(words) < 9_000
    long = {path.name: n for path in SOURCES.rglob("*.py") if (n := len(path.read_text().splitlines())) > 250}
    assert not long


def test_make_walk_resets_a_fallen_robot() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "walk"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert '--robot "quadruped" --policy "walk"' in shown
    assert '--task "walk"' in shown


def test_readme_shows_the_return_of_the_shipped_policy() -> None:
    returns = load_yaml(ROOT / "assets" / "policies" / "sac" / "card.yaml")["returns"]
    assert returns["falls"] == 1
    assert f"returns {returns['mean']:,.0f} of at most 10,000 and falls once in" in (ROOT / "README.md").read_text()


def test_errors_of_the_walk_shown_are_those_of_the_shipped_policy() -> None:
    errors = load_yaml(ROOT / "assets" / "policies" / "walk" / "card.yaml")["training"]["evaluation"]
    text = " ".join((ROOT / "docs" / "results.md").read_text().split())
    assert f"{errors['linear_error']:.3f} m/s and {errors['yaw_error']:.3f} rad/s and no fall in 100 episodes" in text
    assert (errors["falls"], errors["episodes"]) == (0, 100)


@pytest.mark.parametrize("page", ["README.md", "docs/training.md"])
def test_python_runs_as_printed(page: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {"observation": [0.0] * 27})


def test_card_of_the_documentation_is_valid() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "card.md").read_text(), re.DOTALL)
    card = read_card(Field(load_yaml(Path("docs/card.md"), text), "", "docs/card.md"))
    assert card.sources == ("imu", "cmd_vel")
    assert card.observation_size == 3 + 3 + 3 * 2 + 2 + 2 + 3


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(links) > 10
    for link in links:
        path, _, anchor = link.partition("#")
        if not path.startswith("http"):
            assert (ROOT / path).is_file(), f"README.md links to {path}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in slugs, f"README.md links to {link}; {path} has {', '.join(slugs)}"
