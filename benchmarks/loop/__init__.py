"""Benchmarks of the loop of simulator and policy."""
