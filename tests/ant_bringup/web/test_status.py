import json
import math
from pathlib import Path

import pytest
from mjcf import CART

from ant_bringup.web.status import DIAGNOSTICS_STALE_AFTER, STALE_AFTER, EffortScale, StatusBoard, effort_scales
from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model

LOOP = {"real-time factor": "0.99", "return": "12.5", "episode": "2", "paused": "False"}


@pytest.fixture
def board() -> StatusBoard:
    """A board that has heard everything at 10 s."""
    board = StatusBoard({"hip_1": EffortScale(300.0, "N m")}, "jump", "/sim_node", "/policy_node")
    board.on_joint_states(10.0, ["hip_1", "tail"], [-30.0, 1.0])
    board.on_odometry(10.0, 0.75)
    board.e_stopped = False
    board.on_diagnostics(10.0, "/sim_node: control loop", "running", LOOP)
    board.on_diagnostics(10.0, "/policy_node: policy", "active", {"lifecycle state": "active", "state": "commanding"})
    return board


def test_shows_what_was_heard(board: StatusBoard) -> None:
    status = board.snapshot(10.1)
    assert status["disconnected"] == ""
    assert (status["height"], status["real_time_factor"], status["return"], status["episode"]) == (0.75, 0.99, 12.5, 2)
    assert status["efforts"] == [
        {"joint": "hip_1", "effort": -30.0, "limit": 300.0, "unit": "N m"},
        {"joint": "tail", "effort": 1.0, "limit": None, "unit": ""},
    ]
    assert (status["paused"], status["e_stopped"]) == (False, False)
    assert (status["driver"], status["policy"]) == ("running", "active")


@pytest.mark.parametrize(
    ("e_stopped", "paused", "lifecycle", "state", "words"),
    [
        (True, False, "inactive", "stopped", "stopped by e-stop"),
        (False, True, "active", "commanding", "paused"),
        (False, False, "inactive", "stopped", "stopped: the policy is not active"),
        (False, False, "unconfigured", "", "stopped: the policy is not active"),
        (False, False, "active", "stale", "waiting for states"),
        (False, False, "active", "commanding", "commanding"),
    ],
)
def test_each_state_has_its_own_words(board: StatusBoard, e_stopped, paused, lifecycle, state, words) -> None:
    board.e_stopped, board.paused = e_stopped, paused
    board.on_diagnostics(10.0, "/policy_node: policy", "", {"lifecycle state": lifecycle, "state": state})
    assert board.snapshot(10.1)["state"] == words


def test_silent_policy_means_a_stop(board: StatusBoard) -> None:
    later = 10.1 + DIAGNOSTICS_STALE_AFTER
    board.on_joint_states(later, ["hip_1"], [0.0])
    board.on_odometry(later, 1.0)
    assert board.snapshot(later)["state"] == "stopped: the policy is not active"


def test_without_any_message_it_says_what_is_missing() -> None:
    status = StatusBoard({}, "none", "/sim_node", "/policy_node").snapshot(5.0)
    assert status["disconnected"] == "disconnected: no joint_states yet"
    assert "/sim_node" in status["driver"]


def test_stale_states_show_no_numbers_and_how_long(board: StatusBoard) -> None:
    status = board.snapshot(13.2)
    assert status["disconnected"] == "disconnected: no joint_states for 3.2 s"
    assert all(status[name] is None for name in ("height", "real_time_factor", "return", "episode", "paused"))
    assert [row["effort"] for row in status["efforts"]] == [None, None]
    assert status["e_stopped"] is None


def test_robot_without_odometry_is_connected_and_shown_at_its_place() -> None:
    board = StatusBoard({}, "none", "/sim_node", "/policy_node")
    board.on_joint_states(10.0, ["knee"], [1.0])
    status = board.snapshot(10.1)
    assert (status["task"], status["disconnected"], status["height"]) == ("none", "", None)
    assert status["notes"] == ["no odom: shown at its initial place"]


def test_limits_and_units_of_efforts_are_the_models(tmp_path: Path) -> None:
    (tmp_path / "cart.xml").write_text(CART)
    ant, quadruped, cart = map(load_robot, (MODEL_PATH, find_model("quadruped"), tmp_path / "cart.xml"))
    assert set(effort_scales(ant).values()) == {EffortScale(300.0, "N m")}
    assert effort_scales(quadruped)["FL_calf"] == EffortScale(35.55, "N m")
    assert effort_scales(cart) == {"rail": EffortScale(10.0, "N"), "lift": EffortScale(None, "N")}


def test_odometry_alone_can_be_stale(board: StatusBoard) -> None:
    board.on_joint_states(12.0, ["hip_1"], [0.0])
    assert board.disconnected(12.0) == "disconnected: no odom for 2.0 s"


def test_connects_again_by_itself(board: StatusBoard) -> None:
    later = 10.0 + 2 * STALE_AFTER
    assert board.disconnected(later)
    board.on_joint_states(later, ["hip_1"], [0.0])
    board.on_odometry(later, 1.0)
    assert not board.disconnected(later)


def test_node_that_falls_silent_is_not_shown_as_it_was(board: StatusBoard) -> None:
    later = 10.0 + DIAGNOSTICS_STALE_AFTER + 1.0
    board.on_joint_states(later, ["hip_1"], [0.0])
    board.on_odometry(later, 1.0)
    status = board.snapshot(later)
    assert status["policy"] == "silent for 4 s"
    assert status["real_time_factor"] is None
    assert status["height"] == 1.0


@pytest.mark.parametrize(
    "name", ["/other/sim_node: control loop", "/sim_node: episode", "/sim_node2: control loop", ""]
)
def test_other_diagnostics_are_not_shown(name: str, board: StatusBoard) -> None:
    board.on_diagnostics(10.0, name, "something else", {"return": "-1"})
    assert board.snapshot(10.1)["driver"] == "running"
    assert board.snapshot(10.1)["return"] == 12.5


def test_what_is_not_finite_or_no_number_is_unknown_in_valid_json(board: StatusBoard) -> None:
    board.on_joint_states(10.0, ["hip_1"], [math.nan])
    board.on_odometry(10.0, math.inf)
    board.on_diagnostics(10.0, "/sim_node: control loop", "running", {"return": "much"})
    status = board.snapshot(10.0)
    assert json.loads(json.dumps(status, allow_nan=False))["height"] is None
    assert status["return"] is None


def test_joint_states_without_efforts_are_taken(board: StatusBoard) -> None:
    board.on_joint_states(10.0, ["hip_1"], [])
    assert board.snapshot(10.0)["efforts"][0]["effort"] is None


def test_pause_is_shown_before_the_next_diagnostics(board: StatusBoard) -> None:
    board.paused = True
    assert board.snapshot(10.0)["paused"] is True
    board.on_diagnostics(10.5, "/sim_node: control loop", "running", LOOP)
    assert board.snapshot(10.5)["paused"] is False


def test_efforts_in_pieces_are_shown_together_until_a_joint_falls_silent(board: StatusBoard) -> None:
    board.on_joint_states(10.5, ["tail"], [2.0])
    assert {row["joint"]: row["effort"] for row in board.snapshot(10.5)["efforts"]} == {"hip_1": -30.0, "tail": 2.0}
    board.on_joint_states(10.1 + STALE_AFTER, ["tail"], [3.0])
    assert {row["joint"]: row["effort"] for row in board.snapshot(11.0)["efforts"]} == {"tail": 3.0}
