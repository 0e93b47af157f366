"""Draws a report's figures as PNG files."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

from ant_bringup.bags.report.figures import COLOURS, Figure
from ant_policy.atomic import replacing

LEVEL_STYLES = (":", "--", "-.")


def draw(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write `<name>.png` of each figure into a folder.

    Raises:
        OSError: if one cannot be written.
    """
    matplotlib.use("Agg")
    from matplotlib import pyplot

    paths = []
    for figure in figures:
        drawing, axis = pyplot.subplots(figsize=(10, 4), layout="constrained")
        for curve, colour in zip(figure.curves, COLOURS, strict=False):
            if curve.style == "dots":
                axis.plot(curve.x, curve.y, ".", color=colour, label=curve.label, markersize=4)
            else:
                form = "steps-post" if curve.style == "steps" else "default"
                axis.plot(curve.x, curve.y, color=colour, label=curve.label, linewidth=1.0, drawstyle=form)
        for (label, level), dots in zip(figure.levels.items(), LEVEL_STYLES, strict=False):
            axis.axhline(level, color="#666666", linestyle=dots, linewidth=1.0, label=label)
        axis.set_title(figure.title)
        axis.set_xlabel(figure.x_label)
        axis.set_ylabel(figure.y_label)
        if figure.log_y:
            axis.set_yscale("log")
        axis.grid(alpha=0.3)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
        path = folder / f"{figure.name}.png"
        with replacing(path) as (new,):
            drawing.savefig(new, dpi=100, format="png")
        pyplot.close(drawing)
        paths.append(path)
    return paths
