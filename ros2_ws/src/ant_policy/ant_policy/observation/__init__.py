"""Observations from robot states by joint name, and their frames."""
