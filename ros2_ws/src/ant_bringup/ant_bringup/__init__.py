"""Brings up simulator, policy and RViz, checks drivers against the interface contract, records and reports."""

from typing import TYPE_CHECKING, Any

from ant_ros.environment import guard_rclpy

if TYPE_CHECKING:
    from ant_bringup.bags.episodes import Episode, episodes

__all__ = ["Episode", "episodes"]

guard_rclpy()


def __getattr__(name: str) -> Any:
    """Import what reads bags only when it is asked for: the nodes here do without."""
    if name not in __all__:
        raise AttributeError(f"module 'ant_bringup' has no attribute '{name}'")
    from ant_bringup.bags import episodes as bag_episodes

    return getattr(bag_episodes, name)
