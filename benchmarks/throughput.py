"""Steps a second of the batched environment against MuJoCo's bare batch and what else steps many Ants at once."""

import argparse
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from time import perf_counter

import gymnasium as gym
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray
from rich.progress import track
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.single import CustomAntEnv
from ant_sim.envs.vector import CustomAntVectorEnv
from ant_sim.physics.simulator import FRAME_SKIP, AntSimulator
from benchmarks.report import CONSOLE, Figure, median_figure

TITLE = "environment steps a second, random actions, 2 threads"

THREADS = 2
ACTIONS = 8
MAX_PROCESSES = 64
"""Environments up to which SB3's processes take part: each needs about 100 MB."""
TARGETS = {"MuJoCo's Batch": 0.9, "EnvPool's Ant-v4": 1.3, "SB3's DummyVecEnv": 2.0, "SB3's SubprocVecEnv": 2.0}
"""What each is compared with, and how many times as fast our batch is wanted to be."""

Step = Callable[[NDArray[np.float32]], object]
"""Steps all environments with actions (n, 8)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--envs", type=int, nargs="+", default=[64, 256], help="environments (default: 64 256)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of all measurements (default: 7)")
    parser.add_argument("--window", type=float, default=1.0, help="seconds of each measurement (default: 1)")


def raw_batch(n: int) -> Step:
    """MuJoCo's batch alone, whose robots fall and stay where they are."""
    simulator = AntSimulator()
    batch = Batch(simulator.model, n, THREADS)
    ctrl = batch.bind("ctrl")

    def step(actions: NDArray[np.float32]) -> None:
        ctrl[:] = actions
        batch.step(nstep=FRAME_SKIP)

    return step


@contextmanager
def ours(n: int) -> Iterator[Step]:
    """Our batch as Gymnasium makes it."""
    envs = gym.make_vec("CustomAntEnv-v1", num_envs=n, num_threads=THREADS, max_episode_steps=1000)
    assert isinstance(envs.unwrapped, CustomAntVectorEnv)
    envs.reset(seed=0)
    yield envs.step
    envs.close()


@contextmanager
def ours_for_sb3(n: int) -> Iterator[Step]:
    """Our batch as SB3 takes it."""
    envs = AntVecEnv(CustomAntVectorEnv(n, THREADS, 1000))
    envs.seed(0)
    envs.reset()
    yield envs.step
    envs.close()


@contextmanager
def bare(n: int) -> Iterator[Step]:
    """The limit: physics alone."""
    yield raw_batch(n)


@contextmanager
def envpool_ant(n: int) -> Iterator[Step]:
    """EnvPool's Ant-v4: other numbers in the model, the same kind of robot, integrator and frame skip."""
    import envpool

    envs = envpool.make("Ant-v4", env_type="gymnasium", num_envs=n, num_threads=THREADS)
    envs.reset()
    yield lambda actions: envs.step(actions.astype(np.float64))
    envs.close()


@contextmanager
def sb3_dummy(n: int) -> Iterator[Step]:
    """SB3's loop over single environments."""
    envs = DummyVecEnv([CustomAntEnv] * n)
    envs.reset()
    yield envs.step
    envs.close()


@contextmanager
def sb3_subprocess(n: int) -> Iterator[Step]:
    """SB3's processes, one for each environment."""
    envs = SubprocVecEnv([CustomAntEnv] * n)
    envs.reset()
    yield envs.step
    envs.close()


CONTESTANTS = {
    "ours": ours,
    "ours, as SB3's VecEnv": ours_for_sb3,
    "MuJoCo's Batch": bare,
    "EnvPool's Ant-v4": envpool_ant,
    "SB3's DummyVecEnv": sb3_dummy,
    "SB3's SubprocVecEnv": sb3_subprocess,
}


def rate(step: Step, n: int, window: float, rng: np.random.Generator) -> float:
    """Environment steps a second over about `window` [s]."""
    actions = rng.uniform(-1.0, 1.0, (16, n, ACTIONS)).astype(np.float32)
    step(actions[0])
    begin = perf_counter()
    for count in itertools.count(1):
        step(actions[count % len(actions)])
        seconds = perf_counter() - begin
        if seconds >= window:
            return n * count / seconds
    raise AssertionError


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure all in each round, in turn from another one on, so that other load on the machine meets all alike."""
    contestants = dict(CONTESTANTS)
    if find_spec("envpool") is None:
        CONSOLE.print("throughput: EnvPool is not installed (pip install -r requirements-bench.txt): left out")
        del contestants["EnvPool's Ant-v4"]
    figures = []
    rng = np.random.default_rng(0)
    for n in arguments.envs:
        taking_part = {name: make for name, make in contestants.items() if n <= MAX_PROCESSES or make != sb3_subprocess}
        rates: dict[str, list[float]] = {name: [] for name in taking_part}
        with ExitStack() as stack:
            steps = {name: stack.enter_context(make(n)) for name, make in taking_part.items()}
            names = list(steps)
            for turn in track(range(arguments.rounds), f"throughput, {n}", console=CONSOLE, transient=True):
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    rates[name].append(rate(steps[name], n, arguments.window, rng))
        first = np.array(rates["ours"])
        for name, target in TARGETS.items():
            if name in rates:
                ratios = (first / np.array(rates[name])).tolist()
                figures.append(median_figure(f"{n} envs: speed, ours / {name}", ratios, target=target))
        figures += [median_figure(f"{n} envs: {name}", values, "steps/s") for name, values in rates.items()]
    return figures
