"""SAC and DQN by Stable-Baselines3."""
