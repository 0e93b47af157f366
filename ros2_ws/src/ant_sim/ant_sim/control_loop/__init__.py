"""The control loop of the simulator node: lockstep or free running."""
