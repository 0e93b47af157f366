"""An hour in real time (`make soak`): nothing grows, nothing is missed."""

import os
import time
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from faults import record
from processes import NodeProcess, Observer, wait_until
from robots import ant
from sensor_msgs.msg import JointState

MINUTES = float(os.environ.get("ANT_SOAK_MINUTES", "60"))
SETTLED = min(60.0, 6.0 * MINUTES)
"""Seconds after which a process has all that it needs."""

HOLD_UP = 0.1
"""A stop in a second in which no node waited for a processor for longer than this [s] is the nodes' own fault."""


def resident_bytes(node: NodeProcess) -> int:
    pages = int(Path(f"/proc/{node.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def descriptors(node: NodeProcess) -> int:
    return len(list(Path(f"/proc/{node.process.pid}/fd").iterdir()))


def threads(node: NodeProcess) -> int:
    return len(list(Path(f"/proc/{node.process.pid}/task").iterdir()))


def seconds_kept_waiting(node: NodeProcess) -> float:
    """Time for which its threads were ready to run and others had the processor [s], by the kernel's account."""
    tasks = Path(f"/proc/{node.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks) * 1e-9


def seconds_stolen() -> float:
    """Time that the machine under a virtual one gave to others [s] (proc(5): the eighth number of `cpu`)."""
    return int(Path("/proc/stat").read_text().split()[8]) / os.sysconf("SC_CLK_TCK")


def value(diagnostics: list, name: str, key: str) -> float:
    """The newest value of a key in a status."""
    for message in reversed(list(diagnostics)):
        for status in message.status:
            for item in status.values:
                if status.name == name and item.key == key:
                    return float(item.value)
    raise LookupError(f"{name}: {key}")


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_an_hour_in_real_time(start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    diagnostics = observer.collect(DiagnosticArray, "/diagnostics")
    sim = start("sim", seed=1)
    policy = start("policy", policy="sac")
    nodes = {"sim_node": sim, "policy_node": policy}
    wait_until(lambda: len(states) > 20 and any(states[-1].effort), "the robot in motion")
    begin = time.monotonic()
    wait_until(lambda: time.monotonic() > begin + SETTLED, "settling", SETTLED + 10.0)
    before = {name: (resident_bytes(node), descriptors(node), threads(node)) for name, node in nodes.items()}
    steps = value(diagnostics, "/sim_node: control loop", "control steps")

    def stops_said() -> int:
        return sim.output.count("no command for") + policy.output.count("zero effort")

    first, unexplained = stops_said(), 0
    stops = first
    waits = [seconds_stolen(), *map(seconds_kept_waiting, nodes.values())]
    since = time.monotonic()
    while (left := begin + 60.0 * MINUTES - time.monotonic()) > 0.0:
        states.clear()
        del diagnostics[:-100]
        count = min(20, round(20.0 * left))
        wait_until(lambda count=count: len(states) >= count, "states in real time")
        assert not count or any(any(message.effort) for message in list(states))
        last_stops, stops = stops, stops_said()
        last_waits, waits = waits, [seconds_stolen(), *map(seconds_kept_waiting, nodes.values())]
        if all(after - before < HOLD_UP for before, after in zip(last_waits, waits, strict=True)):
            unexplained += stops - last_stops
    done = value(diagnostics, "/sim_node: control loop", "control steps") - steps
    seconds = time.monotonic() - since
    after = {name: (resident_bytes(node), descriptors(node), threads(node)) for name, node in nodes.items()}
    growth = {name: after[name][0] / before[name][0] - 1.0 for name in nodes}
    record(
        ant(),
        f"{MINUTES:g} minutes in real time",
        f"memory {', '.join(f'{name} {share:+.2%}' for name, share in growth.items())}; "
        f"{done / seconds:.3f} control steps a second; {stops - first} stops, {unexplained} of them while "
        "nobody else had the processors",
    )
    for name in nodes:
        assert growth[name] < 0.02, f"{name}: memory {growth[name]:+.2%}"
        assert after[name][1:] == before[name][1:], (
            f"{name}: descriptors, threads {before[name][1:]} -> {after[name][1:]}"
        )
    assert done == pytest.approx(20.0 * seconds, rel=0.01)
    assert unexplained == 0
