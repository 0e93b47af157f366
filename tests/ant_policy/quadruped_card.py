"""Card of a policy for the shipped quadruped: position control, IMU and memory, no odometry."""

from dataclasses import replace
from pathlib import Path

from ant_policy.card.action import Action
from ant_policy.card.card import Card
from ant_policy.card.observation import Observation, Term
from ant_policy.card.parts import Joints, PolicyFile

JOINTS = tuple(f"{leg}_{part}" for leg in ("FR", "FL", "RR", "RL") for part in ("hip", "thigh", "calf"))
"""In another order than the model's."""
POSE = {name: {"hip": 0.0, "thigh": 0.9, "calf": -1.6}[name[3:]] for name in JOINTS}


def quadruped_card(algorithm: str = "random") -> Card:
    terms = (
        Term("base_angular_velocity", source="imu", scale=0.25),
        Term("projected_gravity", source="imu"),
        Term("joint_positions", offset=POSE, history=3),
        Term("joint_velocities", scale=0.05),
        Term("last_action"),
        Term("velocity_command"),
    )
    action = Action("position", JOINTS, dict.fromkeys(JOINTS, 0.1), POSE)
    return Card("quadruped", "trunk", PolicyFile(algorithm), 0.02, Joints(JOINTS, POSE), Observation(terms), action)


def walking_card() -> Card:
    """The same with limits of the commands."""
    card = quadruped_card()
    return replace(card, action=replace(card.action, clip={"FR_hip": (-0.05, 0.05)}))


def save_quadruped_policy(folder: Path, algorithm: str = "random") -> Path:
    """Write the folder of a policy; returns it."""
    quadruped_card(algorithm).save(folder / "card.yaml")
    return folder
