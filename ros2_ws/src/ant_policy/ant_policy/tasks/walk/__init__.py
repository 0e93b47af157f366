"""Walking of the quadruped after a velocity command."""
