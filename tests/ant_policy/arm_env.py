"""An arm as a Gymnasium environment of a user, with a MuJoCo model and a declared observation."""

import gymnasium as gym
import mujoco
import numpy as np

from ant_policy.card.observation import Term

ARM = """
<mujoco model="{name}">
  <option timestep="0.005"/>
  <worldbody><body name="upper">
    <joint name="shoulder" type="hinge" axis="0 1 0"/><geom size="0.1"/>
    <body name="lower" pos="0 0 0.4"><joint name="slide" type="slide" axis="0 0 1"/><geom size="0.1"/>
      {more}
    </body>
  </body></worldbody>
  <actuator>{actuators}</actuator>
</mujoco>
"""
TERMS = ("joint_positions", Term("joint_velocities", scale=0.1))
MOTORS = '<motor joint="slide" gear="20" ctrlrange="-0.5 1"/><motor joint="shoulder" gear="10" ctrlrange="-1 1"/>'


class ArmEnv(gym.Env):
    """Arm with a MuJoCo model and a declared observation."""

    def __init__(self, actuators=MOTORS, more="", terms=TERMS, name="arm"):
        self.model = mujoco.MjModel.from_xml_string(ARM.format(actuators=actuators, more=more, name=name))
        self.data = mujoco.MjData(self.model)
        self.dt = 0.02
        if terms is not None:
            self.observation_terms = terms
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (4,))
        low, high = self.model.actuator_ctrlrange.T.astype(np.float32)
        self.action_space = gym.spaces.Box(low, high)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        mujoco.mj_resetData(self.model, self.data)
        return self._observe(), {}

    def step(self, action):
        self.data.ctrl[:] = action
        mujoco.mj_step(self.model, self.data, 4)
        return self._observe(), 0.0, False, False, {}

    def _observe(self):
        return np.concatenate([self.data.qpos, 0.1 * self.data.qvel]).astype(np.float32)


gym.register("TestArm-v0", ArmEnv, max_episode_steps=50)
gym.register("TestArmClosed-v0", ArmEnv, kwargs={"terms": None, "name": ""})


def small():
    """Arguments of a small model; SB3 changes them."""
    return {"policy_kwargs": {"net_arch": [8]}, "seed": 1}
