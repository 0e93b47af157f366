"""Pictures and videos of policies in the simulator."""
