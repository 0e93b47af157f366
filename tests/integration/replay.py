"""What a policy does in the Gymnasium environment, by the stamps that the simulator node would give."""

from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

import ant_sim
from ant_policy import Policy
from ant_sim.control_loop import FIRST_STAMP_NS

PERIOD_NS = 50_000_000


@dataclass(frozen=True)
class Instant:
    """One control instant: state, observation and the policy's control, actuator order."""

    state: ant_sim.AntState
    observation: NDArray[np.float64]
    ctrl: NDArray[np.float32]


def replay(policy: Policy, model: Path, seed: int, steps: int, resets_ns: set[int]) -> dict[int, Instant]:
    """Run the environment; a fall, or a stamp in `resets_ns`, ends an episode as it does in the node."""
    env = gym.make("CustomAntEnv-v1", model_path=model)
    simulator = env.unwrapped.simulator
    observation, _ = env.reset(seed=seed)
    instants: dict[int, Instant] = {}
    terminated = False
    for step in range(steps + 1):
        stamp = FIRST_STAMP_NS + step * PERIOD_NS
        ctrl = policy.act(observation)
        instants[stamp] = Instant(simulator.state(), observation, ctrl)
        if terminated or stamp in resets_ns:
            observation, _ = env.reset()
            terminated = False
        else:
            observation, _, terminated, _, _ = env.step(ctrl)
    return instants
