"""Control steps a second of simulator and policy in two processes, against what DDS, physics and inference allow."""

import argparse
from contextlib import ExitStack
from time import perf_counter

import numpy as np
from rich.progress import track

import ant_policy
from ant_sim.envs.single import observe
from ant_sim.physics.simulator import AntSimulator
from ant_sim.task import has_fallen
from benchmarks.observer import Observer, StepCounts
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure, median_figure

TITLE = "sim_node and policy_node in two processes, as fast as they can"

COMPUTED_STEPS = 1000
"""Control steps over which physics and inference are timed in each round."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all measurements (default: 5)")
    parser.add_argument("--window", type=float, default=4.0, help="seconds of each measurement (default: 4)")


def steps_per_second(window: float, *commands: tuple[str, ...]) -> float:
    """Run Python modules in a ROS domain of their own and count their control steps over `window` [s]."""
    domain = free_domain()
    with ExitStack() as stack:
        observer = stack.enter_context(Observer(domain))
        counts = StepCounts(observer)
        processes = [stack.enter_context(PythonProcess(domain, *command)) for command in commands]
        observer.spin_until(lambda: counts.seconds >= window, processes)
        return counts.rate


def measure_nodes(policy: str, window: float) -> float:
    """Control steps a second of the two nodes."""
    return steps_per_second(
        window,
        ("ant_sim.sim_node", "--ros-args", "-p", "real_time_factor:=0.0"),
        ("ant_policy.policy_node", "--ros-args", "-p", f"policy:={policy}"),
    )


def measure_bare(window: float) -> float:
    """Round trips a second of the same messages without any work."""
    return steps_per_second(window, ("benchmarks.round_trip", "driver"), ("benchmarks.round_trip", "commander"))


def measure_work(name: str) -> tuple[float, float]:
    """Mean time [s] of a physics step and of an inference, on the way that the robot takes under the policy."""
    simulator, policy = AntSimulator(), ant_policy.load_policy(name)
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


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure all of it in each round, so that other load on the machine meets all alike; give medians."""
    rows = []
    for _ in track(range(arguments.rounds), "lockstep", console=CONSOLE, transient=True):
        nodes = measure_nodes("sac", arguments.window)
        bare = measure_bare(arguments.window)
        rows.append((nodes, bare, *measure_work("sac")))
    nodes, bare, physics, inference = np.array(rows).T
    ideal = 1.0 / (physics + inference + 1.0 / bare)
    return [
        median_figure("control steps", nodes.tolist(), "1/s", target=1000.0),
        median_figure("of the ideal", (nodes / ideal).tolist(), target=0.75),
        median_figure("ideal", ideal.tolist(), "1/s"),
        median_figure("bare DDS round trips", bare.tolist(), "1/s"),
        median_figure("physics step", (physics * 1e6).tolist(), "us"),
        median_figure("inference", (inference * 1e6).tolist(), "us"),
        median_figure("time a step beyond the ideal", (1e6 * (1.0 / nodes - 1.0 / ideal)).tolist(), "us"),
    ]
