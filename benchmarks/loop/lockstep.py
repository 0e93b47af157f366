"""Control steps a second of simulator and policy in two processes, against what DDS, physics and inference allow."""

from time import perf_counter

import numpy as np

import ant_policy
from ant_sim.envs.single import observe
from ant_sim.physics.simulator import AntSimulator
from ant_sim.tasks.jump import has_fallen
from benchmarks.report import Figure, median_figure, progress
from benchmarks.session import Session, StepCounts

TITLE = "sim_node and policy_node in two processes, as fast as they can"
HELP = {"rounds": "rounds of all measurements", "window": "seconds of each measurement"}

COMPUTED_STEPS = 1000


def measure_nodes(window: float) -> float:
    """Control steps a second of the two nodes over `window` [s]."""
    with Session() as session:
        counts = StepCounts(session)
        session.start("ant_sim.sim_node", real_time_factor=0.0)
        session.start("ant_policy.policy_node", policy="sac")
        session.spin_until(lambda: counts.seconds >= window, "control steps")
        return counts.rate


def measure_bare(window: float) -> float:
    """Round trips a second of the same messages without any work."""
    with Session() as session:
        counts = StepCounts(session)
        session.start("benchmarks.loop.round_trip", "driver")
        session.start("benchmarks.loop.round_trip", "commander")
        session.spin_until(lambda: counts.seconds >= window, "control steps")
        return counts.rate


def measure_work() -> tuple[float, float]:
    """Mean time [s] of a physics step and of an inference, on the way that the robot takes under the policy."""
    simulator, policy = AntSimulator(), ant_policy.load_policy("sac")
    simulator.reset(0)
    physics = inference = 0.0
    for _ in range(COMPUTED_STEPS):
        observation = observe(simulator.state())
        begin = perf_counter()
        ctrl = policy.act(observation)
        acted = perf_counter()
        simulator.step(ctrl)
        inference, physics = inference + acted - begin, physics + perf_counter() - acted
        if has_fallen(simulator.torso_height):
            simulator.reset()
    return physics / COMPUTED_STEPS, inference / COMPUTED_STEPS


def run(rounds: int = 5, window: float = 4.0) -> list[Figure]:
    """Measure all of it in each round, so that other load on the machine meets all alike; give medians."""
    rows = [(measure_nodes(window), measure_bare(window), *measure_work()) for _ in progress(rounds, "lockstep")]
    nodes, bare, physics, inference = np.array(rows).T
    ideal = 1.0 / (physics + inference + 1.0 / bare)
    return [
        median_figure("control steps", nodes, "1/s", target=1000.0),
        median_figure("of the ideal", nodes / ideal, target=0.9),
        median_figure("ideal", ideal, "1/s"),
        median_figure("bare DDS round trips", bare, "1/s"),
        median_figure("physics step", physics * 1e6, "us"),
        median_figure("inference", inference * 1e6, "us"),
    ]
