"""Evaluation of policies in the simulator."""
