"""The report: complete, self-contained, readable, and without ROS."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ant_bringup.bag_report import main
from ant_bringup.bags.episodes import episodes
from ant_bringup.bags.reader import read_bag
from ant_bringup.bags.report.figures import figures
from ant_bringup.bags.report.summary import summarise
from ant_policy import default_card

WITHOUT_ROS = """
import sys
class NoRos:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("rclpy", "std_msgs", "sensor_msgs", "nav_msgs", "launch"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, NoRos())
from ant_bringup.bag_report import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def written(two_episodes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of `two_episodes`, made in a process that cannot import ROS."""
    folder = tmp_path_factory.mktemp("report")
    bag = two_episodes.write(folder / "first")
    command = [sys.executable, "-c", WITHOUT_ROS, str(bag), "--out", str(folder / "out")]
    run = subprocess.run(
        [*command, "--episodes", str(folder / "episodes.npz")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "index.html" in run.stdout
    return folder


def test_summary_has_the_environments_numbers(written: Path, two_episodes) -> None:
    summary = json.loads((written / "out" / "summary.json").read_text())
    assert summary["notes"] == []
    for episode, rollout in zip(summary["episodes"], two_episodes.rollouts, strict=True):
        assert episode["return"] == episode["reported_return"] == sum(rollout.rewards)
        assert episode["steps"] == len(rollout.actions)
    assert summary["latency_ms"]["p50"] == pytest.approx(2.0)
    assert summary["period_ms"]["joint_states"]["by_stamps"]["std"] == pytest.approx(0.0)
    assert summary["gaps_s"]["joint_states"] == []
    assert summary["messages"]["/joint_commands"] == 50


def test_page_opens_with_a_summary(new_run, message_tools, tmp_path: Path) -> None:
    run = new_run().simulate([30])
    status = message_tools.status
    run.say("/diagnostics", status(run.stamp_ns, "/policy_node: policy", policy="sac"))
    run.say("/diagnostics", status(run.stamp_ns, "/sim_node: control loop", seed=7))
    run.say("/diagnostics", status(run.stamp_ns, "/policy_node: policy", level=1, text="e_stop", policy="sac"))
    assert main([str(run.write(tmp_path / "bag")), "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    table = page[: page.index("</table>")]
    rows = dict(re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", table))
    assert (rows["policy"], rows["seed"], rows["duration"]) == ("sac", "7", "1.6 s")
    assert rows["episodes"] == "1, 30 control steps in all"
    assert re.fullmatch(r"\d+, the best \d\.\d\d m high at \d\.\d\d s|0", rows["jumps"])
    assert rows["stops"] == "1; /policy_node: policy: e_stop"


def test_page_needs_no_network(written: Path) -> None:
    page = (written / "out" / "index.html").read_text()
    assert page.count("Plotly.newPlot(") == 5
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"https?://", outside_scripts)
    assert not re.search(r"<script[^>]*src=", page)


def test_every_axis_has_a_unit_and_every_curve_words_and_a_colour(bag_folder: Path) -> None:
    bag, card = read_bag(bag_folder), default_card("sac")
    for figure in figures(bag, list(episodes(bag)), card):
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert re.search(r"\[(s|ms|m|N m|1)\]$", axis.title.text), axis.title.text
        assert all(trace.name for trace in figure.data)
        assert len({trace.line.color for trace in figure.data}) == len(figure.data)


def test_episodes_file_gives_the_arrays_end_to_end(written: Path, two_episodes) -> None:
    with np.load(written / "episodes.npz", allow_pickle=False) as data:
        assert data["lengths"].tolist() == [30, 20]
        assert np.array_equal(data["observations"], np.concatenate([r.observations for r in two_episodes.rollouts]))
        assert np.array_equal(data["actions"], np.concatenate([r.actions for r in two_episodes.rollouts]))
        assert np.flatnonzero(data["truncations"]).tolist() == [29, 49]
        assert not data["terminations"].any()


def test_difference_from_the_simulators_return_is_noted(bag_folder: Path) -> None:
    bag = read_bag(bag_folder)
    height = bag.measurements["odom"][5].sample
    object.__setattr__(height, "height", height.height + 1.0)
    summary = summarise(bag, list(episodes(bag)), default_card("sac"))
    assert len(summary["notes"]) == 1
    assert summary["notes"][0].startswith("episode 1: return ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "'nowhere' does not exist"),
        (["BAG", "--policy", "sax"], "policy 'sax' is unknown"),
        (["BAG", "--namespace", "ant2"], "no joint_states in namespace 'ant2'"),
    ],
)
def test_what_cannot_be_reported_is_one_line(
    arguments: list[str], words: str, bag_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(bag_folder) if each == "BAG" else each for each in arguments]
    assert main([*given, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bag_without_a_control_step_is_one_line(new_run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag = new_run().simulate([0], report=False).write(tmp_path / "still")
    assert main([str(bag), "--out", str(tmp_path / "out")]) == 2
    assert "has no control step" in capsys.readouterr().err


def with_joints(run, message_tools, **changes):
    """The run with other joint_states; `changes` are functions of a message, by field."""
    for k, each in enumerate(run.messages):
        if each.topic == "/joint_states":
            run.messages[k] = message_tools.changed(each, **changes)
    return run


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"position": lambda m: m.position[:0]}, "0 entries in 'position' for 8 names; expected one each (101 of 101"),
        ({"velocity": lambda m: m.velocity[:3]}, "3 entries in 'velocity' for 8 names; expected one each (101 of 101"),
        ({"position": lambda m: m.position * np.nan}, "position of joint 'hip_1' is nan; expected a finite number"),
        ({"name": lambda m: ["a", *m.name[1:]]}, "joint 'hip_1' of the card is not in joint_states; found: a, "),
        ({"header": lambda m: m.header.__class__(m.header.stamp.__class__(0, 0), "")}, "stamp is 0, which means unset"),
        (
            {"header": lambda m: m.header.__class__(m.header.stamp.__class__(m.header.stamp.sec + 1000, 0), "")},
            "no stamps in common: joint_states 1001.00 to 1006.00 s, odom 1.00 to 6.00 s",
        ),
    ],
)
def test_unusable_messages_are_described(
    changes, words: str, new_run, message_tools, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_joints(new_run().simulate([100], report=False), message_tools, **changes)
    assert main([str(run.write(tmp_path / "bag")), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_states_that_are_too_rare_are_described(new_run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_run().simulate([100], report=False)
    run.messages = [each for each in run.messages if each.logged_ns % 500_000_000 == 0]
    assert main([str(run.write(tmp_path / "bag")), "--out", str(tmp_path / "out")]) == 2
    assert "its 11 states are more than 0.075 s apart" in capsys.readouterr().err


def test_velocities_that_are_empty_are_estimated_and_said(
    new_run, message_tools, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_joints(new_run().simulate([100]), message_tools, velocity=lambda m: m.velocity[:0])
    assert main([str(run.write(tmp_path / "bag")), "--out", str(tmp_path / "out")]) == 0
    assert "'velocity' of joint_states is empty: velocities are estimated" in capsys.readouterr().out


def test_browser_draws_every_figure_without_asking_anybody(written: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make setup installs it)")
    page_file = (written / "out" / "index.html").resolve().as_uri()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] * (os.geteuid() == 0))
        page = browser.new_page()
        asked: list[str] = []
        failures: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(page_file)
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg .legend').length >= 5")
        buttons = page.evaluate("[...document.querySelectorAll('.modebar-btn')].map((each) => each.dataset.title)")
        browser.close()
    assert "Zoom" in buttons
    assert not any("Share" in title or "loud" in title for title in buttons), "nothing here uploads a record"
    assert failures == []
    assert {url for url in asked if not url.startswith(("blob:", "data:"))} == {page_file}
