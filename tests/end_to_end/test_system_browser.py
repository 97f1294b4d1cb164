"""Why a hit is there, and another model for the same archive: both by looking, in a browser."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1200)]

OTHER = "person-reidentification-retail-0288"


@pytest.fixture
def site(serve, demo_store, tmp_path):
    """A server of a copy of the demo: what another model does must not reach the other tests."""
    return serve(shutil.copytree(demo_store[0], tmp_path / "home"))


def test_a_hit_is_explained_and_models_are_compared_and_changed(page: Page, site):
    url, first = site.url, site.api("GET", "/demo").json()["first"]
    page.goto(f"{url}/find?tracklet={first}")
    expect(page.get_by_test_id("hit").first).to_be_visible(timeout=60_000)
    page.get_by_test_id("play").first.focus()
    page.keyboard.press("w")
    expect(page.get_by_test_id("why-side")).to_have_count(2, timeout=60_000)
    for side in page.get_by_test_id("why-side").all():
        picture = side.locator("img").element_handle()
        page.wait_for_function("image => image.naturalWidth > 0", arg=picture)
        warmest = side.locator("canvas").evaluate(
            "c => Math.max(...c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
            ".filter((_, n) => n % 4 === 3))"
        )
        assert warmest == 200, "one place is the brightest"
    expect(page.get_by_test_id("why-fact").first).to_be_visible()

    page.goto(f"{url}/system")
    expect(page.locator("[data-testid=job][data-state=done]").first).to_be_visible()
    page.get_by_test_id("tab-models").click()
    other = page.locator(f"[data-testid=model][data-model='{OTHER}']")
    other.get_by_test_id("compare-model").click()
    page.get_by_test_id("compare-sample").select_option("10")
    page.get_by_test_id("compare").click()
    page.get_by_test_id("compare-prepare").click(timeout=60_000)
    found = page.get_by_test_id("compare-summary")
    expect(found).to_contain_text("By the demo's truth", timeout=180_000)
    expect(page.get_by_test_id("compared")).to_have_count(10)
    expect(other).to_contain_text("all prepared")
    with page.expect_response(f"**/models/{OTHER}/use"):
        other.get_by_test_id("use-model").click()
    expect(other).to_have_attribute("data-active", "true")
    asked = site.api("POST", "/search", json={"tracklets": [first]}).json()
    assert asked["searched"]["model"] == OTHER
    assert asked["hits"]
