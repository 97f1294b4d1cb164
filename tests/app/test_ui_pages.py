"""The pages in a real browser, over made-up answers: reachable by keyboard, readable, unfooled."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.app.ui_fake_api import HOSTILE, FakeApi, serving
from tests.chromium import chromium

pytestmark = pytest.mark.browser

# Gradio's own status line sits outside every landmark; "region" is its only finding, and moderate.
SEVERE = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeApi, str]]:
    fake = FakeApi()
    with serving(fake) as address:
        yield fake, address


@pytest.fixture
def fake(served: tuple[FakeApi, str]) -> FakeApi:
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@pytest.fixture(scope="module")
def context(browser: Browser, served: tuple[FakeApi, str]) -> BrowserContext:
    return browser.new_context(base_url=served[1], viewport={"width": 1280, "height": 800})


@pytest.fixture
def page(context: BrowserContext, served: tuple[FakeApi, str], fake: FakeApi) -> Iterator[Page]:
    opened = context.new_page()
    foreign: list[str] = []
    own = (served[1], "blob:", "data:")
    opened.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    assert opened.evaluate("window.hacked") is None
    opened.evaluate("localStorage.clear()")
    opened.close()
    assert foreign == []
    assert problems == []


def severe(page: Page) -> list[str]:
    """What axe finds serious or critical, with the element it found it on."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {n['html'][:120]}" for v in found if v["impact"] in SEVERE for n in v["nodes"]
    ]


