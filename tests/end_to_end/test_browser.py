"""The main job as a person does it: in a browser, with the mouse and the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.answers import easy_click, truth_of

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.browser]

SETS = {"retail3": 3, "room2": 2}


@pytest.fixture(scope="module", params=SETS)
def site(request, serve, browser, retrace_data, tmp_path_factory):
    """A server whose videos were uploaded through the page; the footage's folder beside it."""
    folder = retrace_data / "videos" / request.param
    server = serve(tmp_path_factory.mktemp(request.param) / "home")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(server.url)
    expect(page.get_by_test_id("empty-library")).to_be_visible()
    files = sorted(folder.glob("*.mp4"))
    page.get_by_test_id("file-input").set_input_files(files)
    rows = page.get_by_test_id("upload-row")
    expect(rows).to_have_count(SETS[request.param])
    for row, file in zip(rows.all(), files, strict=True):
        row.get_by_test_id("upload-camera").fill(file.stem)
    page.get_by_test_id("upload-start").click()
    videos = page.get_by_test_id("video-row")
    for row in rows.all():
        expect(row).to_have_attribute("data-state", re.compile("done|failed"), timeout=60_000)
        assert row.get_attribute("data-state") == "done", row.inner_text()
    expect(videos).to_have_count(len(files), timeout=60_000)
    seen_progress = False
    for _ in range(1200):
        states = videos.evaluate_all("rows => rows.map(row => row.dataset.state)")
        bars = page.locator("[data-testid=video-row] progress").count()
        seen_progress = seen_progress or (bars > 0 and "processing" in states)
        if set(states) == {"done"}:
            break
        assert "failed" not in states, page.inner_text("body")
        page.wait_for_timeout(200)
    assert set(states) == {"done"}
    assert seen_progress, "no progress was shown"
    context.close()
    return server, folder


def open_click(page: Page, server, click) -> None:
    """Open Find at the moment of a click."""
    videos = server.api("GET", "/videos").json()
    video = next(each for each in videos if each["camera"] == click.camera)
    time = (click.frame - 1) / video["fps"]
    page.goto(f"{server.url}/find?video={video['id']}&t={time:.3f}")
    expect(page.get_by_test_id("frame-image")).to_be_visible()
    expect(page.get_by_test_id("person").first).to_be_attached()


def test_the_person_clicked_is_the_first_hit_in_another_camera(page, site):
    server, folder = site
    click = easy_click(folder / "labels")
    chosen, shows = truth_of(server.home, folder / "labels", click)
    open_click(page, server, click)
    picture = page.get_by_test_id("frame-image")
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
    box = picture.bounding_box()
    natural = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    page.mouse.click(
        box["x"] + click.x * box["width"] / natural[0],
        box["y"] + click.y * box["height"] / natural[1],
    )
    expect(page.get_by_test_id("query-chip")).to_have_count(1)
    first = page.get_by_test_id("hit").first
    expect(first).to_be_visible(timeout=30_000)
    assert first.get_attribute("data-camera") != click.camera
    assert shows[int(first.get_attribute("data-tracklet"))] == click.person
    assert re.search(r"\d %", first.get_by_test_id("certainty").inner_text())
    first.get_by_test_id("play").click()
    video = page.get_by_test_id("clip")
    expect(video).to_be_visible(timeout=30_000)
    page.wait_for_function(
        "video => video.currentTime > 0.2 && video.videoWidth > 0", arg=video.element_handle()
    )
    page.keyboard.press("Escape")
    address = page.url
    assert f"tracklet={chosen}" in address
    page.reload()
    expect(page.get_by_test_id("query-chip")).to_have_count(1)
    again = page.get_by_test_id("hit").first
    expect(again).to_be_visible(timeout=30_000)
    assert again.get_attribute("data-tracklet") == first.get_attribute("data-tracklet")


def test_a_person_can_be_picked_by_keyboard_alone(page, site):
    server, folder = site
    open_click(page, server, easy_click(folder / "labels"))
    person = page.get_by_test_id("person").first
    person.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("query-chip")).to_have_count(1)
    expect(page.get_by_test_id("hit").first).to_be_visible(timeout=30_000)


def test_looking_at_a_hit_opens_its_own_neighbourhood(page, site):
    server, folder = site
    open_click(page, server, easy_click(folder / "labels"))
    page.get_by_test_id("person").first.focus()
    page.keyboard.press("Enter")
    hit = page.get_by_test_id("hit").first
    expect(hit).to_be_visible(timeout=30_000)
    tracklet = hit.get_attribute("data-tracklet")
    hit.get_by_test_id("look-here").click()
    expect(page.locator(f"[data-testid=person][data-tracklet='{tracklet}']")).to_be_attached()


def test_not_the_same_is_said_and_taken_back(page, site):
    server, folder = site
    open_click(page, server, easy_click(folder / "labels"))
    page.get_by_test_id("person").first.focus()
    page.keyboard.press("Enter")
    hit = page.get_by_test_id("hit").first
    expect(hit).to_be_visible(timeout=30_000)
    tracklet = hit.get_attribute("data-tracklet")
    hit.get_by_test_id("different").click()
    same = page.locator(f"[data-testid=hit][data-tracklet='{tracklet}']")
    expect(same.get_by_test_id("judgement")).to_be_visible()
    same.get_by_test_id("undo-judgement").click()
    expect(same.get_by_test_id("judgement")).not_to_be_visible()


def test_a_photo_is_searched_by(page, site):
    server, folder = site
    labels = folder / "labels"
    click = easy_click(labels)
    chosen, shows = truth_of(server.home, labels, click)
    crops = server.api("GET", f"/tracklets/{chosen}").json()["crops"]
    crop = max(crops, key=lambda each: each["quality"])
    picture = server.api("GET", crop["url"].removeprefix("/api/v1")).content
    page.goto(f"{server.url}/find")
    page.get_by_test_id("photo-input").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    chooser = page.get_by_test_id("photo-dialog").get_by_test_id("person")
    expect(page.get_by_test_id("query-chip").or_(chooser.first)).to_be_visible(timeout=60_000)
    if chooser.count():
        chooser.first.click()
    expect(page.get_by_test_id("hit").first).to_be_visible(timeout=30_000)
    hits = page.get_by_test_id("hit").evaluate_all("all => all.map(hit => +hit.dataset.tracklet)")
    assert click.person in [shows[hit] for hit in hits[:5]]
