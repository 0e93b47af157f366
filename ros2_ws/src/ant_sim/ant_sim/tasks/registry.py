"""Tasks by name."""

from collections.abc import Callable, Iterable

from ant_sim.physics.robot import Interface, Robot
from ant_sim.tasks.jump import JumpTask
from ant_sim.tasks.task import NoTask, Task
from ant_sim.tasks.walk import WalkTask

TASKS: dict[str, Callable[[], Task]] = {"jump": JumpTask, "walk": WalkTask, "none": NoTask}
"""Constructor of each task."""

ANT_JOINTS = frozenset(f"{joint}_{leg}" for joint in ("hip", "ankle") for leg in range(1, 5))
"""Joints by which an Ant is recognised, whatever its masses, sizes and gears."""


def task_name(name: str, joints: Iterable[str]) -> str:
    """The name, or if it is empty: `jump` for the joints of an Ant, `none` for others."""
    return name or ("jump" if set(joints) == ANT_JOINTS else "none")


def make_task(name: str, robot: Robot) -> Task:
    """Create a task.

    Args:
        name: one of `TASKS`; empty: `jump` for an Ant, `none` for other robots.
        robot: that is to do it.

    Raises:
        ValueError: for an unknown name, or a robot that cannot do the task.
    """
    is_ant = robot.has_free_root and robot.interface is Interface.EFFORT and set(robot.joint_names) == ANT_JOINTS
    name = name or ("jump" if is_ant else "none")
    if name not in TASKS:
        raise ValueError(f"task '{name}' is unknown; available: {', '.join(TASKS)}")
    if name != "none" and not robot.has_free_root:
        raise ValueError(f"task '{name}' needs a robot with a free root; that of '{robot.path}' is fixed to the world")
    task = TASKS[name]()
    if is_ant:
        task.control_period = JumpTask.control_period
    return task
