"""Robots in MuJoCo, such as an Ant that learns to jump: physics, environments and the ROS 2 simulator node."""

import gymnasium as gym

from ant_ros.environment import guard_rclpy
from ant_sim.physics.simulator import MODEL_PATH, AntSimulator, RobotState

__all__ = ["MODEL_PATH", "AntSimulator", "RobotState"]

guard_rclpy()

for name in ("CustomAnt", "DiscreteAnt"):
    gym.register(
        id=f"{name}Env-v1",
        entry_point=f"ant_sim.envs.single:{name}Env",
        vector_entry_point=f"ant_sim.envs.vector:{name}VectorEnv",
        max_episode_steps=1000,
    )
