"""Does the web page slow the loop? The two nodes without it, with it, with somebody who looks, and with a browser.

All side by side in each round. Who looks asks for the page's numbers ten times a second, as a browser does.

The browser draws on the processor here, so that it competes for it as no browser with a graphics card does; it runs
with the lowest priority, which leaves what the page's process itself costs.
"""

import argparse
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from urllib.parse import urlsplit

import numpy as np
from rich.progress import track

from ant_bringup.web.picture import CHROMIUM, headless_chromium
from benchmarks.observer import Observer, StepCounts
from benchmarks.processes import PythonProcess, free_domain
from benchmarks.report import CONSOLE, Figure, median_figure

TITLE = "sim_node and policy_node with and without the web page"

CASES = ("without", "there", "looked at", "browser")

LOOK_PERIOD = 0.1
"""Time [s] between two questions of a page."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all measurements (default: 5)")
    parser.add_argument("--window", type=float, default=4.0, help="seconds of each measurement (default: 4)")


def address(process: PythonProcess, observer: Observer) -> str:
    """Wait for the address that the page's process prints."""
    found: list[str] = []

    def is_there() -> bool:
        found.extend(re.findall(r"web: open (\S+)", process.output()))
        return bool(found)

    observer.spin_until(is_there, [process])
    return found[0]


def measure(policy: str, factor: float, window: float, case: str) -> tuple[float, float]:
    """Measure the two nodes over `window` [s] at a real-time factor, in one of the cases.

    Returns:
        Control steps a second, and the simulator's processor time a control step [s], which other load changes less.
    """
    domain = free_domain()
    with ExitStack() as stack:
        observer = stack.enter_context(Observer(domain))
        processes: list[PythonProcess] = []
        if case != "without":
            page = stack.enter_context(PythonProcess(domain, "ant_bringup.web", "--ros-args", "-p", "port:=0"))
            processes.append(page)
            url = address(page, observer)
        if case == "looked at":
            stack.enter_context(looking(url))
        if case == "browser":
            open_in_browser(stack, url)
        counts = StepCounts(observer)
        for module, parameter in (
            ("ant_sim.sim_node", f"real_time_factor:={factor}"),
            ("ant_policy.policy_node", f"policy:={policy}"),
        ):
            processes.append(stack.enter_context(PythonProcess(domain, module, "--ros-args", "-p", parameter)))
        simulator = processes[-2]
        observer.spin_until(lambda: counts.seconds > 0.0, processes)
        cpu, begin = simulator.cpu_seconds(), counts.seconds
        observer.spin_until(lambda: counts.seconds >= begin + window, processes)
        steps = counts.rate * (counts.seconds - begin)
        return counts.rate, (simulator.cpu_seconds() - cpu) / steps


@contextmanager
def looking(url: str) -> Iterator[None]:
    """Ask for the numbers again and again."""
    connection = HTTPConnection(urlsplit(url).netloc)
    over = threading.Event()

    def ask() -> None:
        while not over.wait(LOOK_PERIOD):
            connection.request("GET", "/status")
            connection.getresponse().read()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        connection.close()


def open_in_browser(stack: ExitStack, url: str) -> None:
    """Show the page with its moving picture in a browser of the lowest priority."""
    slow = Path(stack.enter_context(TemporaryDirectory())) / "chromium"
    slow.write_text(f'#!/bin/sh\nexec nice -n 19 {CHROMIUM} "$@"\n')
    slow.chmod(0o700)
    browser = stack.enter_context(headless_chromium(str(slow)))
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(url)
    page.frame_locator("#viewer").locator("canvas").wait_for()


def run(arguments: argparse.Namespace) -> list[Figure]:
    """Measure all cases in each round, so that other load on the machine meets all alike; give medians of ratios."""
    cases = [case for case in CASES if case != "browser" or CHROMIUM is not None]
    figures = []
    begin = monotonic()
    for factor, name in ((0.0, "as fast as they can"), (1.0, "in real time")):
        rows = [
            [measure("sac", factor, arguments.window, case) for case in cases]
            for _ in track(range(arguments.rounds), f"web: {name}", console=CONSOLE, transient=True)
        ]
        rates, cpu = np.array(rows).transpose(2, 1, 0)
        figures.append(median_figure(f"control steps without the page, {name}", rates[0].tolist(), "1/s"))
        for case, values in zip(cases[1:], rates[1:], strict=True):
            ratio = (values / rates[0]).tolist()
            figures.append(median_figure(f"page: {case} / without, {name}", ratio, target=0.98))
        for case, values in zip(cases[1:], cpu[1:], strict=True):
            ratio = (values / cpu[0]).tolist()
            figures.append(median_figure(f"simulator's processor time a step, page: {case} / without", ratio))
    figures.append(Figure("duration of this benchmark", monotonic() - begin, "s"))
    return figures
