"""A robot needs ant_policy alone: the policy node runs without ant_sim, MuJoCo and torch."""

import itertools
from pathlib import Path

import pytest
from geometry_msgs.msg import Twist, Vector3
from isolated import build_wheels, environment_of, make_environment
from nav_msgs.msg import Odometry
from processes import Observer, repeating, wait_until
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Float64

from ant_policy.policies.loading import shipped_policies

SKILLED = [name for name in shipped_policies() if name not in ("zero", "random")]


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of the robot's computer."""
    wheels = build_wheels(tmp_path_factory.mktemp("wheels"))
    return make_environment(tmp_path_factory.mktemp("robot"), wheels, "ant_policy")


@pytest.mark.parametrize("name", SKILLED)
def test_shipped_policy_moves_a_driver_in_another_environment(
    name: str, robot: Path, start, observer: Observer
) -> None:
    heights = observer.collect(Float64, "torso_height", qos_profile_sensor_data)
    odometry = observer.collect(Odometry, "odom", qos_profile_sensor_data)
    driver = start("driver", defects=False, seed=1, robot="quadruped" if name == "walk" else "ant")
    driver.wait_for("waiting for a first command")
    policy = start("policy", environment=environment_of(robot), python=robot, policy=name)
    driver.wait_for("following them")

    def jumps() -> int:
        seen = [message.data for message in list(heights)]
        return sum(low < 2.0 <= high for low, high in itertools.pairwise(seen))

    if name == "walk":
        velocities = observer.node.create_publisher(Twist, "cmd_vel", 10)
        with repeating(lambda: velocities.publish(Twist(linear=Vector3(x=0.6))), 0.05):
            wait_until(lambda: odometry[-1].pose.pose.position.x > 0.1, "a walk of 0.1 m")
    else:
        wait_until(lambda: jumps() >= 2, "two jumps over 2 m")
    maps = Path(f"/proc/{policy.process.pid}/maps").read_text()
    assert str(robot.parents[1]) in maps
    assert not any(library in maps for library in ("/torch/", "/mujoco/"))
    assert policy.stop() == 0
    assert driver.stop() == 0
