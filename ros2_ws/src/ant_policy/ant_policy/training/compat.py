"""Private attributes of the learning libraries, as found in the versions below; no other module reads them.

Overridden hooks of EvoTorch's `Problem` and SB3's `ReplayBuffer` stand in their subclasses, `pgpe/population.py` and
`off_policy/symmetric_replay.py`.
"""

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


def sb3_progress(model: Any) -> dict[str, Any]:
    """Progress of an SB3 off-policy algorithm."""
    return {name: getattr(model, name) for name in SB3_PROGRESS if hasattr(model, name)}


def set_sb3_progress(model: Any, progress: dict[str, Any]) -> None:
    """Restore what `sb3_progress` returned."""
    for name in sb3_progress(model):
        setattr(model, name, progress[name])


def forget_observations(model: Any) -> None:
    """Let an SB3 off-policy algorithm begin new episodes when it goes on."""
    model._last_obs = None


def clipup_velocity(optimizer: Any) -> Any:
    """Velocity of a ClipUp optimiser, a live tensor."""
    return optimizer._velocity
