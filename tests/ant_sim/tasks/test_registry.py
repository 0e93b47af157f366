"""Choice of a robot's task."""

import pytest
from mjcf import ARM, CART, ROVER

from ant_sim import MODEL_PATH
from ant_sim.physics.robot import load_robot
from ant_sim.tasks.jump import JumpTask
from ant_sim.tasks.registry import make_task
from ant_sim.tasks.task import NoTask
from ant_sim.tasks.walk import WalkTask


def robot_of(mjcf, tmp_path):
    path = tmp_path / "robot.xml"
    path.write_text(mjcf)
    return load_robot(path)


def test_an_ant_jumps_whatever_its_weight(tmp_path):
    text = MODEL_PATH.read_text()
    heavier = text.replace('density="3"', 'density="5"')
    assert heavier != text
    for mjcf in (text, heavier):
        task = make_task("", robot_of(mjcf, tmp_path))
        assert isinstance(task, JumpTask)
        assert (task.control_period, task.reset_noise, task.publishes_height) == (0.05, 0.1, True)


@pytest.mark.parametrize("mjcf", [ARM, CART, ROVER])
def test_other_robots_have_no_task_unless_asked(tmp_path, mjcf):
    task = make_task("", robot_of(mjcf, tmp_path))
    assert type(task) is NoTask
    assert (task.control_period, task.reset_noise, task.publishes_height) == (0.02, 0.0, False)


def test_ant_without_a_task():
    task = make_task("none", load_robot(MODEL_PATH))
    assert isinstance(task, NoTask)
    assert (task.control_period, task.reset_noise) == (0.05, 0.0)


def test_unknown_task_and_a_robot_that_cannot_jump_are_refused(tmp_path):
    with pytest.raises(ValueError, match="task 'dance' is unknown; available: jump, walk, none"):
        make_task("dance", load_robot(MODEL_PATH))
    for name, task in (("jump", JumpTask), ("walk", WalkTask)):
        with pytest.raises(ValueError, match=rf"task '{name}' needs a robot with a free root; that of .* is fixed"):
            make_task(name, robot_of(ARM, tmp_path))
        assert isinstance(make_task(name, robot_of(ROVER, tmp_path)), task)


def test_jump_rewards_height_counts_jumps_and_ends_with_a_fall(floating):
    task = JumpTask()
    for height, reward, has_fallen in ((0.5, 0.0, False), (1.1, 5.0, False), (1.6, 10.0, False), (0.1, 0.0, True)):
        floating.data.qpos[2] = height
        assert task.step(floating) == (pytest.approx(reward), has_fallen)
    assert task.report() == {"jumps": 1, "highest [m]": "1.600"}
