"""The one-process bringup, as `make jump` calls it."""

import re
import signal
from pathlib import Path

from processes import Observer, wait_until
from std_msgs.msg import Float64


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
