"""Training: configuration, presets, the session that evaluates and saves."""
