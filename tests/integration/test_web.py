"""The web page's process beside simulators and drivers, without a browser."""

import itertools
import os
import signal
import socket
import urllib.request
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry
from processes import Observer, stamp_ns, wait_until
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from web_page import WebPage

from ant_bringup.checks.parity import compare
from ant_bringup.checks.reference import PERIOD_NS, replay
from ant_policy import load_policy
from ant_sim import MODEL_PATH
from ant_sim.control_loop.loop import FIRST_STAMP_NS

LOOPBACK = "0100007F"
"""127.0.0.1 as the kernel writes it."""
PATIENT = 20.0


def test_shows_the_simulator_and_does_what_each_button_says(start, observer: Observer, linear_policy: Path) -> None:
    states = observer.collect(JointState, "joint_states")
    stops = observer.collect(Bool, "e_stop")
    active = observer.collect(Bool, "e_stop_active")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    page = WebPage.start(start)
    assert page.status()["disconnected"] == "disconnected: no joint_states yet"
    assert page.act("pause") == (503, "sim_node/set_pause is not available")
    start("sim", reset_on_fall=False)
    start("policy", policy=linear_policy, node_name="legs")
    page.wait_for(lambda s: s["real_time_factor"] and any(e["effort"] for e in s["efforts"]), "the robot in motion")
    page.wait_for(lambda s: set(s["unavailable"]) <= {"activate"}, "the services")
    status = page.status()
    assert {row["joint"] for row in status["efforts"]} == {f"{p}_{n}" for p in ("hip", "ankle") for n in range(1, 5)}
    assert all(row["limit"] == 300.0 for row in status["efforts"])
    assert 0.0 < status["height"] < 20.0
    assert status["notes"] == []

    assert page.act("step") == (409, "not paused: call ~/set_pause with true first")
    assert page.act("pause") == (200, "paused")
    assert page.status()["paused"] is True
    count = len(states)
    wait_until(lambda: len(states) > count + 2, "the paused simulator's state again")
    stamp = stamp_ns(states[-1])
    assert page.act("step")[0] == 200
    wait_until(lambda: stamp_ns(states[-1]) == stamp + PERIOD_NS, "one step")
    assert page.act("reset")[0] == 200

    def outcomes() -> list[str]:
        return [v.value for m in list(diagnostics) for s in m.status for v in s.values if v.key == "outcome"]

    wait_until(lambda: outcomes() == ["reset"], "the reset's end of an episode")
    assert page.act("resume") == (200, "running")
    wait_until(lambda: stamp_ns(states[-1]) > stamp + 10 * PERIOD_NS, "time going on")

    assert page.act("e_stop")[0] == 200
    wait_until(lambda: active[-1].data and not any(states[-1].effort), "the robot limp")
    page.wait_for(lambda s: s["e_stopped"] is True, "the latch on the page")
    page.wait_for(lambda s: s["state"] == "stopped by e-stop", "the word for it")
    assert "activate" in page.act("release")[1]
    wait_until(lambda: not active[-1].data, "the release")
    page.wait_for(lambda s: s["state"] == "stopped: the policy is not active", "the word for it")
    # A stop is repeated until the driver's latch.
    assert [data for data, _ in itertools.groupby(message.data for message in stops)] == [True, False]
    assert page.act("activate") == (200, "active")
    wait_until(lambda: any(states[-1].effort), "the robot in motion")
    page.wait_for(lambda s: s["state"] == "commanding", "the word for it")
    assert page.act("activate") == (200, "active already")
    assert page.process.stop() == 0


def test_stop_that_a_recorder_alone_has_heard_reaches_the_driver(start, observer: Observer) -> None:
    observer.collect(Bool, "e_stop")
    page = WebPage.start(start)
    wait_until(lambda: page.act("e_stop")[0] == 200, "a subscriber")
    sim = start("sim")
    page.wait_for(lambda s: s["e_stopped"] is True, "the latch on the page")
    assert page.act("release")[0] == 200
    page.wait_for(lambda s: s["e_stopped"] is False, "the release")
    assert sim.output.count("e_stop: zero effort") == 1


def test_shows_a_real_robots_driver_and_says_what_it_cannot_do(start) -> None:
    page = WebPage.start(start, driver="fake_driver")
    driver = start("driver")
    page.wait_for(lambda s: not s["disconnected"] and "reset" not in s["unavailable"], "the driver")
    page.wait_for(lambda s: "no command" in s["driver"] or "wait" in s["driver"], "the driver's words")
    status = page.status()
    assert set(status["unavailable"]) == {"activate", "pause", "resume", "step"}
    assert status["unavailable"]["step"] == "fake_driver/step is not available"
    assert page.act("reset")[0] == 200
    driver.stop(signal.SIGKILL)
    page.wait_for(lambda s: "no joint_states for" in s["disconnected"] and s["height"] is None, "the driver's death")


