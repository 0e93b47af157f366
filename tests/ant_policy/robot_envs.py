"""Environments of small robots, some of which declare what they do; tests copy this file into their folder."""

from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import gymnasium as gym
import mujoco
import numpy as np
from gymnasium.envs.mujoco import MujocoEnv

ARM = """
<mujoco model="arm">
  <option timestep="0.005"/>
  <worldbody><body name="stand"><geom size="0.1"/><body>
    <joint name="shoulder" axis="0 1 0"/><geom size="0.1" pos="0 0 -0.3"/>
    <body pos="0 0 0.4"><joint name="slide" type="slide" axis="1 0 0" damping="1"/><geom size="0.1"/></body>
  </body></body></worldbody>
  <actuator><{kind} joint="slide" {gain}="20"/><{kind} joint="shoulder" {gain}="10"/></actuator>
</mujoco>
"""
MOVES = ((1.0, 0.0), (0.0, 1.0), (-1.0, -1.0))


class Arm(MujocoEnv):
    metadata: ClassVar = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 50}

    def __init__(self, path, terms=("joint_positions", "joint_velocities"), scale=1.0, declared=None, moves=None):
        kind, gain = ("position", "kp") if scale != 1.0 else ("motor", "gear")
        Path(path).write_text(ARM.format(kind=kind, gain=gain))
        super().__init__(path, 4, gym.spaces.Box(-np.inf, np.inf, (4,), np.float64))
        self.observation_terms, self._scale = terms, scale
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,))
        if declared is not None:
            self.action_terms = declared
        if moves is not None:
            self.moves, self.action_space = moves, gym.spaces.Discrete(3)

    def observe(self):
        return np.concatenate([self.data.qpos, self.data.qvel])

    def step(self, action):
        action = MOVES[action] if isinstance(self.action_space, gym.spaces.Discrete) else action
        self.do_simulation(self._scale * np.asarray(action), 4)
        return self.observe(), float(self.data.qpos[0]), bool(abs(self.data.qpos[1]) > 5.0), False, {}

    def reset_model(self):
        self.set_state(self.np_random.uniform(-0.1, 0.1, 2), np.zeros(2))
        return self.observe()


class Native(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        return after.qpos[..., 0], abs(after.qpos[..., 1]) > 5.0


class Rewarded(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        return after.qpos[..., 1], False


class Worn(Native):
    def reset_model(self):
        self.model.dof_damping *= 1.2
        return super().reset_model()


class Pushed(Native):
    def step(self, action):
        if self.np_random.random() < 1e-9:
            self.data.qvel[0] += 1.0
        return super().step(action)


class Broken(Arm):
    @staticmethod
    def batch_reward(before, after, actions):
        raise LookupError("no reward")


class Buoy(MujocoEnv):
    """Floating body that turns; its reward needs body poses and the state before, and has a metric."""

    metadata: ClassVar = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 50}
    metadata |= {"metrics": {"drift [m]": "drift"}}
    observation_terms = (
        "base_height",
        "base_orientation",
        {"name": "projected_gravity", "source": "imu"},
        "base_linear_velocity",
        {"name": "base_angular_velocity", "source": "imu", "scale": 0.25},
        {"name": "joint_positions", "offset": 0.1},
        "last_action",
        {"name": "gait_phase", "period": 0.3},
    )

    def __init__(self, path):
        Path(path).write_text(BUOY)
        super().__init__(path, 4, gym.spaces.Box(-np.inf, np.inf, (18,), np.float32))

    def observe(self):
        data, to_body = self.data, np.empty(9)
        mujoco.mju_quat2Mat(to_body, data.qpos[3:7])
        to_body = to_body.reshape(3, 3).T
        angle = 2 * np.pi * self.steps * self.dt / 0.3
        parts = [
            data.qpos[2:7],
            to_body @ [0, 0, -1],
            to_body @ data.qvel[:3],
            0.25 * data.qvel[3:6],
            data.qpos[7:] - 0.1,
            self.last,
            [np.sin(angle), np.cos(angle)],
        ]
        return np.concatenate(parts).astype(np.float32)

    @staticmethod
    def batch_reward(before, after, actions):
        drift = after.qpos[..., 0] - before.qpos[..., 0]
        return after.xpos[..., 2, 2] - actions[..., 0] ** 2, after.qpos[..., 2] < 0.5, {"drift": drift}

    def step(self, action):
        before = SimpleNamespace(qpos=self.data.qpos.copy())
        self.do_simulation(action, self.frame_skip)
        self.steps, self.last = self.steps + 1, action / 0.5
        reward, ended, infos = self.batch_reward(before, self.data, np.asarray(action))
        return self.observe(), float(reward), bool(ended), False, infos

    def reset_model(self):
        self.steps, self.last = 0, np.zeros(1)
        qpos, qvel = self.init_qpos + self.np_random.normal(0, 0.3, 8), self.np_random.normal(0, 1.0, 7)
        mujoco.mju_normalize4(qpos[3:7])
        self.set_state(qpos, qvel)
        return self.observe()


BUOY = """
<mujoco model="buoy">
  <option timestep="0.005"/>
  <worldbody><body name="hull" pos="0 0 1.5"><freejoint/><geom size="0.1"/><geom size="0.05" pos="0.2 0 0"/>
    <body pos="0 0 0.3"><joint name="mast" axis="0 1 0"/><geom size="0.05" pos="0 0 0.2"/></body>
  </body></worldbody>
  <actuator><motor joint="mast" gear="2" ctrlrange="-0.5 0.5"/></actuator>
</mujoco>
"""


def register(name, kind=Arm, **kwargs):
    gym.register(f"{name}-v0", kind, max_episode_steps=30, kwargs={"path": f"{__file__}.{name}.xml", **kwargs})


register("Motors")
register("Native", Native)
register("Moves", Native, moves=MOVES)
register("Targets", Native, scale=0.5, declared={"scale": 0.5})
register("Buoy", Buoy)
register("Rewarded", Rewarded)
register("Worn", Worn)
register("Pushed", Pushed)
register("Broken", Broken)
register("History", Native, terms=({"name": "joint_positions", "history": 2},))
register("Undeclared", scale=0.5)
register("Swapped", terms=("joint_velocities", "joint_positions"))
register("Short", terms=("joint_positions",))
register("Open", terms=None)
