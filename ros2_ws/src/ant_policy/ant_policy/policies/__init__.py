"""Policies, their networks, and loading of a policy with its card."""