def test_hanging_and_killed_page_leaves_the_trajectory_as_it_is(start, observer: Observer, linear_policy: Path) -> None:
    states = observer.collect(JointState, "joint_states")
    odometry = observer.collect(Odometry, "odom")
    commands = observer.collect(JointState, "joint_commands")
    page = WebPage.start(start)
    sim = start("sim", seed=7, real_time_factor=0.0, command_timeout=PATIENT)
    page.wait_for(
        lambda s: not s["disconnected"] and set(s["unavailable"]) <= {"activate"}, "the simulator on the page"
    )
    wait_until(lambda: len(states) > 1 and len(odometry) > 1, "states before the policy joins")
    start("policy", policy=linear_policy, state_timeout=PATIENT)

    def run_until(step: int) -> None:
        end_ns = FIRST_STAMP_NS + step * PERIOD_NS
        wait_until(lambda: all(stamp_ns(seen[-1]) >= end_ns for seen in (states, odometry, commands) if seen), "steps")

    run_until(100)
    page.pause_process()  # its queues fill
    run_until(400)
    page.process.process.kill()
    run_until(600)
    assert "no command" not in sim.output
    policy = load_policy(linear_policy)
    instants = replay(policy, 7, 600, MODEL_PATH, set())
    kept = [{stamp_ns(message): message for message in messages} for messages in (states, odometry, commands)]
    result = compare(policy, instants, *kept)
    assert result.difference is None
    assert result.states > 500


def test_listens_to_the_few_states_that_a_simulator_publishes_for_viewers(
    start, observer: Observer, linear_policy: Path
) -> None:
    states = observer.collect(JointState, "joint_states")
    views = observer.collect(JointState, "sim_node/view/joint_states")
    page = WebPage.start(start)
    start("sim", seed=7, real_time_factor=0.0, command_timeout=PATIENT)
    start("policy", policy=linear_policy, state_timeout=PATIENT)

    def listens(topic: str) -> bool:
        return any(each.node_name == "web" for each in observer.node.get_subscriptions_info_by_topic(topic))

    page.wait_for(lambda s: not s["disconnected"] and s["height"], "the simulator on the page")
    wait_until(lambda: listens("sim_node/view/joint_states") and not listens("joint_states"), "the page's choice")
    wait_until(lambda: len(views) > 2 and len(states) > 5 * len(views), "fewer states for viewers")
    kept = {stamp_ns(message): message for message in list(states)}
    shared = [message for message in list(views) if stamp_ns(message) in kept]
    assert shared
    assert all(message == kept[stamp_ns(message)] for message in shared)


def test_service_that_hangs_is_said_and_blocks_nobody(start) -> None:
    page = WebPage.start(start)
    sim = start("sim")
    page.wait_for(lambda s: set(s["unavailable"]) <= {"activate"}, "the services")
    sim.process.send_signal(signal.SIGSTOP)
    assert page.act("pause") == (504, "sim_node/set_pause has not answered within 2 s; it may do it yet")
    page.wait_for(lambda s: "disconnected" in s["disconnected"], "the simulator that hangs")
    sim.process.send_signal(signal.SIGCONT)
    page.wait_for(lambda s: not s["disconnected"], "the simulator again")


def test_nothing_is_reachable_on_another_address(start) -> None:
    page = WebPage.start(start)
    assert page.listening_addresses() == {LOOPBACK}
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} | {"127.0.0.2"}
    for address in others - {"127.0.0.1"}:
        try:
            socket.create_connection((address, page.port), timeout=5).close()
        except OSError:
            continue
        raise AssertionError(f"reachable on {address}")
    with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/model?total_bytes") as viewer:
        assert b"total_bytes" in viewer.read()


def test_port_in_use_is_replaced_and_said(start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        page = WebPage.start(start, port=port)
    assert f"port {port} is in use; took {page.port} instead" in page.process.output


def test_bad_parameters_are_refused_in_one_line(start, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<mujoco")
    refused = [
        (start("web", model="nowhere.xml"), "'nowhere.xml'"),
        (start("web", model=broken), "cannot be read"),
        (start("web", prot=80), "'prot' is unknown; available: port"),
    ]
    for process, words in refused:
        assert process.wait() == 2
        assert words in process.output
        assert "Traceback" not in process.output


def test_jump_prints_the_address_and_goes_on_without_the_page(start, linear_policy: Path) -> None:
    jump = start("jump", "--policy", str(linear_policy), "--viewer", "web", "--real-time-factor", "2")
    jump.wait_for(r"web: open http://localhost:\d+/#\S{40}")
    page = WebPage(jump)
    page.wait_for(lambda s: s["return"] is not None, "the robot on the page")
    children = Path(f"/proc/{jump.process.pid}/task/{jump.process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    jump.wait_for(r"the page has ended with code -9; the robot goes on")
    assert jump.stop() == 0
    assert "Summary" in jump.output
    assert "Traceback" not in jump.output
