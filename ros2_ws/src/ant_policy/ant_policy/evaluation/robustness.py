"""Evaluation under model mismatch."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ant_policy.evaluation.rollout import evaluate
from ant_policy.policies.interface import Policy
from ant_sim.physics.randomisation import Randomisation

CONDITIONS: dict[str, dict[str, Any]] = {
    "nominal": {},
    "delayed": {"latency": (2, 2)},
    "noisy": {"observation_noise": 2.0},
    "heavier": {"mass": (1.3, 1.3)},
    "pushed": {"push": 1.0},
}
"""Arguments of `Randomisation`: commands 0.02 s late; twice the noise of fake_driver's sensors; 30 % more mass; pushes
of 1 m/s (standard deviation) once a second."""


def robustness_table(policies: Mapping[str, Policy], episodes: int, seed: int) -> Table:
    """Mean and standard deviation of the returns and number of falls, per policy and condition.

    Raises:
        CardError: a policy is for another robot.
    """
    table = Table("policy", *CONDITIONS, title=f"Returns over {episodes} episodes, and falls")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("conditions", total=len(policies) * len(CONDITIONS))
        for name, policy in policies.items():
            cells = []
            for condition in CONDITIONS.values():
                returns = evaluate(policy, episodes, seed, randomisation=Randomisation(**condition)).summary()
                cells.append(f"{returns.mean:,.0f} ± {returns.std:,.0f}, {returns.falls}")
                bar.advance(task)
            table.add_row(name, *cells)
    return table
