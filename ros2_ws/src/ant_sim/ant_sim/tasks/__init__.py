"""Tasks of the simulator: rewards, falls, noise at resets."""
