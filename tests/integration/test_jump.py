"""The one-process bringup, as `make jump` calls it."""

import re
import select
import signal
from pathlib import Path

from processes import PATIENCE, Observer, children, wait_until
from std_msgs.msg import Float64

from ant_bringup.bags.reader import read_bag


def test_runs_for_the_seconds_asked_and_sums_up(start, linear_policy: Path) -> None:
    jump = start("jump", "--policy", str(linear_policy), "--seed", "3", "--seconds", "2")
    assert jump.wait() == 0, jump.output
    assert "Summary" in jump.output
    simulated = float(re.search(r"simulated time\W+([\d.]+) s", jump.output).group(1))
    assert 1.0 < simulated < 3.0
    assert "Traceback" not in jump.output


def test_ends_with_code_0_on_ctrl_c_and_publishes_meanwhile(start, observer: Observer, linear_policy: Path) -> None:
    heights = observer.collect(Float64, "torso_height")
    jump = start("jump", "--policy", str(linear_policy))
    wait_until(lambda: len({message.data for message in heights}) > 10, "a moving torso")
    assert jump.stop(signal.SIGINT) == 0
    assert "Summary" in jump.output


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
