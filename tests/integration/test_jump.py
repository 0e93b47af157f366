"""The one-process bringup, as `make jump` calls it."""

import json
import re
import select
import signal
from pathlib import Path

import numpy as np
from processes import PATIENCE, Observer, children, wait_until
from quadruped_card import quadruped_card, save_quadruped_policy
from std_msgs.msg import Float64
from web_page import WebPage

from ant_bringup.bag_report import main as report
from ant_bringup.bags.episodes import episodes
from ant_bringup.bags.reader import read_bag
from ant_sim import MODEL_PATH


def test_runs_for_the_seconds_asked_and_sums_up(start, linear_policy: Path, tmp_path: Path) -> None:
    model = tmp_path / "strong.xml"
    model.write_text(MODEL_PATH.read_text().replace('gear="300"', 'gear="600"'))
    jump = start("jump", "--policy", str(linear_policy), "--model", str(model), "--seed", "3", "--seconds", "2")
    assert jump.wait() == 0, jump.output
    assert "Summary" in jump.output
    simulated = float(re.search(r"simulated time\W+([\d.]+) s", jump.output).group(1))
    assert 1.0 < simulated < 3.0
    # The policy is too weak for this model, which no command shows.
    assert "'hip_4' has scale 300 on the card, 600 in the model (8 differ: hip_4, ankle_4, " in jump.output
    assert "Traceback" not in jump.output


def test_ends_with_code_0_on_ctrl_c_and_publishes_meanwhile(start, observer: Observer, linear_policy: Path) -> None:
    heights = observer.collect(Float64, "torso_height")
    jump = start("jump", "--policy", str(linear_policy))
    wait_until(lambda: len({message.data for message in heights}) > 10, "a moving torso")
    assert jump.stop(signal.SIGINT) == 0
    assert "Summary" in jump.output
    assert "on the card" not in jump.output


def test_another_robot_runs_is_shown_and_recorded_and_has_its_report(start, tmp_path: Path) -> None:
    policy, bag = save_quadruped_policy(tmp_path), tmp_path / "bag"
    options = ("--robot", "quadruped", "--policy", str(policy), "--task", "walk", "--cmd-vel", "0.3", "0", "-0.2")
    run = start("run", *options, "--viewer", "web", "--record", str(bag))
    run.wait_for("web: open http")
    page = WebPage(run)
    page.wait_for(lambda s: any(row["effort"] for row in s["efforts"]), "the robot in motion")
    status = page.status()
    assert status["task"] == "walk"
    assert {row["joint"]: row["limit"] for row in status["efforts"]}["FL_calf"] == 35.55
    assert page.act("reset")[0] == 200
    run.wait_for("episode 1 reset after")
    assert run.stop(signal.SIGINT) == 0
    assert "return" not in run.output, "there is no reward"

    assert report([str(bag), "--policy", str(policy), "--out", str(tmp_path / "report")]) == 0
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert (summary["jumps"], summary["notes"]) == (None, [])
    found = list(episodes(bag, quadruped_card()))
    assert sum(map(len, found)) == sum(each["steps"] for each in summary["episodes"]) > 20
    for episode in found:
        commands = {tuple(row) for row in episode.observations[:, -3:].tolist()}
        assert commands <= {(0.0, 0.0, 0.0), (0.3, 0.0, -0.2)}
        np.testing.assert_allclose(episode.observations[1:, -15:-3], episode.actions, rtol=0, atol=1e-6)
    assert any(episode.observations[:, -3].any() for episode in found)


def test_unknown_robot_is_refused_in_one_line(start) -> None:
    run = start("run", "--robot", "spot")
    assert run.wait() == 2
    assert "robot 'spot' is unknown; available: ant, quadruped" in run.output.splitlines()[-1]
    assert "Traceback" not in run.output


def test_refuses_a_negative_time_in_one_line(start) -> None:
    jump = start("jump", "--seconds", "-1")
    assert jump.wait() == 2
    assert "--seconds" in jump.output.splitlines()[-1]


def test_page_and_recorder_end_with_a_jump_that_is_killed(start, linear_policy: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    jump = start("jump", "--policy", str(linear_policy), "--viewer", "web", "--record", str(bag))
    jump.wait_for("web: open http")
    with children(jump) as (recorder, page):
        jump.stop(signal.SIGKILL)
        assert select.select([page], [], [], PATIENCE)[0], "the page goes on"
        assert select.select([recorder], [], [], PATIENCE)[0], "the recorder goes on"
    assert "messages in" in jump.output
    assert "Traceback" not in jump.output
    recorded = read_bag(bag)
    assert recorded.joints
    assert not recorded.notes
