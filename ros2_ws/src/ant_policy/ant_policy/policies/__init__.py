"""Policies: their networks, and how one is loaded with its card."""
