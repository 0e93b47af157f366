"""A robot needs ant_policy alone: the policy node runs without ant_sim, MuJoCo and torch."""

import itertools
from pathlib import Path

import pytest
from isolated import build_wheels, environment_of, make_environment
from processes import Observer, wait_until
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Float64

from ant_policy.policies.loading import shipped_policies

JUMPING = [name for name in shipped_policies() if name not in ("zero", "random", "walk")]


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of the robot's computer."""
    wheels = build_wheels(tmp_path_factory.mktemp("wheels"))
    return make_environment(tmp_path_factory.mktemp("robot"), wheels, "ant_policy")


@pytest.mark.parametrize("name", JUMPING)
def test_shipped_policy_moves_a_driver_in_another_environment(
    name: str, robot: Path, start, observer: Observer
) -> None:
    heights = observer.collect(Float64, "torso_height", qos_profile_sensor_data)
    driver = start("driver", defects=False, seed=1)
    driver.wait_for("waiting for a first command")
    policy = start("policy", environment=environment_of(robot), python=robot, policy=name)
    driver.wait_for("following them")

    def jumps() -> int:
        seen = [message.data for message in list(heights)]
        return sum(low < 2.0 <= high for low, high in itertools.pairwise(seen))

    wait_until(lambda: jumps() >= 2, "two jumps over 2 m")
    maps = Path(f"/proc/{policy.process.pid}/maps").read_text()
    assert str(robot.parents[1]) in maps
    assert not any(library in maps for library in ("/torch/", "/mujoco/"))
    assert policy.stop() == 0
    assert driver.stop() == 0
