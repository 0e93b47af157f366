"""Private APIs of Gymnasium, as of version 1.4.0."""

from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer


def hide_menu(renderer: MujocoRenderer) -> None:
    """Open the window without its menu, which covers a small one; the key H shows it."""
    renderer._get_viewer("human")._hide_menu = True
