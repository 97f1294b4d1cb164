"""The pages People and Match in a real browser, over made-up answers that change as one edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app.ui_fake_api import HOSTILE
from tests.app.ui_fake_people import FakePeople
from tests.app.ui_pages import assert_unharmed, opened

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakePeople, Page, list[str]]]:
    with opened(FakePeople()) as everything:
        yield everything


@pytest.fixture
def fake(served: tuple[FakePeople, Page, list[str]]) -> FakePeople:
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@pytest.fixture
def page(served: tuple[FakePeople, Page, list[str]], fake: FakePeople) -> Iterator[Page]:
    _, shown, problems = served
    yield shown
    assert_unharmed(shown, problems)


def sent(fake: FakePeople, method: str, path: str) -> list[Any]:
    return [body for m, p, body in fake.calls if (m, p) == (method, path)]


@pytest.mark.parametrize(
    ("address", "shown"),
    [("/people", "person-card"), ("/people?identity=1&__theme=dark", "contact-sheet"),
     ("/people?view=unassigned", "sighting"), ("/match?run=1", "run-findings"),
     ("/match?view=review&__theme=dark", "review-side"), ("/match?view=times", "camera-pair")],
)  # fmt: skip
def test_every_view_is_accessible(page: Page, fake: FakePeople, address: str, shown: str) -> None:
    fake.answer("POST", "matching/runs", {}, {"mode": "new", "preview": True})
    fake.runs[0]["state"] = "preview"
    page.goto(address)
    expect(page.get_by_test_id(shown).first).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [
        (v["id"], n["html"][:100])
        for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]
    ] == []  # fmt: skip


def test_people_say_where_how_often_and_how_sure(page: Page, fake: FakePeople) -> None:
    page.goto("/people")
    card = page.get_by_test_id("person-card").first
    expect(card).to_contain_text("3 cameras")
    expect(card).to_contain_text("4 May 2026, 11:01:00 – 11:04:20")
    expect(card.get_by_test_id("person-sure")).to_have_text("likely, 80 %")
    expect(page.get_by_test_id("unassigned-count")).to_contain_text("1 of them too poor to judge")
    page.get_by_test_id("people-text").fill("nobody has this name")
    expect(page.get_by_test_id("no-people")).to_contain_text("Nobody fits")
    page.get_by_test_id("clear-people-filter").click()
    page.get_by_test_id("person-card").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"identity=2$"))
    expect(page.get_by_test_id("path")).to_contain_text("40 s later")
    expect(page.get_by_test_id("person-conflict")).to_have_count(1)
    expect(page.get_by_test_id("person-parted")).to_contain_text("not in two places at once (1)")
    page.go_back()
    expect(page.get_by_test_id("person-card")).to_have_count(3)
    fake.edits.clear()
    page.reload()
    expect(page.get_by_test_id("no-people")).to_contain_text("Nobody is linked yet. Run matching.")


def test_a_lost_race_is_explained_and_nothing_typed_is_lost(page: Page, fake: FakePeople) -> None:
    page.goto("/people?identity=2")
    page.get_by_test_id("person-notes").fill("wears a hat")
    fake.edits[2] |= {"version": 5, "name": "Anna"}
    page.get_by_test_id("save-person").click()
    expect(page.get_by_test_id("conflict-note")).to_contain_text(HOSTILE)
    page.get_by_test_id("reload").click()
    expect(page.get_by_test_id("conflict-note")).to_be_hidden()
    expect(page.get_by_test_id("person-title")).to_have_text("Anna")
    expect(page.get_by_test_id("person-notes")).to_have_value("wears a hat")
    page.get_by_test_id("save-person").click()
    expect(page.get_by_test_id("save-person")).to_be_hidden()
    assert (fake.edits[2]["name"], fake.edits[2]["notes"]) == ("Anna", "wears a hat")


def test_a_merge_says_what_will_happen_and_is_undone_by_key(page: Page, fake: FakePeople) -> None:
    page.goto("/people?identity=1")
    page.get_by_test_id("merge").click()
    expect(page.get_by_test_id("confirm-merge")).to_be_disabled()
    alike = page.get_by_test_id("choice").first
    expect(alike).to_have_attribute("data-person", "3")
    expect(alike.get_by_test_id("alike")).to_have_text("likely 92 %")
    page.get_by_test_id("choice").last.click()
    expect(page.get_by_test_id("merge-preview")).to_contain_text(f"The name {HOSTILE} stays.")
    assert sent(fake, "POST", "people/merge") == []
    page.get_by_test_id("confirm-merge").click()
    expect(page.get_by_test_id("sighting")).to_have_count(5)
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("sighting")).to_have_count(3)
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_test_id("sighting")).to_have_count(5)


def test_a_split_is_proposed_and_corrected_by_keyboard(page: Page, fake: FakePeople) -> None:
    page.goto("/people?identity=1")
    page.get_by_test_id("split").click()
    going = page.get_by_test_id("split-go").get_by_test_id("split-sighting")
    expect(going).to_have_count(2)
    going.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(going).to_have_count(1)
    page.get_by_test_id("confirm-split").click()
    expect(page.get_by_test_id("sighting")).to_have_count(2)
    assert sent(fake, "POST", "people/1/split")[0]["tracklets"] == [33]
    page.get_by_test_id("notice-undo").click()
    expect(page.get_by_test_id("sighting")).to_have_count(3)


def test_what_later_changes_build_on_is_named_before_it_is_undone(page: Page) -> None:
    page.goto("/people?identity=1")
    page.get_by_test_id("remove-sighting").first.click()
    expect(page.get_by_test_id("sighting")).to_have_count(2)
    page.get_by_test_id("set-aside").click()
    expect(page.get_by_test_id("restore")).to_be_visible()
    page.get_by_test_id("undo-decision").last.click()
    expect(page.get_by_test_id("later-decisions")).to_have_text("set-aside: Person 1")
    page.get_by_test_id("dialog-save").click()
    expect(page.get_by_test_id("sighting")).to_have_count(3)
    expect(page.get_by_test_id("set-aside")).to_be_visible()


def test_sightings_of_nobody_become_a_person(page: Page, fake: FakePeople) -> None:
    page.goto("/people?view=unassigned")
    expect(page.get_by_test_id("sighting").last).to_contain_text("too poor to judge")
    for tick in page.get_by_test_id("tick-sighting").all():
        tick.check()
    page.get_by_test_id("create-person").click()
    page.get_by_test_id("new-name").fill("Ben")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("unassigned-status")).to_contain_text("Every sighting belongs")
    assert sent(fake, "POST", "people") == [{"name": "Ben", "tracklets": [37, 38]}]


def test_a_run_is_watched_shown_applied_and_undone(page: Page, fake: FakePeople) -> None:
    page.goto("/match")
    expect(page.get_by_test_id("no-runs")).to_be_visible()
    page.get_by_test_id("preview").check()
    page.get_by_test_id("start-matching").click()
    expect(page.get_by_test_id("run-progress")).to_contain_text("40 % · Comparing · about 1 min")
    expect(page).to_have_url(re.compile(r"run=1$"))
    expect(page.get_by_test_id("run-state")).to_have_text("Shown, not applied")
    expect(page.get_by_test_id("run-findings")).to_contain_text("2 not linked, 1 of them too poor")
    expect(page.get_by_test_id("merged-people")).to_contain_text(HOSTILE)
    page.get_by_test_id("apply-run").click()
    page.get_by_test_id("undo-run").click()
    expect(page.get_by_test_id("run-state")).to_have_text("Undone")
    page.reload()
    expect(page.get_by_test_id("run-state")).to_have_text("Undone")
    assert sent(fake, "POST", "matching/runs") == [{"mode": "new", "preview": True}]


def test_doubtful_pairs_are_answered_by_keys(page: Page, fake: FakePeople) -> None:
    page.goto("/match?view=review")
    stage = page.get_by_test_id("review-stage")
    expect(stage).to_have_attribute("data-pair", "1")
    facts = page.get_by_test_id("review-facts")
    expect(facts).to_contain_text("possible 62 %")
    expect(facts).to_contain_text("1 min between them; usually 31 s, nearly all 20 s to 58 s")
    expect(page.get_by_test_id("review-together")).to_contain_text(f"Both are {HOSTILE} at present")
    page.keyboard.press("s")
    expect(stage).to_have_attribute("data-pair", "2")
    expect(page.get_by_test_id("review-spoken")).to_contain_text("They are same. Next: Yard")
    page.keyboard.press("d")
    expect(stage).to_have_attribute("data-pair", "3")
    page.keyboard.press("u")
    expect(stage).to_have_attribute("data-pair", "2")
    expect(page.get_by_test_id("tab-review")).to_have_text("Review (2)")
    page.keyboard.press("k")
    expect(stage).to_have_attribute("data-pair", "3")
    page.keyboard.press(" ")
    expect(page.get_by_test_id("review-done")).to_contain_text("Only skipped pairs are left")
    page.get_by_test_id("review-keys").uncheck()
    page.get_by_test_id("review-again").click()
    page.keyboard.press("s")
    expect(stage).to_have_attribute("data-pair", "2")
    page.get_by_test_id("review-keys").check()
    assert [body["answer"] for body in sent(fake, "POST", "review/2")] == ["different", "skip"]


def test_walking_times_are_entered_and_clocks_corrected_after_a_yes(
    page: Page, fake: FakePeople
) -> None:
    page.goto("/match?view=times")
    pair = page.get_by_test_id("camera-pair").first
    expect(pair.get_by_test_id("learnt")).to_contain_text("from 14 walks. Learnt, only a hint.")
    pair.get_by_test_id("edit-pair").click()
    page.get_by_test_id("pair-relation").select_option("apart")
    page.get_by_test_id("pair-least").fill("20")
    page.keyboard.press("Enter")
    expect(pair).to_contain_text("Never see the same place")
    assert sent(fake, "PUT", "topology")[0]["least_seconds"] == 20
    page.get_by_test_id("accept-clock").click()
    expect(page.get_by_test_id("clock-proposal")).to_have_count(0)


def test_find_goes_on_from_a_person_and_saves_one(page: Page, fake: FakePeople) -> None:
    page.goto("/find?identity=2")
    expect(page.get_by_test_id("query-chip")).to_contain_text("Person 2")
    expect(page.get_by_test_id("hit-person")).to_have_text(HOSTILE)
    assert sent(fake, "POST", "search")[-1]["identities"] == [2]
    page.goto("/find?tracklet=11")
    page.locator("[data-testid=hit][data-tracklet='21']").get_by_test_id("same").click()
    expect(page.get_by_test_id("query-chip")).to_have_count(2)
    page.get_by_test_id("save-person").click()
    page.get_by_test_id("save-name").fill("Anna")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("open-person")).to_have_attribute("href", "/people?identity=4")
    assert sent(fake, "POST", "people") == [{"name": "Anna", "tracklets": [11, 21]}]


def test_contradictions_are_told_in_the_cameras_own_time(page: Page) -> None:
    page.goto("/people")
    told = page.evaluate("""async () => {
        const { conflictText, togetherText } = await import("/ui-assets/conflict-words.js");
        const cameras = [{ name: "Lobby", time_zone: "Asia/Tokyo" },
                         { name: "Yard", time_zone: "Asia/Tokyo" }];
        const at = (tracklet, camera, second) => ({ tracklet, camera, video: "a.mp4",
            start: `2026-05-04T23:59:5${second}Z`, offset_start: 1 });
        const apart = (...sightings) => ({ kind: "decided_by_time", rule: "together",
            tracklets: sightings.map((one) => one.tracklet), sightings, text: "in UTC" });
        const pair = (kept_apart) => ({ a: { id: 1 }, b: { id: 2 }, kept_apart,
            both: { label: "Ann" } });
        return [
            conflictText(apart(at(1, "Lobby", 1), at(2, "Yard", 2)), cameras),
            conflictText(apart(at(1, "Lobby", 1), at(2, "Lobby", 1)), cameras),
            togetherText(pair(apart(at(1, "Lobby", 1), at(2, "Yard", 2))), cameras),
            togetherText(pair(apart(at(1, "Lobby", 1), at(3, "Yard", 2))), cameras),
            togetherText(pair(null), cameras),
        ];
    }""")  # fmt: skip
    assert told[0].startswith("Lobby at 08:59:51 and Yard at 08:59:52 look alike")
    assert told[1].startswith("2 sightings in Lobby at 08:59:51 look alike")
    assert "Lobby at 08:59:51 and Yard at 08:59:52 look alike" in told[2]
    assert "Other sightings of these two people speak against it: Lobby at 08:59:51" in told[3]
    assert "look alike" not in told[3]
    assert told[4] == "Both are Ann at present; “different” parts them."
