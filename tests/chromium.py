"""The browser of all browser tests: RETRACE_CHROMIUM, then PATH, then Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; without one the test fails in CI and is skipped visibly elsewhere."""
    found = [os.environ.get("RETRACE_CHROMIUM"), "chromium", "chromium-browser"]
    expect.set_options(timeout=30_000)  # pages are slow to come where two workers share two cores
    path = next((place for name in found if name and (place := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            reason = (
                "no Chromium: name one in RETRACE_CHROMIUM, install your system's package, or run "
                f"`playwright install chromium` ({error.message.splitlines()[0]})"
            )
            if os.environ.get("CI") or os.environ.get("RETRACE_REQUIRE_DATA") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        yield browser
        browser.close()
