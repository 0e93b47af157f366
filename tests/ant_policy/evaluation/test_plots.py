"""Plots whose words can be read: no label lies over another, and all lie within the figure."""

import itertools

import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from ant_policy import load_policy
from ant_policy.evaluation.learning_curves import Point, draw_curve, draw_curves
from ant_policy.evaluation.plot import draw_evaluation
from ant_policy.evaluation.rollout import evaluate

LONG = [Point(round(x * 3.3e6), 3600.0 * x, 9000.0 * x, 500.0, 3) for x in np.linspace(0.0, 1.0, 30)]
SHORT = [Point(1, 0.001, -1234.5, 0.0, 0)]


def shown(figure):
    """Texts that are drawn: ticks outside of the limits are not."""
    hidden = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        hidden |= {label for each in ticks if not low <= each.get_loc() <= high for label in (each.label1, each.label2)}
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text() and text not in hidden]


def draw_jumps(path):
    evaluation = evaluate(load_policy("sac"), 3, 1000, max_steps=200)
    evaluation.falls[:] = True
    draw_evaluation(evaluation, 0.05, "sac: 3 episodes", path)


@pytest.mark.parametrize(
    "draw",
    [
        draw_jumps,
        lambda path: draw_curve(LONG, "sac: one seed", path),
        lambda path: draw_curve(SHORT, "pgpe: a run of a moment", path),
        lambda path: draw_curves({"sac fast": [LONG] * 3, "dqn best": [SHORT]}, path),
    ],
    ids=["evaluation", "curve", "short curve", "curves"],
)
def test_no_label_lies_over_another(draw, tmp_path, monkeypatch):
    found = []
    save = Figure.savefig

    def look_and_save(figure, path, **options):
        save(figure, path, **options)
        figure.set_dpi(options["dpi"])
        figure.draw_without_rendering()
        found.append((figure.bbox.frozen(), [(text.get_text(), text.get_window_extent()) for text in shown(figure)]))

    monkeypatch.setattr(Figure, "savefig", look_and_save)
    draw(tmp_path / "plot.png")
    ((page, labels),) = found
    assert len(labels) > 10
    for (one, box), (other, another) in itertools.combinations(labels, 2):
        assert not (box.padded(-1.0)).overlaps(another.padded(-1.0)), f"'{one}' lies over '{other}'"
    for text, box in labels:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, f"'{text}' is cut off"
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, f"'{text}' is cut off"
