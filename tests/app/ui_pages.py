"""A page in a real browser over made-up answers, which must come to no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from playwright.sync_api import Page

from tests.app.ui_fake_api import FakeApi, serving
from tests.chromium import chromium

Fake = TypeVar("Fake", bound=FakeApi)


@contextmanager
def opened(fake: Fake) -> Iterator[tuple[Fake, Page, list[str]]]:
    """The fake, a page of its pages, and what goes wrong on it, as it goes wrong."""
    with chromium() as browser, serving(fake) as address:
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield fake, page, problems


def assert_unharmed(page: Page, problems: list[str]) -> None:
    """Nothing hostile ran, and no script failed."""
    assert page.evaluate("window.hacked") is None
    assert problems == []
