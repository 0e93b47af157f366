"""Tasks of the simulator: what a step is worth, and when an episode is over."""
