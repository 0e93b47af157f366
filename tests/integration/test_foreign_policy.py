"""A policy and a robot that nobody here made: DeepMind's Go1 joystick policy walks over ROS 2 by a card of 30 lines."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from nav_msgs.msg import Odometry
from processes import Observer, repeating, stamp_ns
from sensor_msgs.msg import Imu, JointState

from ant_bringup.checks.reference import command_of
from ant_policy import load_policy
from ant_policy.observation.builder import ObservationBuilder, RobotState
from ant_policy.ros.messages import base_sample, imu_sample, joint_sample

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

TOPICS = ((JointState, "joint_states"), (Odometry, "odom"), (Imu, "imu"))


def policy_folder(path: Path, **changes: object) -> Path:
    """Folder of the policy with its card; `changes` replace parts of the card."""
    shutil.copy(GO1 / "go1_policy.onnx", path)
    (path / "card.yaml").write_text(yaml.safe_dump(yaml.safe_load(CARD) | changes, sort_keys=False))
    return path


def start_robot(start, folder: Path, command_input_timeout: float = 10.0, **parameters: object):
    robot = {"model": GO1 / "go1.xml", "base_link": "trunk", "keyframe": "home", "control_period": 0.02}
    # In lockstep, so that a slow machine changes nothing: timeouts of real time would.
    sim = start("sim", **(robot | {"real_time_factor": 5.0, "command_timeout": 10.0} | parameters))
    policy = start("policy", policy=folder, state_timeout=10.0, command_input_timeout=command_input_timeout)
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


class CommandReader:
    """Finds the velocity command of each of the policy's answers, with a policy without ROS on the same states."""

    def __init__(self, observer: Observer, folder: Path) -> None:
        self._policy = load_policy(folder)
        self._topics = [observer.collect(kind, name) for kind, name in TOPICS]
        self._sent: list[tuple[JointState, float]] = []
        observer.node.create_subscription(JointState, "joint_commands", self._keep, 100)

    def _keep(self, message: JointState, info: dict[str, int]) -> None:
        self._sent.append((message, info["source_timestamp"] * 1e-9))

    def answers_to(self, *velocity: float) -> list[tuple[float, float]]:
        """Times [s, wall clock] at which answers to this command were sent, and the stamps of their states [s]."""
        states = [{stamp_ns(message): message for message in list(topic)} for topic in self._topics]
        card, found, before = self._policy.card, [], None
        for message, sent in list(self._sent):
            stamp = stamp_ns(message)
            if before is not None and all(stamp in topic for topic in states):
                builder = ObservationBuilder(card)
                builder.remember([(before[name] - card.action.offset[name]) / 0.5 for name in card.action.joints])
                read = zip((joint_sample, base_sample, imu_sample), states, strict=True)
                state = RobotState(*(sample(topic[stamp]) for sample, topic in read), velocity)
                expected = command_of(self._policy, self._policy.act(builder.stack(builder.frame(state))))
                if np.allclose(message.position, [expected[name] for name in message.name], atol=1e-4):
                    found.append((sent, stamp * 1e-9))
            before = dict(zip(message.name, message.position, strict=True))
        return found


def test_robot_stands_when_cmd_vel_falls_silent(start, joystick, observer, tmp_path) -> None:
    folder = policy_folder(tmp_path)
    reader = CommandReader(observer, folder)
    start_robot(start, folder, real_time_factor=1.0, command_input_timeout=0.5)
    with repeating(joystick.publish, 0.05):
        joystick.wait(1.0)
        assert joystick.drive(0.8, 0, 0, seconds=2.0, settling=1.5)[0] > 0.6
    joystick.publish()
    silent, silent_stamp = time.time(), stamp_ns(joystick.odometry[-1]) * 1e-9
    joystick.wait(2.0)
    walking, standing = reader.answers_to(0.8, 0.0, 0.0), reader.answers_to(0.0, 0.0, 0.0)
    # Simulation time stands still where a busy machine does.
    assert walking[-1][0] - silent > 0.3
    assert walking[-1][1] - silent_stamp < 0.5 + 0.3
    stopped = next(stamp for sent, stamp in standing if sent > silent)
    later = [abs(m.twist.twist.linear.x) for m in joystick.odometry if stamp_ns(m) * 1e-9 > stopped + 1.0]
    assert later
    assert max(later) < 0.15
    assert joystick.lowest() > 0.2
