"""Training of the policy `walk`."""
