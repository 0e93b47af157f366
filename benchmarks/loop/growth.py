"""Cost of the loop over the number of joints, the rate of the states and the number of robots, drawn."""

import itertools
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import matplotlib.pyplot as plt
import numpy as np

from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.mlp import Layer
from benchmarks.report import Figure, progress
from benchmarks.session import LATENCY_KEYS, STEPS_KEY, Session, StepCounts

TITLE = "cost over joints (8 to 32), states a second (100 to 2,000) and robots on this machine (1 to 8)"
HELP = {
    "joints": "numbers of joints",
    "rates": "states a second into one policy",
    "robots": "robots in real time, each in its namespace with two processes",
    "window": "seconds of each measurement",
    "plot": "picture to draw; empty: none",
}

ANSWERED_KEY = "answered"
"""Key of the policy node's count of commands."""
CONTROL_PERIOD = 0.05


def write_robot(folder: Path, n_joints: int) -> None:
    """Write a bench with n driven pendulums (robot.xml) and a policy of random weights for it."""
    names = [f"joint_{i}" for i in range(n_joints)]
    bodies = "".join(
        f'<body pos="0 {i} 1"><joint name="{name}" axis="0 1 0" damping="0.1"/>'
        '<geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.3" mass="0.3"/></body>'
        for i, name in enumerate(names)
    )
    motors = "".join(f'<motor joint="{name}" gear="2" ctrlrange="-1 1"/>' for name in names)
    (folder / "robot.xml").write_text(
        f'<mujoco model="bench"><option timestep="0.01"/><worldbody><body name="bench"><geom size="0.1"/>{bodies}'
        f"</body></worldbody><actuator>{motors}</actuator></mujoco>"
    )
    card = {
        "card_version": 2,
        "robot": "bench",
        "base_link": "bench",
        "policy": {
            "algorithm": "random weights",
            "file": "policy.npz",
            "output": "tanh",
            "network": {"activation": "tanh", "hidden": [128, 128]},
        },
        "control_period": CONTROL_PERIOD,
        "joints": {"names": names},
        "observation": {"terms": [{"name": "joint_positions"}, {"name": "joint_velocities"}]},
        "action": {"interface": "effort", "joints": names, "scale": 2.0},
    }
    (folder / "card.yaml").write_text(json.dumps(card))
    rng, sizes = np.random.default_rng(0), [2 * n_joints, 128, 128, n_joints]
    layers = [Layer(rng.normal(0.0, 0.1, (out, into)), np.zeros(out)) for into, out in itertools.pairwise(sizes)]
    save_npz(folder / "policy.npz", layers)


def step_cost(n_joints: int, window: float) -> float:
    """Time of a lockstep step [ms] of a robot with n joints, in two processes."""
    with tempfile.TemporaryDirectory() as folder, Session() as session:
        write_robot(Path(folder), n_joints)
        counts = StepCounts(session)
        session.start(
            "ant_sim.sim_node",
            model=f"{folder}/robot.xml",
            control_period=CONTROL_PERIOD,
            task="none",
            real_time_factor=0.0,
        )
        session.start("ant_policy.policy_node", policy=folder)
        session.spin_until(lambda: counts.seconds >= window, "control steps")
        return 1e3 / counts.rate


def policy_load(states_per_second: float, window: float) -> tuple[float, float]:
    """Processor time of a policy [% of a core] at a rate of states, and the share of its commands that came."""
    with Session() as session:
        answered = StepCounts(session, ANSWERED_KEY)
        session.start("benchmarks.loop.round_trip", "driver", str(1.0 / states_per_second))
        policy = session.start("ant_policy.policy_node", policy="sac")
        session.spin_until(lambda: answered.seconds > 0.0, "commands")
        cpu, begin = policy.cpu_seconds(), monotonic()
        session.spin_until(lambda: monotonic() - begin >= window, "the end", window + 10.0)
        load = (policy.cpu_seconds() - cpu) / (monotonic() - begin)
        return 100.0 * load, answered.rate * CONTROL_PERIOD


def fleet(n_robots: int, window: float) -> tuple[float, float]:
    """Processor time [% of a core] and worst p99 of the latency [ms] of n Ants in real time."""
    with Session() as session:
        counts = [StepCounts(session, STEPS_KEY, f"/robot_{i}/") for i in range(n_robots)]
        processes = [
            session.start(module, "--ros-args", "-r", f"__ns:=/robot_{i}", *arguments)
            for i in range(n_robots)
            for module, arguments in (("ant_sim.sim_node", ()), ("ant_policy.policy_node", ("-p", "policy:=sac")))
        ]
        session.spin_until(lambda: all(each.seconds > 0.0 for each in counts), "control steps of all robots")
        cpu, begin = sum(process.cpu_seconds() for process in processes), monotonic()
        session.spin_until(lambda: monotonic() - begin >= window, "the end", window + 10.0)
        load = (sum(process.cpu_seconds() for process in processes) - cpu) / (monotonic() - begin)
        return 100.0 * load, max(float(each.values[LATENCY_KEYS[1]]) for each in counts)


def draw(path: str, panels: Sequence[tuple[str, str, Sequence[float], Sequence[float]]]) -> None:
    """Draw each cost over its size, with the straight line of least squares."""
    figure, axes = plt.subplots(1, len(panels), figsize=(12, 3.5), layout="constrained")
    for axis, (xlabel, ylabel, sizes, costs) in zip(axes, panels, strict=True):
        axis.plot(sizes, costs, "o-", label="measured")
        if len(sizes) > 1:
            axis.plot(sizes, np.polyval(np.polyfit(sizes, costs, 1), sizes), "--", label="linear fit")
        axis.set(xlabel=xlabel, ylabel=ylabel, xlim=(0, 1.05 * max(sizes)), ylim=(0, 1.1 * max(costs)))
        axis.legend()
    figure.savefig(path, dpi=110)


def run(
    joints: tuple[int, ...] = (8, 16, 32),
    rates: tuple[int, ...] = (100, 500, 1000, 2000),
    robots: tuple[int, ...] = (1, 2, 4, 8),
    window: float = 5.0,
    plot: str = "",
) -> list[Figure]:
    """Measure each size once."""

    def measured(what: str, measure: Callable[[int, float], tuple[float, ...]], sizes: Sequence[int]) -> np.ndarray:
        return np.array([measure(sizes[index], window) for index in progress(len(sizes), what)])

    steps = measured("joints", lambda n, seconds: (step_cost(n, seconds),), joints)[:, 0]
    loads, in_time = measured("states a second", policy_load, rates).T
    fleets, latencies = measured("robots", fleet, robots).T
    if plot:
        panels = [
            ("joints", "lockstep step [ms]", joints, steps),
            ("states a second", "policy node [% of a core]", rates, loads),
            ("robots in real time", "all nodes [% of a core]", robots, fleets),
        ]
        draw(plot, panels)
    return [
        *(Figure(f"{n} joints: lockstep step", value, "ms") for n, value in zip(joints, steps, strict=True)),
        *(Figure(f"{n} states/s: policy node", value, "% of a core") for n, value in zip(rates, loads, strict=True)),
        *(Figure(f"{n} states/s: commands in time", value, "", 0.99) for n, value in zip(rates, in_time, strict=True)),
        *(Figure(f"{n} robots: all nodes", value, "% of a core") for n, value in zip(robots, fleets, strict=True)),
        *(Figure(f"{n} robots: latency, worst p99", value, "ms") for n, value in zip(robots, latencies, strict=True)),
    ]
