"""Steps a second of the batched environment against MuJoCo's bare batch and what else steps many Ants at once."""

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
from mujoco.batch import Batch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

from ant_sim.envs.sb3 import AntVecEnv
from ant_sim.envs.single import CustomAntEnv
from ant_sim.envs.vector import CustomAntVectorEnv
from ant_sim.physics.randomisation import Randomisation
from ant_sim.physics.simulator import FRAME_SKIP, AntSimulator
from benchmarks.report import Figure, median_figure, progress

TITLE = "environment steps a second, random actions, 2 threads"
HELP = {"envs": "environments", "rounds": "rounds of all measurements", "window": "seconds of each measurement"}

THREADS = 2
MAX_PROCESSES = 64
"""Environments up to which SB3's processes take part: each needs about 100 MB."""


def mujoco_batch(n: int) -> Any:
    """MuJoCo's batch alone, the limit: its robots fall and stay where they are."""
    batch = Batch(AntSimulator().model, n, THREADS)
    ctrl = batch.bind("ctrl")

    def step(actions: NDArray[np.float32]) -> None:
        ctrl[:] = actions
        batch.step(nstep=FRAME_SKIP)

    return SimpleNamespace(reset=lambda: None, step=step, close=lambda: None)


def envpool_ant(n: int) -> Any:
    """EnvPool's Ant-v4: other numbers in the model, the same kind of robot, integrator and frame skip."""
    import envpool

    envs = envpool.make("Ant-v4", env_type="gymnasium", num_envs=n, num_threads=THREADS)
    return SimpleNamespace(reset=envs.reset, step=lambda a: envs.step(a.astype(np.float64)), close=envs.close)


RANDOMISATION = Randomisation(
    mass=(0.8, 1.2),
    friction=(0.7, 1.3),
    damping=(0.8, 1.2),
    gear=(0.9, 1.1),
    latency=(0, 2),
    observation_noise=1.0,
    push=0.5,
)

CONTESTANTS: dict[str, tuple[Callable[[int], Any], float | None]] = {
    "ours": (lambda n: gym.make_vec("CustomAntEnv-v1", n, num_threads=THREADS, max_episode_steps=1000), None),
    "ours, randomised": (lambda n: CustomAntVectorEnv(n, THREADS, 1000, RANDOMISATION), None),
    "ours, as SB3's VecEnv": (lambda n: AntVecEnv(CustomAntVectorEnv(n, THREADS, 1000)), None),
    "MuJoCo's Batch": (mujoco_batch, 0.97),
    "EnvPool's Ant-v4": (envpool_ant, None),
    "SB3's DummyVecEnv": (lambda n: DummyVecEnv([CustomAntEnv] * n), 2.0),
    "SB3's SubprocVecEnv": (lambda n: SubprocVecEnv([CustomAntEnv] * n), 2.0),
}
"""Maker of n environments, and how many times as fast ours is wanted to be."""


def rate(step: Callable[[NDArray[np.float32]], object], n: int, window: float, rng: np.random.Generator) -> float:
    """Environment steps a second over about `window` [s]."""
    actions = rng.uniform(-1.0, 1.0, (16, n, 8)).astype(np.float32)
    step(actions[0])
    begin, count, seconds = perf_counter(), 0, 0.0
    while seconds < window:
        count += 1
        step(actions[count % len(actions)])
        seconds = perf_counter() - begin
    return n * count / seconds


def run(envs: tuple[int, ...] = (64, 256), rounds: int = 7, window: float = 1.0) -> list[Figure]:
    """Measure all in each round, in turn from another one on, so that other load on the machine meets all alike."""
    figures = []
    rng = np.random.default_rng(0)
    for n in envs:
        left_out = "SB3's SubprocVecEnv" if n > MAX_PROCESSES else ""
        rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS if name != left_out}
        with ExitStack() as stack:
            steps = {}
            for name in rates:
                contestant = CONTESTANTS[name][0](n)
                stack.callback(contestant.close)
                contestant.reset()
                steps[name] = contestant.step
            order = itertools.cycle(rates)
            for _ in progress(rounds, f"throughput, {n}"):
                for name in itertools.islice(order, len(rates)):
                    rates[name].append(rate(steps[name], n, window, rng))
                next(order)
        for name, values in rates.items():
            figures.append(median_figure(f"{n} envs: {name}", values, "steps/s"))
        for ours in ("ours", "ours, randomised"):
            for name in (name for name in rates if not name.startswith("ours")):
                ratios = np.array(rates[ours]) / rates[name]
                figures.append(median_figure(f"{n} envs: speed, {ours} / {name}", ratios, target=CONTESTANTS[name][1]))
    return figures
