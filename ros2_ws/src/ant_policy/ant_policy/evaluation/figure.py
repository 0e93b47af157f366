"""Figures that are written to a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ant_policy.atomic import replacing

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colour-blind safe palette of Okabe and Ito."""


@contextmanager
def saved_figure(path: Path, rows: int, columns: int, **options: Any) -> Iterator[tuple[Any, Any]]:
    """Create a figure; write it to `path` after the block, replacing the file atomically.

    Args:
        path: file whose suffix is one of `PLOT_FORMATS`.
        rows: of axes.
        columns: of axes.
        options: of `matplotlib.pyplot.subplots`.

    Yields:
        The figure and its axes.

    Raises:
        OSError: if the file cannot be written.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(rows, columns, layout="constrained", **options)
    try:
        yield figure, axes
        with replacing(path) as (new,):
            figure.savefig(new, dpi=120)
    finally:
        pyplot.close(figure)
