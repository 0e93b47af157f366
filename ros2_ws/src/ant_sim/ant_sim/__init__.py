"""A MuJoCo Ant that learns to jump: physics, Gymnasium environments and the ROS 2 simulator node."""

import gymnasium as gym

from ant_sim.simulator import MODEL_PATH, AntSimulator, AntState, ImuReading

__all__ = ["MODEL_PATH", "AntSimulator", "AntState", "ImuReading"]

gym.register(id="CustomAntEnv-v1", entry_point="ant_sim.env:CustomAntEnv")
gym.register(id="DiscreteAntEnv-v1", entry_point="ant_sim.env:DiscreteAntEnv")
