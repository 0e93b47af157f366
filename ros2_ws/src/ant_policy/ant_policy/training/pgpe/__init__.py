"""PGPE by EvoTorch."""
