"""Who is who on the demo scene, as a person finds out and puts right: in a browser, by hand."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.demo import people_shown

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1200)]

SLOW = 120_000  # milliseconds, for what a run and a clip take on a busy machine
ANSWERS = 5


@pytest.fixture(scope="module")
def site(demo_store, serve, tmp_path_factory):
    """A server of a copy of the demo's store in which nobody is linked yet."""
    home = tmp_path_factory.mktemp("people") / "home"
    shutil.copytree(demo_store[0], home, ignore=shutil.ignore_patterns("retrace.db*", "*.lock"))
    with (
        closing(sqlite3.connect(demo_store[0] / "retrace.db")) as source,
        closing(sqlite3.connect(home / "retrace.db")) as copy,
    ):
        source.backup(copy)
    server = serve(home)
    for run in server.api("GET", "/matching/runs").json()["runs"]:
        if run["state"] == "applied" and run["decision"]:
            server.api("POST", f"/matching/runs/{run['id']}/undo", json={}).raise_for_status()
    assert server.api("GET", "/people").json()["total"] == 0
    return server


@pytest.fixture(scope="module")
def shows(site) -> dict[int, int | None]:
    """Whom each sighting truly shows."""
    workspace = Workspace(load_settings(home=site.home, environment={}), Launch(home=site.home))
    try:
        return people_shown(workspace)
    finally:
        workspace.close()


@pytest.fixture(scope="module")
def matched(site, browser):
    """The server after a run that was started and watched on the page."""
    page = browser.new_page(base_url=site.url)
    page.set_default_timeout(SLOW)
    page.goto("/people")
    page.get_by_test_id("no-people").get_by_role("link", name="Open Match").click()
    page.get_by_test_id("start-matching").click()
    expect(page.get_by_test_id("run-progress")).to_contain_text("%")
    expect(page.get_by_test_id("run-state")).to_have_text("Applied", timeout=SLOW)
    expect(page.get_by_test_id("run-findings")).to_contain_text(re.compile(r"\d+ people in \d"))
    expect(page.get_by_test_id("new-people").get_by_test_id("person-chip").first).to_be_visible()
    page.close()
    return site


def everybody(server) -> dict[int, set[int]]:
    """Each person's sightings, as the server has them."""
    cards = server.api("GET", "/people", params={"limit": 1000}).json()["people"]
    told = [server.api("GET", f"/people/{card['id']}").json() for card in cards]
    return {each["id"]: {one["id"] for one in each["sightings"]} for each in told}


def pure(server, shows, *, least: int = 3) -> list[tuple[int, set[int]]]:
    """People whose sightings, `least` or more, all show one and the same true person."""
    found = []
    for person, sightings in everybody(server).items():
        true = {shows[each] for each in sightings}
        if len(sightings) >= least and len(true) == 1 and None not in true:
            found.append((person, sightings))
    return found


def version(server, person: int) -> int:
    return server.api("GET", f"/people/{person}").json()["version"]


def shown(page: Page) -> set[int]:
    """The sightings on the page of a person."""
    tiles = page.get_by_test_id("contact-sheet").get_by_test_id("sighting")
    return set(tiles.evaluate_all("all => all.map(tile => +tile.dataset.tracklet)"))


def open_person(page: Page, server, person: int) -> None:
    page.goto(f"{server.url}/people?identity={person}")
    expect(page.get_by_test_id("contact-sheet")).to_be_visible()


def wait_shown(page: Page, sightings: set[int]) -> None:
    expect(page.get_by_test_id("contact-sheet").get_by_test_id("sighting")).to_have_count(
        len(sightings)
    )
    assert shown(page) == sightings


def test_a_person_is_opened_and_shows_the_right_sightings(page, matched, demo_store, shows):
    first = demo_store[1]["first"]
    person = next(who for who, seen in everybody(matched).items() if first in seen)
    page.goto(f"{matched.url}/people")
    page.locator(f"[data-testid=person-card][data-person='{person}']").click()
    expect(page.get_by_test_id("contact-sheet")).to_be_visible()
    seen = shown(page)
    assert first in seen
    assert {shows[each] for each in seen} == {shows[first]}
    assert page.get_by_test_id("sheet-camera").count() >= 2
    assert page.get_by_test_id("path-stop").count() == len(seen)
    page.get_by_test_id("play-sighting").first.click()
    clip = page.get_by_test_id("clip")
    expect(clip).to_be_visible()
    page.wait_for_function(
        "video => video.currentTime > 0.2 && video.videoWidth > 0", arg=clip.element_handle()
    )


