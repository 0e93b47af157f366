"""Gymnasium and Stable-Baselines3 environments on that physics."""
