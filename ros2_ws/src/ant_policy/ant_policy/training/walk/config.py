"""Hyperparameters of the walk's training."""

from dataclasses import dataclass, fields
from functools import partial

from ant_policy.errors import PolicyError
from ant_policy.training.config import option

search = partial(option, group="search")


@dataclass(frozen=True)
class WalkConfig:
    """PGPE search for a readout of the gait units; the defaults are the recipe of the shipped policy."""

    seed: int = search(0, "seed of all random numbers", 0, 2**32 - 1)
    generations: int = search(110, "generations of the search", 1)
    population: int = search(200, "solutions of a generation, an even number", 2)
    episode_steps: int = search(150, "control steps of an episode", 1)
    command_interval: float = search(1.5, "time until the next velocity command [s]", 0.02)
    radius: float = search(0.5, "norm of the initial standard deviations", 1e-6)
    max_speed: float = search(0.05, "first maximum step of the centre", 0.0)
    final_max_speed: float = search(0.005, "last maximum step of the centre", 0.0)
    stdev_learning_rate: float = search(0.1, "learning rate of the standard deviations", 0.0)
    evaluation_interval: int = search(5, "generations between two points of the learning curve", 1)
    report_episodes: int = search(100, "episodes of the final evaluation", 1)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            PolicyError: naming the option, what was expected and what was found.
        """
        for entry in fields(self):
            value, low, high = getattr(self, entry.name), entry.metadata["minimum"], entry.metadata["maximum"]
            if not low <= value <= high:
                expected = f"{low:g} to {high:g}" if high < float("inf") else f"at least {low:g}"
                raise PolicyError(f"--{entry.name.replace('_', '-')}: expected {expected}, found {value:g}")
        if self.population % 2:
            raise PolicyError(f"--population: expected an even number, found {self.population}")
