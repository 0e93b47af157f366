"""Private interfaces of the learning libraries, as found in the versions below; no other module names them.

The hooks are mixins, to stand before the library's class, so that this module needs neither library.
"""

from collections.abc import Callable
from typing import Any

VERSIONS = {"evotorch": "0.6.1", "stable_baselines3": "2.9.2"}
"""Versions that these interfaces were checked with."""

SB3_PROGRESS = (
    "num_timesteps",
    "_episode_num",
    "_n_updates",
    "_n_calls",  # DQN only
    "exploration_rate",  # DQN only
    "_current_progress_remaining",
    "_last_obs",
    "_last_original_obs",
    "_last_episode_starts",
)
"""Attributes of an SB3 off-policy algorithm that carry its progress from one step to the next."""


class ProblemHooks:
    """Hooks of `evotorch.Problem`.

    Attributes:
        not_serialised: attributes that stay in their process.
        actor_state: state that actors need.
        set_actor_state: take over such a state.
        evaluate_solutions: evaluate a SolutionBatch.
    """

    not_serialised: tuple[str, ...] = ()
    actor_state: Callable[[], Any]
    set_actor_state: Callable[[Any], None]
    evaluate_solutions: Callable[[Any], None]

    @property
    def _nonserialized_attribs(self) -> list[str]:
        return list(self.not_serialised)

    def _make_sync_data_for_actors(self) -> Any:
        return self.actor_state()

    def _use_sync_data_from_main(self, received: Any) -> None:
        self.set_actor_state(received)

    def _evaluate_batch(self, solutions: Any) -> None:
        self.evaluate_solutions(solutions)


class ReplayBufferHooks:
    """Hooks of an SB3 `ReplayBuffer`, all of which may be overridden."""

    def before_sampling(self, size: int) -> None:
        """Prepare for a batch of `size` transitions."""

    def change_observations(self, observations: Any) -> Any:
        """Change observations of the batch before they are normalised."""
        return observations

    def change_samples(self, samples: Any) -> Any:
        """Change the sampled batch."""
        return samples

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        self.before_sampling(len(batch_inds))
        return self.change_samples(super()._get_samples(batch_inds, env))  # type: ignore[misc]

    def _normalize_obs(self, obs: Any, env: Any = None) -> Any:
        return super()._normalize_obs(self.change_observations(obs), env)  # type: ignore[misc]


def sb3_progress(model: Any) -> dict[str, Any]:
    """Progress of an SB3 off-policy algorithm."""
    return {name: getattr(model, name) for name in SB3_PROGRESS if hasattr(model, name)}


def set_sb3_progress(model: Any, progress: dict[str, Any]) -> None:
    """Restore what `sb3_progress` returned."""
    for name in SB3_PROGRESS:
        if hasattr(model, name):
            setattr(model, name, progress[name])


def clipup_velocity(optimizer: Any) -> Any:
    """Velocity of a ClipUp optimiser."""
    return optimizer._velocity


def set_clipup_velocity(optimizer: Any, velocity: Any) -> None:
    """Set the velocity of a ClipUp optimiser."""
    optimizer._velocity = velocity
