"""Card of the policies of the walk, made from the quadruped's model and the task."""

import hashlib
from typing import Any

import mujoco

from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.card.observation import Observation, Term
from ant_policy.card.parts import Joints, Model, Network, PolicyFile
from ant_policy.observation.terms import IMU
from ant_policy.tasks.walk.commands import COMMAND_LIMITS
from ant_policy.tasks.walk.gait.units import HIDDEN
from ant_policy.tasks.walk.robot import CONTROL_PERIOD, HOME, JOINTS, MODEL_PATH
from ant_policy.tasks.walk.terms import GAIT_PERIOD
from ant_policy.tasks.walk.vector_env import ACTION_SCALE


def walk_card(versions: dict[str, str] | None = None, training: dict[str, Any] | None = None) -> Card:
    """Make the card of a network of gait units, `policy.npz`; its terms are those of `terms.TERMS`, in their order."""
    model = mujoco.MjModel.from_xml_path(str(MODEL_PATH))
    pose, scale, stiffness, damping = (
        dict(zip(JOINTS, values.tolist(), strict=True))
        for values in (HOME, ACTION_SCALE, model.actuator_gainprm[:, 0], model.dof_damping[6:])
    )
    ranges = {name: (low, high) for name, (low, high) in zip(JOINTS, model.jnt_range[1:].tolist(), strict=True)}
    commands = zip(("linear_x", "linear_y", "angular_z"), COMMAND_LIMITS.tolist(), strict=True)
    terms = (
        Term("base_angular_velocity", IMU, scale=0.25),
        Term("projected_gravity", IMU),
        Term("joint_positions", offset=pose),
        Term("joint_velocities", scale=0.05),
        Term("last_action"),
        Term("velocity_command", clip={name: (-limit, limit) for name, limit in commands}),
        Term("gait_phase", period=GAIT_PERIOD),
    )
    return Card(
        robot="quadruped",
        base_link="trunk",
        policy=PolicyFile("pgpe", "policy.npz", "clip", Network("relu", HIDDEN)),
        control_period=CONTROL_PERIOD,
        joints=Joints(JOINTS, pose),
        observation=Observation(terms),
        action=Action("position", JOINTS, scale, pose, ranges, stiffness, damping),
        model=Model(MODEL_PATH.name, hashlib.sha256(MODEL_PATH.read_bytes()).hexdigest()),
        versions=versions or {},
        training=training or {},
    )
