"""Screenshot of the live page: `python -m ant_bringup.web.picture URL docs/images/web.png` (needs Chromium)."""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
"""Debian's package; playwright's own browsers are not needed."""

SOFTWARE_RENDERING = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-sandbox",  # root, as in containers, has none
)


@contextmanager
def headless_chromium(executable: str | None = CHROMIUM) -> Iterator[Browser]:
    """Headless Chromium, at the given path, that renders WebGL in software.

    Raises:
        FileNotFoundError: if it is not installed.
    """
    if executable is None:
        raise FileNotFoundError("chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(SOFTWARE_RENDERING))
        try:
            yield browser
        finally:
            browser.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 0, or 1 without Chromium."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.web.picture", description=__doc__)
    parser.add_argument("url", help="address that the page printed at its start")
    parser.add_argument("path", type=Path, help="PNG to write")
    parser.add_argument("--seconds", type=float, default=20.0, help="delay before the screenshot [s] (default: 20)")
    arguments = parser.parse_args(argv)
    try:
        with headless_chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(arguments.url)
            # Not by a function: the page forbids scripts that are not its own.
            page.locator("#overlay").wait_for(state="hidden")
            page.wait_for_timeout(arguments.seconds * 1e3)
            picture = Image.open(BytesIO(page.screenshot()))
    except FileNotFoundError as error:
        print(f"picture: {error}")
        return 1
    picture.quantize().save(arguments.path, optimize=True)
    print(f"picture: wrote {arguments.path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
