"""Evaluation of policies in the simulator: returns, robustness, learning curves."""

PLOT_FORMATS = (".png", ".svg", ".pdf")
