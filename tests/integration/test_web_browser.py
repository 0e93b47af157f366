"""The web page in a headless Chromium."""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import Observer, wait_until
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from web_page import WebPage

from ant_bringup.web.picture import CHROMIUM, headless_chromium

if CHROMIUM is None:
    pytest.skip("chromium is not installed (Debian: apt install chromium)", allow_module_level=True)

from playwright.sync_api import Browser, Locator, Page, expect

PATIENCE_MS = 60_000
"""Timeout [ms] of a browser that renders on the processor."""

NUMBER = re.compile(r"\d \S")
"""A number with a unit."""

STATUS_BAR = 40
"""Height [px] of the viewer's own line at the bottom, whose numbers always change."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with headless_chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, start: Callable) -> Iterator[Callable[..., Page]]:
    """Open the page in a browser context of its own; errors on its console fail the test unless it says so.

    It is closed before the processes that the test starts.
    """
    errors: list[str] = []
    pages: list[Page] = []

    def open_url(url: str, picture: bool = True, keep_errors: bool = True) -> Page:
        page = browser.new_context(viewport={"width": 660, "height": 260}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        if keep_errors:
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
        if not picture:
            page.route("**/index.html", lambda route: route.fulfill(body="no picture", content_type="text/html"))
        page.goto(url)
        pages.append(page)
        return page

    yield open_url
    for page in pages:
        page.context.close()
    assert errors == []


def picture(page: Page) -> np.ndarray:
    """Picture of the viewer, (height, width, 3)."""
    box = page.locator("#viewer").bounding_box()
    clip = {**box, "height": box["height"] - STATUS_BAR}
    return np.asarray(Image.open(BytesIO(page.screenshot(clip=clip, timeout=PATIENCE_MS))).convert("RGB")).astype(int)


def torso_pixels(image: np.ndarray) -> np.ndarray:
    """Mask of the pixels that are as orange as the torso."""
    red, _, blue = np.moveaxis(image, -1, 0)
    return (red > 120) & (red - blue > 90)


def changed(one: np.ndarray, other: np.ndarray) -> int:
    """Number of pixels that differ clearly."""
    return int((np.abs(one - other).max(axis=-1) > 40).sum())


def number_in(locator: Locator) -> float:
    """The number that an element shows; between numbers the page shows a dash, which is waited out."""
    return float(locator.filter(has_text=NUMBER).inner_text().split()[0])


def test_picture_moves_while_the_robot_does_and_stands_in_a_pause(open_page, start, linear_policy: Path) -> None:
    web = WebPage.start(start)
    start("sim")
    start("policy", policy=linear_policy)
    page = open_page(web.url)
    expect(page.locator("#overlay")).to_be_hidden()
    wait_until(lambda: torso_pixels(picture(page)).sum() > 50, "the torso in the picture", 90)
    before = picture(page)
    wait_until(lambda: changed(before, picture(page)) > 200, "a picture that moves", 60)

    page.locator("#pause").click()
    expect(page.locator("#state")).to_have_text("paused")
    last = [picture(page)]

    def stands() -> bool:
        last.append(picture(page))
        return changed(last[-2], last[-1]) == 0

    wait_until(stands, "a picture that stands", 60)
    page.locator("#step").click()
    wait_until(lambda: changed(last[-1], picture(page)) > 5, "the picture one step later", 60)


def test_two_browsers_show_the_robot_and_its_end_and_come_back(open_page, start, observer: Observer) -> None:
    states = observer.collect(JointState, "joint_states")
    web = WebPage.start(start)
    sim = start("sim")
    start("policy", policy="random", seed=3)
    pages = [open_page(web.url, picture=False), open_page(web.url, picture=False, keep_errors=False)]
    for page in pages:
        expect(page.locator("#real_time_factor")).to_have_text(NUMBER)
        expect(page.locator("#height")).to_contain_text(" m")
        expect(page.locator("#efforts tr")).to_have_count(8)
        assert all(" N m" in text for text in page.locator("#efforts .number").all_inner_texts())
        expect(page.locator("aside")).to_contain_text("blue, to the right: positive")
    height = number_in(pages[0].locator("#height"))
    wait_until(lambda: number_in(pages[1].locator("#height")) != height, "a height that changes")

    sim.stop(signal.SIGKILL)
    for page in pages:
        expect(page.locator("#overlay")).to_have_text(re.compile(r"disconnected: no joint_states for \d+\.\d s"))
        expect(page.locator("#height")).not_to_have_text(NUMBER)
    count = len(states)
    start("sim", seed=4)
    wait_until(lambda: len(states) > count, "another simulator")
    expect(pages[0].locator("#overlay")).to_be_hidden()

    web.pause_process()
    expect(pages[1].locator("#overlay")).to_have_text("waiting: the machine is busy")
    web.process.process.send_signal(signal.SIGCONT)
    expect(pages[1].locator("#overlay")).to_be_hidden()

    pages[0].context.close()  # its server's end is an error on its console
    web.process.stop(signal.SIGKILL)
    expect(pages[1].locator("#overlay")).to_contain_text("server lost")
    expect(pages[1].locator("#reset")).to_be_disabled()
    WebPage.start(start, port=web.port)
    expect(pages[1].locator("#overlay")).to_be_hidden()


def test_command_takes_a_picture_of_the_page(start, tmp_path: Path) -> None:
    web = WebPage.start(start)
    start("sim")
    start("policy", policy="random")
    command = [sys.executable, "-m", "ant_bringup.web.picture", web.url, str(tmp_path / "page.png"), "--seconds", "1"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert Image.open(tmp_path / "page.png").size == (1280, 800)


def test_browser_that_stalls_holds_nobody_up_and_comes_back(
    browser: Browser, open_page, start, observer: Observer, linear_policy: Path
) -> None:
    states = observer.collect(JointState, "joint_states")
    web = WebPage.start(start)
    start("sim")
    start("policy", policy=linear_policy)
    page = open_page(web.url)
    wait_until(lambda: torso_pixels(picture(page)).sum() > 50, "the torso in the picture", 90)
    info = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    processes = [process["id"] for process in info["processInfo"]]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        count = len(states)
        wait_until(lambda: len(states) > count + 200, "ten seconds of states, which the browser does not take")
        assert web.act("pause") == (200, "paused")
        assert web.act("resume") == (200, "running")
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    before = picture(page)
    wait_until(lambda: changed(before, picture(page)) > 200, "a picture that moves again", 60)


def test_buttons_do_what_they_say_and_need_the_token(open_page, start, observer: Observer) -> None:
    stops = observer.collect(Bool, "e_stop")
    web = WebPage.start(start)
    start("sim")
    start("policy", policy="random")
    page = open_page(web.url, picture=False)
    without = open_page(web.url.partition("#")[0], picture=False)
    said, state = page.locator("#said"), page.locator("#state")
    expect(page.locator("#pause")).to_be_enabled()
    expect(page.locator("#policy")).to_have_text("active")
    expect(page.locator("#step")).to_be_disabled()
    expect(page.locator("#step")).to_have_attribute("title", "pause it first")
    for button, words in (("pause", "paused"), ("step", "simulation time"), ("reset", "begins"), ("resume", "running")):
        page.locator(f"#{button}").click()
        expect(said).to_contain_text(words)
    expect(state).to_have_text("commanding")
    expect(page.locator("#activate")).to_have_attribute("title", "the policy is active")
    assert stops == []

    expect(without.locator("#height")).to_contain_text(" m")
    for button in ("release", "activate", "pause", "resume", "step", "reset"):
        expect(without.locator(f"#{button}")).to_be_disabled()
    without.locator("#e_stop").click()
    expect(state).to_have_text("stopped by e-stop")
    expect(page.locator("#activate")).to_have_attribute("title", "release the e-stop first")
    page.locator("#release").click()
    expect(said).to_contain_text("now activate the policy")
    # A stop is repeated until the driver reports its latch.
    wait_until(
        lambda: [key for key, _ in itertools.groupby(message.data for message in list(stops))] == [True, False],
        "a stop and a release",
    )
    expect(state).to_have_text("stopped: the policy is not active")
    page.locator("#activate").click()
    expect(said).to_have_text("activate: active")
    expect(state).to_have_text("commanding")