def searches(fake: FakeApi) -> list[dict[str, object]]:
    return [body for method, path, body in fake.calls if (method, path) == ("POST", "search")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_library_is_accessible(page: Page, scheme: str) -> None:
    page.goto(f"/?__theme={scheme}")
    expect(page.get_by_test_id("video-row")).to_have_count(4)
    page.get_by_test_id("file-input").set_input_files(
        {"name": "Yard.mp4", "mimeType": "video/mp4", "buffer": b"123"}
    )
    expect(page.get_by_test_id("upload-source")).to_have_text("from file name")
    assert severe(page) == []
    page.get_by_test_id("edit-video").first.click()
    assert severe(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_find_is_accessible(page: Page, scheme: str) -> None:
    page.goto(f"/find?tracklet=11&__theme={scheme}")
    expect(page.get_by_test_id("hit")).to_have_count(3)
    assert severe(page) == []


def test_the_empty_library_says_what_to_do(page: Page, fake: FakeApi) -> None:
    fake.videos, fake.cameras = [], []
    page.goto("/")
    expect(page.get_by_test_id("empty-library")).to_contain_text("No calibration is needed")
    assert severe(page) == []
    page.goto("/find")
    expect(page.get_by_test_id("find-message")).to_contain_text("No recordings yet")


def test_missing_weights_are_offered_for_download(page: Page, fake: FakeApi) -> None:
    fake.missing = [
        {"kind": "re-ID model", "name": HOSTILE, "fetchable": True, "message": "Put it there."}
    ]
    page.goto("/")
    card = page.get_by_test_id("missing")
    expect(card).to_contain_text(HOSTILE)
    expect(card.get_by_test_id("fetch-weights")).to_be_visible()
    fake.missing = []
    page.reload()
    expect(page.get_by_test_id("file-input")).to_be_attached()
    expect(card).to_have_count(0)


def test_a_better_model_is_offered_while_the_library_is_empty(page: Page, fake: FakeApi) -> None:
    fake.better = {"name": HOSTILE, "mean_ap": 0.527, "terms": "Apache-2.0", "size": 4_200_000,
                   "active": "light", "active_mean_ap": 0.213}  # fmt: skip
    fake.videos, fake.cameras = [], []
    page.goto("/")
    card = page.get_by_test_id("better-model")
    expect(card).to_contain_text(HOSTILE)
    expect(card).to_contain_text("mAP 53 against 21")
    expect(card.get_by_test_id("fetch-weights")).to_be_visible()
    assert severe(page) == []


def test_names_are_shown_as_they_are_never_as_markup(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_test_id("video-row").first).to_contain_text(HOSTILE)
    page.goto("/find?video=1&t=1")
    page.get_by_test_id("person").first.click()
    expect(page.get_by_test_id("hit").first).to_be_visible()
    expect(page.get_by_test_id("hits-of-camera").last).to_contain_text(HOSTILE)


def test_guesses_problems_and_progress_are_said_in_words(page: Page) -> None:
    page.goto("/")
    rows = page.get_by_test_id("video-row")
    expect(page.locator("[data-video-id='2']")).to_contain_text("guess – confirm")
    expect(page.locator("[data-video-id='2']").get_by_test_id("video-warning")).to_have_text(
        HOSTILE
    )
    expect(page.locator("[data-video-id='3']")).to_contain_text(
        "40 % · Finding people · about 2 min"
    )
    expect(page.locator("[data-video-id='4']").get_by_test_id("video-error")).to_be_visible()
    expect(rows.filter(has_text="Find people")).to_have_count(2)


def test_a_person_is_picked_by_keyboard_and_the_address_remembers(
    page: Page, fake: FakeApi
) -> None:
    page.goto("/find?video=1&t=2.5")
    page.locator("[data-testid=person][data-tracklet='12']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("hit")).to_have_count(2)
    expect(page.get_by_test_id("query-chip")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/find\?video=1&t=2\.5&tracklet=12$"))
    assert searches(fake)[-1]["tracklets"] == [12]
    page.reload()
    expect(page.get_by_test_id("hit")).to_have_count(2)
    expect(page.get_by_test_id("person").and_(page.locator("[aria-pressed=true]"))).to_have_count(1)


def test_the_scrubber_steps_and_leaps_by_keyboard(page: Page) -> None:
    page.goto("/find?video=1&t=10")
    page.get_by_test_id("scrubber").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"t=10\.2"))
    page.keyboard.press("Shift+ArrowLeft")
    expect(page).to_have_url(re.compile(r"t=5\.2"))


def test_a_recording_opens_where_people_are(page: Page) -> None:
    page.goto("/find?video=1")
    expect(page).to_have_url(re.compile(r"t=15$"))


def test_hits_say_how_sure_where_and_when(page: Page) -> None:
    page.goto("/find?tracklet=11")
    first = page.get_by_test_id("hit").first
    expect(first).to_have_attribute("data-camera", "Yard")
    expect(first).to_contain_text("likely 92 %")
    expect(first).to_contain_text("12.4 s into recording 2")
    own = page.locator("[data-testid=hit][data-tracklet='12']")
    expect(own).to_contain_text("4 May 2026, 11:01:12")
    expect(page.get_by_test_id("not-searched")).to_have_text(
        "Not searched: Garage (no footage analysed yet)."
    )


def test_without_a_calibration_there_is_no_per_cent(page: Page, fake: FakeApi) -> None:
    fake.calibrated = False
    page.goto("/find?tracklet=11")
    expect(page.get_by_test_id("certainty").first).to_have_text("strong match")
    expect(page.get_by_test_id("results-status")).not_to_contain_text("%")


def test_of_several_people_in_a_photo_one_is_chosen(page: Page, fake: FakeApi) -> None:
    page.goto("/find?video=1")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"not looked at here"}
    page.get_by_test_id("photo-input").set_input_files(photo)
    people = page.get_by_test_id("photo-dialog").get_by_test_id("person")
    expect(people).to_have_count(2)
    people.last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("hit")).to_have_count(3)
    assert searches(fake)[-1]["photos"] == [{"id": "ab12", "person": 1}]
    expect(page.get_by_test_id("hit").first.get_by_test_id("different")).to_have_count(0)


def test_a_hit_opens_its_own_neighbourhood(page: Page) -> None:
    page.goto("/find?tracklet=11")
    page.locator("[data-testid=hit][data-tracklet='21']").get_by_test_id("look-here").click()
    expect(page).to_have_url(re.compile(r"video=2&t=13\.9&tracklet=11$"))
    expect(page.get_by_test_id("hit")).to_have_count(3)


def test_cancelled_work_can_be_taken_up_again(page: Page, fake: FakeApi) -> None:
    fake.videos[2] |= {"state": "new", "job_state": "cancelled", "message": "cancelled"}
    page.goto("/")
    row = page.locator("[data-video-id='3']")
    expect(row).to_have_attribute("data-state", "stopped")
    expect(row.get_by_test_id("retry-video")).to_be_visible()
    expect(row.get_by_test_id("cancel-video")).to_have_count(0)


