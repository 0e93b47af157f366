"""Observations from robot states by joint name, and the frames that they are in."""
