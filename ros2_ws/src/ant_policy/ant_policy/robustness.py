"""Evaluate policies under model mismatch: `python -m ant_policy.robustness sac runs/robust`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.errors import PolicyError
from ant_policy.optional import optional_libraries
from ant_policy.policies.loading import load_policy
from ant_policy.policies.policies import Policy
from ant_policy.training.learning_curve import evaluate_learner

CONDITIONS: dict[str, dict[str, Any]] = {
    "nominal": {},
    "delayed": {"latency": (2, 2)},
    "noisy": {"observation_noise": 2.0},
    "heavier": {"mass": (1.3, 1.3)},
    "pushed": {"push": 1.0},
}
"""Arguments of `Randomisation`: commands 0.02 s late; twice the noise of fake_driver's sensors; 30 % more mass; pushes
of 1 m/s once a second."""


def returns_under(
    policy: Policy, condition: Mapping[str, Any], episodes: int, seed: int
) -> tuple[NDArray[np.float64], int]:
    """Run an episode on each of so many robots.

    Args:
        policy: for the Ant's own joints and scales.
        condition: arguments of `Randomisation` for the robots.
        episodes: how many.
        seed: of the first robot's reset; the others count on from it.

    Returns:
        Returns (episodes,), and how many ended in a fall.

    Raises:
        CardError: the policy is for other joints or scales.
    """
    from ant_policy.evaluation.on_model import check_layout
    from ant_sim.envs.vector import CustomAntVectorEnv
    from ant_sim.physics.randomisation import Randomisation

    check_layout(policy.card)
    envs = CustomAntVectorEnv(episodes, randomisation=Randomisation(**condition))
    return evaluate_learner(envs, lambda observations: np.stack([policy.act(x) for x in observations]), seed)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 0, or 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m ant_policy.robustness", description=__doc__.splitlines()[0])
    parser.add_argument("policies", nargs="+", metavar="POLICY", help="shipped policy, or path of a policy")
    parser.add_argument("--episodes", type=int, default=20, help="of 1,000 steps, in each condition (default: 20)")
    parser.add_argument("--seed", type=int, default=1000, help="of the first reset (default: 1000)")
    arguments = parser.parse_args(argv)
    if arguments.episodes < 1 or arguments.seed < 0:
        parser.error(f"--episodes is {arguments.episodes} and --seed {arguments.seed}; expected at least 1 and 0")
    try:
        with optional_libraries():
            _print_table(arguments.policies, arguments.episodes, arguments.seed)
    except (PolicyError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _print_table(names: Sequence[str], episodes: int, seed: int) -> None:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    table = Table("policy", *CONDITIONS, title=f"Returns over {episodes} episodes, and falls")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("conditions", total=len(names) * len(CONDITIONS))
        for name in names:
            policy = load_policy(name)
            cells = []
            for condition in CONDITIONS.values():
                returns, falls = returns_under(policy, condition, episodes, seed)
                cells.append(f"{returns.mean():,.0f} ± {returns.std():,.0f}, {falls}")
                bar.advance(task)
            table.add_row(name, *cells)
    Console().print(table)


if __name__ == "__main__":
    raise SystemExit(main())
