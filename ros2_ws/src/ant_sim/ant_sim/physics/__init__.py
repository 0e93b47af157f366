"""Physics of the robot: one simulator, batches, domain randomisation."""
