"""Brings up simulator, policy and RViz, and checks drivers against the interface contract."""
