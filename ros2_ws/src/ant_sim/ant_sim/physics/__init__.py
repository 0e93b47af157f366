"""The robot's physics: one simulator, many at once, and randomised ones."""
