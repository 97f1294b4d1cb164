"""What the pages say of the demo scene, in a real browser over made-up answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.ui.shell import PAGES
from tests.app.ui_fake_api import HOSTILE, FakeApi, serving
from tests.chromium import chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeApi, Page]]:
    fake = FakeApi()
    with chromium() as browser, serving(fake) as address:
        yield fake, browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})


@pytest.fixture
def fake(served: tuple[FakeApi, Page]) -> FakeApi:
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@pytest.fixture
def page(served: tuple[FakeApi, Page]) -> Page:
    return served[1]


def with_demo(fake: FakeApi) -> None:
    fake.demo |= {"installed": True, "cameras": ["Yard", HOSTILE], "videos": [1, 2], "first": 21}


@pytest.mark.parametrize(("name", "path"), PAGES)
def test_every_page_says_that_the_people_are_drawn(page: Page, fake: FakeApi, name, path) -> None:
    with_demo(fake)
    page.goto(path)
    notice = page.get_by_test_id("demo-notice")
    expect(notice).to_contain_text("the people on these pages are drawn by a program")


def test_the_notice_is_accessible(page: Page, fake: FakeApi) -> None:
    with_demo(fake)
    page.goto("/?__theme=dark")
    expect(page.get_by_test_id("demo-first")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_without_the_demo_no_page_speaks_of_it(page: Page) -> None:
    page.goto("/find")
    expect(page.get_by_test_id("find-message")).to_be_hidden()
    expect(page.get_by_test_id("demo-notice")).to_have_count(0)


def test_an_empty_library_offers_the_demo(page: Page, fake: FakeApi) -> None:
    fake.videos, fake.cameras = [], []
    page.goto("/")
    page.get_by_test_id("try-demo").click()
    expect(page.get_by_test_id("video-row")).to_have_count(1)
    expect(page.get_by_test_id("demo-notice")).to_be_visible()
    expect(page.get_by_test_id("demo-first")).to_have_attribute("href", "/find?tracklet=21")
    expect(page.get_by_test_id("empty-library")).to_be_hidden()


def test_a_scene_that_is_not_there_is_not_offered(page: Page, fake: FakeApi) -> None:
    fake.videos, fake.cameras = [], []
    fake.demo["available"] = False
    page.goto("/")
    expect(page.get_by_test_id("empty-library")).to_be_visible()
    expect(page.get_by_test_id("try-demo")).to_have_count(0)


def test_the_demo_is_removed_after_a_yes(page: Page, fake: FakeApi) -> None:
    with_demo(fake)
    page.goto("/find")
    page.get_by_test_id("demo-remove").click()
    dialog = page.get_by_test_id("confirm-remove")
    expect(dialog).to_contain_text(HOSTILE)
    dialog.get_by_test_id("dialog-save").click()
    expect(page.get_by_test_id("empty-library")).to_be_visible()
    expect(page.get_by_test_id("demo-notice")).to_have_count(0)
    assert ("DELETE", "demo", 0) in fake.calls
    assert page.evaluate("window.hacked") is None
