"""“Why?” in Find, in a real browser over made-up answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app.ui_fake_api import CROP, HOSTILE, FakeApi, Refusal
from tests.app.ui_pages import assert_unharmed, opened

pytestmark = pytest.mark.browser


class FakeWhy(FakeApi):
    """Explains every hit in the same way."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Any = _why()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        if (method, path) == ("POST", "search/why"):
            return self.told
        return super().answer(method, path, query, body)


def _why() -> dict[str, Any]:
    heat = [[0.0, 0.5], [1.0, 0.25], [0.0, 0.0]]
    side = {"image": CROP, "tracklet": 11, "heat": heat, "at": None, "windows": []}
    return {
        "hit": 21, "model": HOSTILE, "rank": 1, "hits": 3, "queries": 1, "score": 0.8,
        "probability": 0.92, "strength": "strong", "whole": 0.75, "best": 0.85,
        "pair": {"query": side, "found": side | {"tracklet": 21, "at": [0.5, 0.25],
                                                   "windows": [[0.5, 0, 0.5, 0.25]]},
                 "similarity": 0.85, "probability": 0.6, "strength": "possible",
                 "kind": "relation"},
        "facts": [{"about": "camera", "speaks": "neither", "text": f"Another one {HOSTILE}."},
                  {"about": "time", "speaks": "against", "text": "Nobody walks so fast."},
                  {"about": "place", "speaks": "for", "text": "First of 3 hits."}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeWhy, Page, list[str]]]:
    with opened(FakeWhy()) as everything:
        yield everything


@pytest.fixture
def fake(served: tuple[FakeWhy, Page, list[str]]) -> FakeWhy:
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@pytest.fixture
def page(served: tuple[FakeWhy, Page, list[str]], fake: FakeWhy) -> Iterator[Page]:
    _, shown, problems = served
    yield shown
    assert_unharmed(shown, problems)


def test_a_key_asks_why_and_the_dialog_tells(page: Page) -> None:
    page.goto("/find?tracklet=11&__theme=dark")
    first = page.get_by_test_id("hit").first
    first.get_by_test_id("play").focus()
    with page.expect_request("**/search/why") as asked:
        page.keyboard.press("w")
    body = asked.value.post_data_json
    assert (body["hit"], body["tracklets"]) == (21, [11])
    dialog = page.get_by_test_id("why-dialog")
    expect(dialog.get_by_test_id("why-sure")).to_have_text("likely 92 %")
    expect(dialog).to_contain_text("These two pictures alone: possibly the same (possible 60 %)")
    for number in ("0.75", "0.85", "0.80"):
        expect(dialog.get_by_test_id("why-score")).to_contain_text(number)
    facts = dialog.get_by_test_id("why-fact")
    assert [fact.get_attribute("data-speaks") for fact in facts.all()] == [
        "for", "against", "neither",
    ]  # fmt: skip
    dialog.get_by_text("What do the colours mean?").click()
    expect(dialog).to_contain_text("The ring marks the place that speaks most for the pair")
    expect(dialog).to_contain_text("It does not show that it is the same person")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(first.get_by_test_id("play")).to_be_focused()


def test_heat_maps_lie_over_the_pictures_and_can_be_put_away(page: Page) -> None:
    page.goto("/find?tracklet=11")
    page.get_by_test_id("why-hit").first.click()
    heats = page.get_by_test_id("heat")
    expect(heats).to_have_count(2)
    drawn = heats.first.locator("canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 2, 3).data]"
        ".filter((_, n) => n % 4 === 3)"
    )
    assert drawn == [0, 100, 200, 50, 0, 0], "how strongly each place is coloured"
    ring = heats.nth(1).locator("span").first
    assert ring.evaluate("ring => [ring.style.left, ring.style.top]") == ["50%", "25%"]
    frame = heats.nth(1).get_by_test_id("heat-window")
    expect(frame).to_have_text("1")
    assert frame.evaluate("f => [f.style.left, f.style.top, f.style.width, f.style.height]") == [
        *("50%", "0%", "50%", "25%")
    ]
    toggle = page.get_by_test_id("why-heat")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(heats.first).to_be_hidden()
    toggle.press("Enter")
    expect(heats.first).to_be_visible()


def test_without_pictures_or_an_answer_it_says_so(page: Page, fake: FakeWhy) -> None:
    fake.told |= {"pair": None, "best": None}
    page.goto("/find?tracklet=11")
    page.get_by_test_id("why-hit").first.click()
    expect(page.get_by_test_id("why")).to_contain_text("no pictures of its own")
    page.keyboard.press("Escape")
    gone = "Sighting 21 is no hit of this search any more. Search again."
    fake.told = Refusal(404, {"code": "not_found", "message": gone})
    page.get_by_test_id("why-hit").first.click()
    expect(page.get_by_test_id("why-status")).to_have_text(gone)
