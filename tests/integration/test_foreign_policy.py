"""A policy and a robot that nobody here made: DeepMind's Go1 joystick policy walks over ROS 2 by a card of 30 lines."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from processes import repeating, stamp_ns, wait_until

GO1 = Path(__file__).resolve().parents[3] / "shared" / "robots" / "go1"
pytestmark = pytest.mark.skipif(not GO1.exists(), reason="../shared/robots/go1 is not there: others' data, not ours")

CARD = """
card_version: 2
robot: go1
base_link: trunk
policy: {algorithm: ppo, file: go1_policy.onnx, output: none}
control_period: 0.02
joints:
  names: [FR_hip_joint, FR_thigh_joint, FR_calf_joint, FL_hip_joint, FL_thigh_joint, FL_calf_joint,
          RR_hip_joint, RR_thigh_joint, RR_calf_joint, RL_hip_joint, RL_thigh_joint, RL_calf_joint]
  default_pose: {FR_hip_joint: 0.1, FR_thigh_joint: 0.9, FR_calf_joint: -1.8,
                 FL_hip_joint: -0.1, FL_thigh_joint: 0.9, FL_calf_joint: -1.8,
                 RR_hip_joint: 0.1, RR_thigh_joint: 0.9, RR_calf_joint: -1.8,
                 RL_hip_joint: -0.1, RL_thigh_joint: 0.9, RL_calf_joint: -1.8}
observation:
  terms:
  - {name: base_linear_velocity}
  - {name: base_angular_velocity, source: imu}
  - {name: projected_gravity, source: imu}
  - {name: joint_positions, offset: default_pose}
  - {name: joint_velocities}
  - {name: last_action}
  - {name: velocity_command, clip: {linear_x: [-1.5, 1.5], linear_y: [-0.8, 0.8], angular_z: [-1.5, 1.5]}}
action: {interface: position, scale: 0.5, offset: default_pose, stiffness: 35.0, damping: 0.5}
"""


def policy_folder(path: Path, **changes: object) -> Path:
    """Folder of the policy with its card; `changes` replace parts of the card."""
    shutil.copy(GO1 / "go1_policy.onnx", path)
    (path / "card.yaml").write_text(yaml.safe_dump(yaml.safe_load(CARD) | changes, sort_keys=False))
    return path


def start_robot(start, folder: Path, **parameters: object):
    robot = {"model": GO1 / "go1.xml", "base_link": "trunk", "keyframe": "home", "control_period": 0.02}
    # In lockstep, so that a slow machine changes nothing: timeouts of real time would.
    sim = start("sim", **(robot | {"real_time_factor": 5.0, "command_timeout": 10.0} | parameters))
    policy = start("policy", policy=folder, state_timeout=10.0)
    return sim, policy


def test_go1_walks_as_in_a_plain_loop(start, joystick, tmp_path) -> None:
    with repeating(joystick.publish, 0.05):
        sim, policy = start_robot(start, policy_folder(tmp_path))
        policy.wait_for("active: waiting for joint_states and odom and imu")
        joystick.wait(1.0)
        standing, forwards, turning = (joystick.drive(*each) for each in ((0, 0, 0), (0.8, 0, 0), (0, 0, 1.0)))
        for _ in range(2):
            for command in ((0.8, 0, 0.5), (-0.5, 0, 0), (0, 0.4, 0), (0, -0.4, -0.8), (1.0, 0.0, 0.0), (0, 0, 0)):
                joystick.drive(*command, seconds=3.75)
    np.testing.assert_allclose(standing, (0.0, 0.0, 0.0, 0.296), atol=0.05)
    np.testing.assert_allclose(forwards, (0.83, 0.0, 0.0, 0.297), atol=(0.1))
    np.testing.assert_allclose(turning[::2], (0.02, 0.89), atol=0.1)
    assert joystick.lowest() > 0.2
    assert stamp_ns(joystick.odometry[-1]) > 60e9
    assert "command rejected" not in sim.output


def test_robot_stands_when_cmd_vel_falls_silent(start, joystick, observer, tmp_path) -> None:
    start_robot(start, policy_folder(tmp_path), real_time_factor=1.0)
    with repeating(joystick.publish, 0.05):
        joystick.wait(1.0)
        assert joystick.drive(0.8, 0, 0, seconds=2.0, settling=1.5)[0] > 0.6
    silent = time.monotonic()
    first = len(joystick.odometry) + 10

    def stands() -> bool:
        newest = joystick.odometry[-10:]
        return len(joystick.odometry) > first and all(abs(m.twist.twist.linear.x) < 0.15 for m in newest)

    wait_until(stands, "the robot standing")
    assert time.monotonic() - silent < 0.5 + 1.0 + 1.0
    assert joystick.lowest() > 0.2


PARTS = yaml.safe_load(CARD)
EFFORTS = {"interface": "effort", "scale": 0.5}


@pytest.mark.parametrize(
    ("changes", "node", "words"),
    [
        ({"observation": {"terms": PARTS["observation"]["terms"][1:]}}, 1, r"expected one input of float32 \(1, 45\)"),
        ({"action": EFFORTS}, 0, "expected positions, found effort"),
    ],
    ids=["term", "interface"],
)
def test_mistake_in_the_card_is_said(start, joystick, tmp_path, changes, node, words) -> None:
    nodes = start_robot(start, policy_folder(tmp_path, **changes))
    nodes[node].wait_for(words)
    assert not [m for m in joystick.odometry if m.pose.pose.position.z < 0.2]
