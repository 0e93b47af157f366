"""The two nodes without the web page, with it, and with a browser that shows it, side by side in each round.

The browser draws on the processor here, so that it competes for it as no browser with a graphics card does; it runs
with the lowest priority, which leaves what the page's process itself costs.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ant_bringup.web.picture import CHROMIUM, headless_chromium
from benchmarks.report import Figure, median_figure, progress
from benchmarks.session import Session, StepCounts

TITLE = "sim_node and policy_node with and without the web page"
HELP = {"rounds": "rounds of all measurements", "window": "seconds of each measurement"}

CASES = ("without", "page", "page and browser")


def measure(factor: float, window: float, case: str) -> tuple[float, float]:
    """Measure the two nodes over `window` [s] at a real-time factor, in one of the cases.

    Returns:
        Control steps a second, and the simulator's processor time a control step [s], which other load changes less.
    """
    with Session() as session:
        if case != "without":
            page = session.start("ant_bringup.web", port=0)
            session.spin_until(lambda: "web: open " in page.output(), "the page")
        if case == "page and browser":
            open_in_browser(session, re.findall(r"web: open (\S+)", page.output())[0])
        counts = StepCounts(session)
        simulator = session.start("ant_sim.sim_node", real_time_factor=factor)
        session.start("ant_policy.policy_node", policy="sac")
        session.spin_until(lambda: counts.seconds > 0.0, "control steps")
        cpu, begin = simulator.cpu_seconds(), counts.seconds
        session.spin_until(lambda: counts.seconds >= begin + window, "control steps")
        steps = counts.rate * (counts.seconds - begin)
        return counts.rate, (simulator.cpu_seconds() - cpu) / steps


def open_in_browser(session: Session, url: str) -> None:
    """Show the page with its moving picture in a browser of the lowest priority."""
    slow = Path(session.enter_context(TemporaryDirectory())) / "chromium"
    slow.write_text(f'#!/bin/sh\nexec nice -n 19 {CHROMIUM} "$@"\n')
    slow.chmod(0o700)
    browser = session.enter_context(headless_chromium(str(slow)))
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(url)
    page.frame_locator("#viewer").locator("canvas").wait_for()


def run(rounds: int = 5, window: float = 4.0) -> list[Figure]:
    """Measure all cases in each round, so that other load on the machine meets all alike; give medians of ratios."""
    cases = CASES if CHROMIUM is not None else CASES[:2]
    figures = []
    for factor, name in ((0.0, "as fast as they can"), (1.0, "in real time")):
        rows = [[measure(factor, window, case) for case in cases] for _ in progress(rounds, f"web: {name}")]
        rates, cpu = np.array(rows).transpose(2, 1, 0)
        figures.append(median_figure(f"control steps without the page, {name}", rates[0], "1/s"))
        for case, steps, seconds in zip(cases[1:], rates[1:], cpu[1:], strict=True):
            figures.append(median_figure(f"{case} / without, {name}", steps / rates[0], target=0.98))
            figures.append(median_figure(f"simulator's processor time a step, {case} / without", seconds / cpu[0]))
    return figures
