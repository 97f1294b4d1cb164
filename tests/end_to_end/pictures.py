"""Take the pictures of the README and the tutorial.

    python -m tests.end_to_end.pictures [--home DIR]

Serves a store with the demo in it (a fresh one, unless --home names one) and writes JPEG files into
docs/images. The people in them are drawn by a program, so that nobody's picture is published.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.chromium import chromium

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
QUALITIES = (82, 74, 66, 58, 50)
LARGEST = 150_000
SIZE = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1300}


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a store into which `demo` has put the scene")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        home = options.home or Path(fresh)
        command(home, "demo", "--no-serve")
        with served(home) as address, chromium() as browser:
            page = browser.new_page(viewport=SIZE, base_url=address)
            page.set_default_timeout(60_000)
            expect.set_options(timeout=60_000)
            library(page)
            find(page)
            people(page)


def library(page: Page) -> None:
    """The recordings, all analysed; returns to the first person by the notice's link."""
    page.goto("/")
    expect(page.get_by_test_id("video-row")).to_have_count(4)
    shoot(page, "library")


def find(page: Page) -> None:
    """Somebody chosen, and where else they were."""
    page.get_by_test_id("demo-first").click()
    expect(page.get_by_test_id("hit").first).to_be_visible()
    page.set_viewport_size(TALL)
    shoot(page, "find")
    page.set_viewport_size(SIZE)
    page.get_by_test_id("why-hit").first.click()
    expect(page.get_by_test_id("why-side")).to_have_count(2)
    shoot(page, "why")
    page.keyboard.press("Escape")
    page.get_by_test_id("play").first.click()
    clip = page.get_by_test_id("clip")
    page.wait_for_function(
        "video => video.currentTime > 1 && video.videoWidth > 0", arg=clip.element_handle()
    )
    clip.evaluate("video => video.pause()")
    shoot(page, "clip")
    page.keyboard.press("Escape")


def people(page: Page) -> None:
    """Everybody whom matching put together, and one of them."""
    page.goto("/people")
    expect(page.get_by_test_id("person-card").first).to_be_visible()
    shoot(page, "people")


def shoot(page: Page, name: str) -> None:
    """Write `docs/images/<name>.jpg` when all pictures of the page are there."""
    # Those below the fold would wait to be scrolled to.
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    path = IMAGES / f"{name}.jpg"
    for quality in QUALITIES:
        page.screenshot(path=path, type="jpeg", quality=quality, animations="disabled")
        if path.stat().st_size <= LARGEST:
            break


def command(home: Path, *arguments: str) -> None:
    """Run one command on a store."""
    subprocess.run([sys.executable, ROOT / "run_app.py", *arguments, "--home", home], check=True)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve a store while the pictures are taken; yields the address."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "run_app.py", "serve", "--port", "0", "--home", home],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                break
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