def test_same_moves_the_query_and_dropping_it_takes_the_answer_back(
    page: Page, fake: FakeApi
) -> None:
    page.goto("/find?tracklet=11")
    page.locator("[data-testid=hit][data-tracklet='21']").get_by_test_id("same").click()
    expect(page.get_by_test_id("query-chip")).to_have_count(2)
    expect(page.get_by_test_id("hit")).to_have_count(2)
    assert searches(fake)[-1]["tracklets"] == [11, 21]
    assert list(fake.judgements.values()) == [{"query": 11, "tracklet": 21, "verdict": "same"}]
    page.get_by_test_id("query-chip").nth(1).get_by_test_id("remove-chip").click()
    expect(page.get_by_test_id("hit")).to_have_count(3)
    assert fake.judgements == {}


def test_not_same_is_written_on_the_card_and_can_be_undone(page: Page, fake: FakeApi) -> None:
    page.goto("/find?tracklet=11")
    card = page.locator("[data-testid=hit][data-tracklet='21']")
    card.get_by_test_id("different").click()
    expect(card.get_by_test_id("judgement")).to_contain_text("You said: not the same")
    card.get_by_test_id("undo-judgement").click()
    expect(card.get_by_test_id("judgement")).to_have_count(0)
    assert fake.judgements == {}


def test_an_upload_goes_on_after_a_lost_connection_and_a_reload(
    page: Page, fake: FakeApi, tmp_path: Path
) -> None:
    chunk = 8 * 1024 * 1024
    recording = tmp_path / "Yard_20260504.mp4"
    recording.write_bytes(os.urandom(chunk) + b"the end")
    page.goto("/")
    fake.lose_connection = True
    page.get_by_test_id("file-input").set_input_files(recording)
    page.get_by_test_id("upload-start").click()
    expect(page.get_by_test_id("upload-status")).to_contain_text("Connection lost")
    page.reload()
    expect(page.get_by_test_id("unfinished-upload")).to_contain_text(recording.name)
    fake.lose_connection = False
    page.get_by_test_id("file-input").set_input_files(recording)
    page.get_by_test_id("upload-start").click()
    expect(page.get_by_test_id("upload-status")).to_have_text("Added")
    assert [path for method, path, _ in fake.calls if (method, path) == ("POST", "uploads")] == [
        "uploads"
    ]
    assert fake.uploads[1]["data"] == recording.read_bytes()
    finish = next(body for _, path, body in fake.calls if path.endswith("/finish"))
    assert finish == {"camera": "Yard"}, "an unconfirmed guess of the time is not sent as a fact"


def test_a_lost_race_is_said_and_the_newest_state_loaded(page: Page, fake: FakeApi) -> None:
    page.goto("/")
    page.get_by_test_id("edit-camera-button").nth(1).click()
    fake.cameras[1]["version"] = 2
    page.get_by_test_id("dialog-save").click()
    expect(page.get_by_role("alert").filter(has_text="The newest state was loaded")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_test_id("dialog-save").click()
    sent = [body["version"] for method, path, body in fake.calls if method == "PATCH"]
    expect(page.get_by_test_id("camera-dialog")).to_be_visible()
    assert sent == [1, 2]


def test_times_are_read_and_written_in_the_cameras_zone(page: Page) -> None:
    page.goto("/")
    table = json.loads(page.evaluate("""async () => {
        const t = await import("/ui-assets/times.js");
        const zone = "Europe/Berlin";
        const back = (text) => t.fromInput(text, zone);
        return JSON.stringify([back("2026-07-01T12:00:00"), back("2026-01-01T12:00"),
            back("2026-03-29T03:30:00"), back(""), t.toInput("2026-07-01T10:00:00Z", zone),
            t.place(59.96), t.place(3725), t.length(75)]);
    }"""))  # fmt: skip
    assert table == [
        "2026-07-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z", "2026-03-29T01:30:00.000Z", None,
        "2026-07-01T12:00:00", "0:59.9", "1:02:05", "1 min 15 s",
    ]  # fmt: skip
