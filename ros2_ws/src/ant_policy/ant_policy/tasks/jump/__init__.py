"""The jumping Ant: features of its observation, its symmetries, and an adapter of policies to its environment."""
