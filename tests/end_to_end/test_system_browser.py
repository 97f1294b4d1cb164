"""Why a hit is there, and another model for the same archive: both by looking, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1200)]

OTHER = "person-reidentification-retail-0288"


def test_a_hit_is_explained_and_models_are_compared_and_changed(page: Page, demo_site):
    url, first = demo_site.url, demo_site.api("GET", "/demo").json()["first"]
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
    active = page.locator("[data-testid=model][data-active=true]")
    before = active.get_attribute("data-model")
    other = page.locator(f"[data-testid=model][data-model='{OTHER}']")
    other.get_by_test_id("compare-model").click()
    page.get_by_test_id("compare-sample").select_option("10")
    page.get_by_test_id("compare").click()
    found = page.get_by_test_id("compare-summary")
    prepare = page.get_by_test_id("compare-prepare")
    expect(found.or_(prepare)).to_be_visible(timeout=60_000)
    if prepare.is_visible():
        prepare.click()
    expect(found).to_contain_text("By the demo's truth", timeout=180_000)
    expect(page.get_by_test_id("compared")).to_have_count(10)
    expect(other).to_contain_text("all prepared")
    try:
        other.get_by_test_id("use-model").click()
        expect(other).to_have_attribute("data-active", "true")
        asked = demo_site.api("POST", "/search", json={"tracklets": [first]}).json()
        assert asked["searched"]["model"] == OTHER
        assert asked["hits"]
    finally:
        demo_site.api("POST", f"/models/{before}/use")
