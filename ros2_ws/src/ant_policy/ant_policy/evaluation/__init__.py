"""Evaluation of policies in the simulator."""

PLOT_FORMATS = (".png", ".svg", ".pdf")
