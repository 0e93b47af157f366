"""Train the SAC policy with Stable-Baselines3 on `CustomAntEnv-v1`: `python -m ant_policy.train --out runs/sac`.

The folder then holds `policy.zip` (the best weights) with its `card.yaml`, `last.zip`, the learning curve
`curve.json`, and is itself a policy: `python -m ant_policy.evaluate runs/sac`.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback

from ant_policy.card_writer import write_card
from ant_sim.sb3_vec_env import AntVecEnv
from ant_sim.vector_env import CustomAntVectorEnv

EVALUATION_SEED = 500
"""First reset seed of the evaluations that choose the best weights; seeds from 1000 on only report."""


@dataclass(frozen=True)
class SacConfig:
    """What defines a run; everything is saved beside its result.

    The learning rate falls linearly to zero, which lets the policy settle: falls are rare at the end only.
    Rewards are scaled for learning only: SB3's critics then start near the size of the values they must
    learn. Reported returns are unscaled.
    """

    seed: int = 0
    steps: int = 300_000
    num_envs: int = 32
    episode_steps: int = 1000
    reward_scale: float = 0.1
    fall_penalty: float = 500.0
    learning_rate: float = 1e-3
    gamma: float = 0.98
    tau: float = 0.02
    batch_size: int = 256
    gradient_steps: int = 8
    learning_starts: int = 5_000
    hidden: tuple[int, ...] = (128, 128)
    evaluation_interval: int = 20_000
    evaluation_episodes: int = 40


class KeepBest(BaseCallback):
    """Evaluates the deterministic policy now and then, prints it, and keeps the best weights and the curve."""

    def __init__(self, config: SacConfig, out: Path) -> None:
        """Write `policy.zip` (the best), `last.zip` and `curve.json` into `out`."""
        super().__init__()
        self._config, self._out = config, out
        self._best = -np.inf
        self._curve: list[dict[str, float]] = []
        self._envs = CustomAntVectorEnv(config.evaluation_episodes)

    def _on_step(self) -> bool:
        interval = self._config.evaluation_interval
        if self.num_timesteps % interval < self._config.num_envs:
            self._evaluate()
        return True

    def _evaluate(self) -> None:
        observations, _ = self._envs.reset(seed=EVALUATION_SEED)
        returns = np.zeros(self._config.evaluation_episodes)
        fallen = np.zeros(self._config.evaluation_episodes, dtype=np.bool_)
        for _ in range(self._config.episode_steps):
            actions, _ = self.model.predict(observations.astype(np.float32), deterministic=True)
            observations, rewards, terminated, _, _ = self._envs.step(actions)
            returns += rewards * ~fallen
            fallen |= terminated
        falls = int(fallen.sum())
        mean = float(np.mean(returns))
        self._curve.append({"steps": self.num_timesteps, "mean": mean, "std": float(np.std(returns)), "falls": falls})
        (self._out / "curve.json").write_text(json.dumps(self._curve, indent=1))
        print(f"{self.num_timesteps:>8} steps: return {mean:7.0f} ± {np.std(returns):.0f}, falls {falls}", flush=True)
        self.model.save(self._out / "last.zip")
        if mean > self._best:
            self._best = mean
            self.model.save(self._out / "policy.zip")


def plain(config: SacConfig) -> dict[str, Any]:
    """The configuration as a card keeps it."""
    return json.loads(json.dumps(asdict(config)))  # type: ignore[no-any-return]


def train(config: SacConfig, out: Path) -> None:
    """Train and write weights, curve and configuration into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    envs = AntVecEnv(
        CustomAntVectorEnv(config.num_envs, max_episode_steps=config.episode_steps),
        reward_scale=config.reward_scale,
        fall_penalty=config.fall_penalty,
    )
    model = SAC(
        "MlpPolicy",
        envs,
        learning_rate=lambda remaining: config.learning_rate * remaining,
        gamma=config.gamma,
        tau=config.tau,
        batch_size=config.batch_size,
        gradient_steps=config.gradient_steps,
        train_freq=1,
        learning_starts=config.learning_starts,
        policy_kwargs={"net_arch": list(config.hidden)},
        seed=config.seed,
        device="cpu",
    )
    model.learn(config.steps, callback=KeepBest(config, out), progress_bar=True)
    returns = write_card(out / "policy.zip", {"trainer": "ant_policy.train", **plain(config)}).returns
    assert returns is not None
    print(
        f"{out}: return {returns.mean:.0f} ± {returns.std:.0f}, falls {returns.falls} "
        f"in {returns.episodes} episodes from seed {returns.seed}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, curve and configuration")
    for field in fields(SacConfig):
        if isinstance(field.default, int | float):
            option = f"--{field.name.replace('_', '-')}"
            parser.add_argument(
                option, type=type(field.default), default=field.default, help=f"(default: {field.default})"
            )
    arguments = vars(parser.parse_args(argv))
    out = arguments.pop("out")
    train(SacConfig(**arguments), out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