def test_two_who_are_wrongly_apart_are_merged_and_parted_again(page, matched, shows):
    person, sightings = pure(matched, shows)[0]
    apart = {max(sightings)}
    body = {"version": version(matched, person), "tracklets": sorted(apart)}
    other = matched.api("POST", f"/people/{person}/split", json=body).json()["new_person"]["id"]
    open_person(page, matched, person)
    page.get_by_test_id("merge").click()
    page.locator(f"[data-testid=choice][data-person='{other}']").click()
    expect(page.get_by_test_id("merge-preview")).to_contain_text("What will happen")
    page.get_by_test_id("confirm-merge").click()
    wait_shown(page, sightings)
    page.keyboard.press("Control+z")
    wait_shown(page, sightings - apart)
    page.keyboard.press("Control+Shift+z")
    wait_shown(page, sightings)
    assert other not in everybody(matched)


def test_one_who_is_two_is_split(page, matched, shows):
    (stays, first), (goes, second) = pure(matched, shows)[1:3]
    people = [{"id": each, "version": version(matched, each)} for each in (stays, goes)]
    body = {"people": people, "into": stays}
    matched.api("POST", "/people/merge", json=body).raise_for_status()
    open_person(page, matched, stays)
    page.get_by_test_id("split").click()
    for side, key, belongs in (("stay", "ArrowRight", first), ("go", "ArrowLeft", second)):
        tiles = page.get_by_test_id(f"split-{side}").get_by_test_id("split-sighting")
        expect(page.get_by_test_id("split-sighting")).to_have_count(len(first | second))
        here = set(tiles.evaluate_all("all => all.map(tile => +tile.dataset.tracklet)"))
        for wrong in here - belongs:
            page.locator(f"[data-testid=split-sighting][data-tracklet='{wrong}']").press(key)
    page.get_by_test_id("split-name").fill("Somebody else")
    page.get_by_test_id("confirm-split").click()
    wait_shown(page, first)
    page.goto(f"{matched.url}/people?q=Somebody+else")
    page.get_by_test_id("person-card").click()
    expect(page.get_by_test_id("contact-sheet")).to_be_visible()
    wait_shown(page, second)


def test_doubtful_pairs_are_answered_by_keyboard(page, matched, shows):
    left = matched.api("GET", "/review/next").json()["left"]
    assert left > 0
    answered: dict[tuple[int, int], str] = {}
    page.goto(f"{matched.url}/match?view=review")
    stage = page.locator("[data-testid=review-stage][data-pair]")
    done = page.get_by_test_id("review-done")
    for number in range(ANSWERS):
        expect(stage.or_(done)).to_be_visible()
        if done.is_visible():  # fewer than five were doubtful: the last answer is given once more
            page.keyboard.press("u")
            answered.popitem()
        pair = stage.get_attribute("data-pair")
        sides = stage.get_by_test_id("review-side")
        a, b = sides.evaluate_all("all => all.map(side => +side.dataset.tracklet)")
        key, word = ("s", "same") if shows[a] == shows[b] else ("d", "different")
        with page.expect_response(re.compile(rf"/review/{pair}$")) as answer:
            page.keyboard.press(key)
        assert answer.value.request.post_data_json == {"answer": word}
        assert answer.value.ok, number
        answered[a, b] = word
        gone = page.locator(f"[data-testid=review-stage][data-pair='{pair}']")
        expect(gone).to_have_count(0)
    holder = {seen: who for who, own in everybody(matched).items() for seen in own}
    for (a, b), word in answered.items():
        together = holder.get(a) is not None and holder.get(a) == holder.get(b)
        assert together == (word == "same")
    assert matched.api("GET", "/review/next").json()["left"] < left


def test_everything_is_found_as_it_was_left(page, matched):
    before = everybody(matched)
    person = max(before, key=lambda each: len(before[each]))
    open_person(page, matched, person)
    page.get_by_test_id("person-name").fill("Anna")
    page.get_by_test_id("person-notes").fill("carries a bag")
    page.keyboard.press("Tab")
    page.get_by_test_id("save-person").click()
    expect(page.get_by_test_id("person-title")).to_have_text("Anna")
    page.reload()
    expect(page.get_by_test_id("person-title")).to_have_text("Anna")
    expect(page.get_by_test_id("person-notes")).to_have_value("carries a bag")
    wait_shown(page, before[person])
    page.get_by_test_id("everybody").click()
    page.reload()
    expect(page.get_by_test_id("person-card")).to_have_count(len(before))
    assert everybody(matched) == before
