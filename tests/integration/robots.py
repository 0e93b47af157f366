"""The robots that faults are made on: the Ant, which takes efforts, and the quadruped, which takes positions.

A small walker of four joints, whose policy remembers more than the quadruped's, is for the checks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sensor_msgs.msg import JointState

from ant_policy.card.card import Card
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.mlp import Layer
from ant_sim import AntSimulator
from ant_sim.physics.drives import Drive, Drives
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model

LEGS = ("front_left", "front_right", "rear_left", "rear_right")
KP, KV = 20.0, 1.0
MAX_RESIDUE = 0.5
"""Greatest difference [N m] of a damped joint's effort from its damping: a state has its velocity a little later."""
QUADRUPED_RESIDUE = 2.5
"""Likewise of the quadruped, whose landing on its belly gives 1.7 N m; to stand takes 4 N m at the knees."""


def walker_mjcf() -> str:
    """A trunk with a free root on four legs of one joint each, in front of which the feet stand: it takes effort."""
    places = {name: (0.2 * (1, -1)["rear" in name], 0.15 * (1, -1)["right" in name]) for name in LEGS}
    legs = "".join(
        f"""
        <body name="{name}_leg" pos="{x} {y} 0">
          <joint name="{name}" axis="0 1 0" range="-1.5 1.5" limited="true"/>
          <geom type="capsule" size="0.02" fromto="0 0 0 0.08 0 -0.2" mass="0.3"/>
        </body>"""
        for name, (x, y) in places.items()
    )
    servos = "".join(f'<position joint="{name}" kp="{KP}" kv="{KV}"/>' for name in reversed(LEGS))
    return f"""
<mujoco model="walker">
  <compiler angle="radian"/>
  <option timestep="0.002"/>
  <worldbody>
    <geom type="plane" size="50 50 0.1"/>
    <body name="trunk" pos="0 0 0.23">
      <freejoint/>
      <geom type="box" size="0.25 0.12 0.05" mass="4"/>{legs}
    </body>
  </worldbody>
  <actuator>{servos}</actuator>
</mujoco>
"""


def walker_card() -> dict:
    """Contract of the walker's policy: an IMU, a history, last action and phase, and no odometry."""
    return {
        "card_version": 2,
        "robot": "walker",
        "base_link": "trunk",
        "policy": {
            "algorithm": "linear",
            "file": "policy.npz",
            "output": "clip",
            "network": {"activation": "identity", "hidden": []},
        },
        "control_period": 0.02,
        "joints": {"names": list(LEGS), "default_pose": dict.fromkeys(LEGS, 0.1)},
        "observation": {
            "terms": [
                {"name": "base_angular_velocity", "source": "imu", "scale": 0.25},
                {"name": "projected_gravity", "source": "imu"},
                {"name": "joint_positions", "offset": "default_pose", "history": 3},
                {"name": "joint_velocities", "scale": 0.05},
                {"name": "last_action"},
                {"name": "velocity_command"},
                {"name": "gait_phase", "period": 0.5},
            ]
        },
        "action": {
            "interface": "position",
            "joints": ["rear_left", "front_right", "rear_right", "front_left"],
            "scale": 0.5,
            "offset": "default_pose",
            "stiffness": KP,
            "damping": KV,
        },
    }


def write_walker(folder: Path, **changes: object) -> Path:
    """Write model, card and a restless linear policy; `changes` replace parts of the card."""
    (folder / "robot.xml").write_text(walker_mjcf())
    (folder / "card.yaml").write_text(yaml.safe_dump(walker_card() | changes))
    card = Card.load(folder / "card.yaml")
    rng = np.random.default_rng(3)
    weight = rng.normal(0.0, 1.0, (card.action_size, card.observation_size))
    save_npz(folder / "policy.npz", [Layer(weight, rng.normal(0.0, 0.3, card.action_size))])
    return folder


@dataclass(frozen=True)
class Robot:
    """A robot, its restless policy, and how to tell whether it is stopped.

    Attributes:
        interface: what it takes.
        policy: of the policy node; on a standing quadruped it holds the pose, which takes effort.
        skilled: name of a policy that does the robot's task.
        base_topic: what a state needs besides joint_states.
        parameters: of simulator and driver.
        joints: names, in the order of the model.
        stopped: of a state, whether the robot is stopped as `on_stop` says.
        consequence: of a stop, in the words of driver and simulator.
    """

    name: str
    interface: str
    policy: Path | str
    parameters: dict[str, object]
    joints: Sequence[str]
    stopped: Callable[[JointState], bool]
    consequence: str = "zero effort"
    skilled: str = "sac"
    base_topic: str = "odom"

    def command(self, values: Sequence[float], names: Sequence[str] | None = None) -> JointState:
        """A command of its interface."""
        return JointState(name=list(self.joints if names is None else names), **{self.interface: values})

    def is_stop(self, command: JointState) -> bool:
        """True for a command that stops it."""
        if self.interface == "position":
            return not len(command.position) and not any(command.velocity) and not any(command.effort)
        return not any(command.effort)


def ant() -> Robot:
    return Robot("ant", "effort", "random", {}, AntSimulator().joint_names, lambda state: not any(state.effort))


def is_damped(state: JointState, damping: float | Sequence[float] = KV, residue: float = MAX_RESIDUE) -> bool:
    """True if each effort is that of damping alone, or of none."""
    residues = np.add(state.effort, np.multiply(damping, state.velocity))
    return bool((np.abs(residues) < residue).all())


def walker(folder: Path) -> Robot:
    parameters = {"model": write_walker(folder) / "robot.xml"}
    return Robot("walker", "position", folder, parameters, LEGS, is_damped, "joints damped")


def quadruped() -> Robot:
    """The shipped one, with its policy."""
    robot = load_robot(find_model("quadruped"))
    Drives(robot.model).switch(Drive.DAMP)
    damping = dict(zip(robot.actuator_joints, -robot.model.actuator_biasprm[:, 2], strict=True))

    def stopped(state: JointState) -> bool:
        return is_damped(state, [damping.get(name, 0.0) for name in state.name], QUADRUPED_RESIDUE)

    parameters = {"robot": "quadruped"}
    joints, words = robot.joint_names, "joints damped"
    return Robot("quadruped", "position", "walk", parameters, joints, stopped, words, "walk", "imu")


ROBOTS = {"ant": ant, "quadruped": quadruped}
