"""The quadruped's geometry and names, and its state as the reward sees it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ant_policy.observation.frames import gravity
from ant_sim.physics.frames import rotation_matrix, to_body, to_world

Floats = NDArray[np.float64]

MODEL_PATH = Path(__file__).parents[2] / "assets" / "quadruped" / "robot.xml"
LEGS = ("FL", "FR", "RL", "RR")
JOINTS = tuple(f"{leg}_{part}" for leg in LEGS for part in ("hip", "thigh", "calf"))
"""Order of joints and actions."""

HOME: Floats = np.tile([0.0, 0.9, -1.6], len(LEGS))
"""Standing pose (12,) [rad], the model's keyframe `home`."""
HOME_HEIGHT = 0.29
"""Height [m] of the trunk of the robot that stands on its servos."""

CONTROL_PERIOD = 0.02
FRAME_SKIP = 4
"""Physics steps in a control period."""

FOOT_RADIUS = 0.02
LINK_LENGTH = 0.213
_HIPS: Floats = np.array([[0.1881, 0.04675], [0.1881, -0.04675], [-0.1881, 0.04675], [-0.1881, -0.04675]])
_THIGH_OFFSETS: Floats = np.array([0.08, -0.08, 0.08, -0.08])


def feet_in_body(joint_positions: Floats) -> Floats:
    """Centres of the feet (n, 4, 3) [m] in the trunk's frame for joint positions (n, 12) [rad]."""
    hip, thigh, calf = np.moveaxis(joint_positions.reshape(-1, len(LEGS), 3), 2, 0)
    shin = thigh + calf
    x = -LINK_LENGTH * (np.sin(thigh) + np.sin(shin))
    z = -LINK_LENGTH * (np.cos(thigh) + np.cos(shin))
    sine, cosine = np.sin(hip), np.cos(hip)
    y = _THIGH_OFFSETS * cosine - z * sine
    return np.stack([_HIPS[:, 0] + x, _HIPS[:, 1] + y, _THIGH_OFFSETS * sine + z * cosine], axis=2)


def joint_positions_of(feet: Floats) -> Floats:
    """Joint positions (n, 12) [rad], knees backwards, of feet (n, 4, 3) [m] in the trunk's frame, within reach."""
    x, y = np.moveaxis(feet[:, :, :2] - _HIPS, 2, 0)
    z = feet[:, :, 2]
    # Height of the foot in the plane of the leg, which is _THIGH_OFFSETS beside the hip's axis.
    height = -np.sqrt(y**2 + z**2 - _THIGH_OFFSETS**2)
    hip = np.arctan2(z, y) - np.arctan2(height, np.broadcast_to(_THIGH_OFFSETS, height.shape))
    hip = (hip + np.pi) % (2.0 * np.pi) - np.pi
    calf = -np.arccos((x**2 + height**2) / (2.0 * LINK_LENGTH**2) - 1.0)
    thigh = np.arctan2(-x, -height) - 0.5 * calf
    return np.stack([hip, thigh, calf], axis=2).reshape(len(feet), -1)


@dataclass(frozen=True)
class RobotState:
    """State of n robots; all arrays are copies.

    Attributes:
        height: (n,) of the trunk [m].
        linear_velocity: (n, 3) of the trunk, in its frame [m/s].
        angular_velocity: (n, 3) of the trunk, in its frame [rad/s].
        quaternion: (n, 4) unit quaternion (w, x, y, z), trunk -> world.
        gravity: (n, 3) unit vector downwards, in the trunk's frame.
        joint_positions: (n, 12) [rad].
        joint_velocities: (n, 12) [rad/s].
        feet: (n, 4, 3) centres of the feet, in the world [m].
    """

    height: Floats
    linear_velocity: Floats
    angular_velocity: Floats
    quaternion: Floats
    gravity: Floats
    joint_positions: Floats
    joint_velocities: Floats
    feet: Floats

    @staticmethod
    def of(qpos: Any, qvel: Any) -> "RobotState":
        """State for MuJoCo's positions (n, 19) and velocities (n, 18)."""
        rotation = rotation_matrix(qpos[:, 3:7].T[..., None])
        feet_b: Any = np.moveaxis(feet_in_body(qpos[:, 7:]), 2, 0)
        velocity: Any = to_body(rotation, qvel[:, :3].T[..., None])
        down: Any = gravity(qpos[:, 3:7].T)
        feet: Any = to_world(rotation, feet_b)
        return RobotState(
            height=qpos[:, 2].copy(),
            linear_velocity=np.concatenate(velocity, axis=1),
            angular_velocity=qvel[:, 3:6].copy(),
            quaternion=qpos[:, 3:7].copy(),
            gravity=np.stack(down, axis=1),
            joint_positions=qpos[:, 7:].copy(),
            joint_velocities=qvel[:, 6:].copy(),
            feet=qpos[:, None, :3] + np.stack(feet, axis=2),
        )
