"""A stranger's first minute: the demo, as the command line, the pages and its truth tell it."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.settings import load_settings
from app.ui.shell import PAGES
from app.workspace import Launch, Workspace
from benchmarks.demo import NEAR_DOUBLES, first_share, look_everywhere, people_shown, seen_well
from benchmarks.labelled import read_labels

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(1200)]

CAMERAS = ["Car park", "Lobby", "Plaza east", "Plaza west"]
CLICKED = 3


@pytest.fixture(scope="module")
def workspace(demo_store, retrace_data):
    home = demo_store[0]
    settings = load_settings(home=home, environment={"RETRACE_DATA": str(retrace_data)})
    opened = Workspace(settings, Launch(home=home))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def looks(workspace):
    return look_everywhere(workspace)


@dataclass(frozen=True)
class Moment:
    """Somebody wholly visible: seconds of the camera's video, the middle of their box."""

    person: int
    camera: str
    time: float
    x: float
    y: float


def moments(truth: Path, fps: float) -> list[Moment]:
    """For each of the first distinct people, when they are seen best in a camera."""
    labels = read_labels(truth)
    best: dict[int, tuple[float, Moment]] = {}
    for camera, own in labels.items():
        for frame, boxes in own.boxes.items():
            for person, (x1, y1, x2, y2), visibility in boxes:
                size = float(visibility > 0.99) * float(y2 - y1)
                x, y = float(x1 + x2) / 2, float(y1 + y2) / 2
                moment = Moment(person, camera, (frame - 1) / fps, x, y)
                if person not in NEAR_DOUBLES and size > best.get(person, (0.0, None))[0]:
                    best[person] = (size, moment)
    return [best[person][1] for person in sorted(best)[:CLICKED]]


def test_all_cameras_come_with_times_truth_and_somebody_to_begin_with(demo_store, cli):
    home, printed = demo_store
    assert sorted(printed["cameras"]) == CAMERAS
    assert all(video["state"] == "done" for video in printed["videos"])
    assert printed["page"] == f"/find?tracklet={printed['first']}"
    assert printed["people"] >= 10
    truth = Path(printed["ground_truth"])
    assert truth == home / "demo" / "ground_truth"
    assert {path.stem for path in truth.glob("*.txt")} == set(CAMERAS)
    videos = cli(home, "videos", "list")
    assert {video["start"] for video in videos} == {"2026-05-04T09:00:00.000Z"}


def test_run_again_nothing_is_done_twice(demo_store, cli):
    home, printed = demo_store
    again = cli(home, "demo", "--no-serve")
    assert [video["state"] for video in again["videos"]] == ["duplicate"] * 4
    assert again["seconds"] < 30
    assert again["first"] == printed["first"]
    jobs = Counter(job["kind"] for job in cli(home, "jobs", "list"))
    assert jobs == {"ingest": 4, "match": 1}


def test_everybody_distinct_is_found_first_wherever_they_were_seen(looks):
    wrong = [look for look in looks if look.person not in NEAR_DOUBLES and look.rank != 1]
    assert wrong == []
    assert len({look.person for look in looks}) == 20


def test_near_doubles_are_in_the_first_three(looks):
    doubles = [look for look in looks if look.person in NEAR_DOUBLES]
    assert doubles
    assert [look for look in doubles if look.rank is None or look.rank > 3] == []


def test_nine_looks_in_ten_are_right_at_once(looks):
    assert first_share(looks) >= 0.9


def test_tracks_are_measured_against_the_truth(demo_store, cli):
    home, printed = demo_store
    scores = cli(home, "evaluate", "tracks", "--gt", printed["ground_truth"])
    assert set(scores) == {*CAMERAS, "all"}
    assert scores["all"]["idf1"] > 0.6


@pytest.mark.browser
def test_who_is_clicked_comes_first_in_every_other_camera(page: Page, demo_site, workspace):
    truth = workspace.home / "demo" / "ground_truth"
    shows = people_shown(workspace)
    videos = {video["camera"]: video for video in demo_site.api("GET", "/videos").json()}
    fps = {camera: video["fps"] for camera, video in videos.items()}
    seen = seen_well(read_labels(truth), fps)
    for moment in moments(truth, fps["Lobby"]):
        video = videos[moment.camera]["id"]
        page.goto(f"{demo_site.url}/find?video={video}&t={moment.time:.3f}")
        expect(page.get_by_test_id("person").first).to_be_attached()
        expect(page.get_by_test_id("demo-notice")).to_be_visible()  # it moves what is below it
        picture = page.get_by_test_id("frame-image")
        page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
        box = picture.bounding_box()
        scale = box["width"] / picture.evaluate("image => image.naturalWidth")
        page.mouse.click(box["x"] + moment.x * scale, box["y"] + moment.y * scale)
        expect(page.get_by_test_id("hit").first).to_be_visible(timeout=60_000)
        hits = page.get_by_test_id("hit").evaluate_all(
            "all => all.map(hit => [hit.dataset.camera, +hit.dataset.tracklet])"
        )
        first = {camera: shows[hit] for camera, hit in reversed(hits)}
        others = {camera for who, camera in seen if who == moment.person} - {moment.camera}
        assert {first[camera] for camera in others} == {moment.person}, moment


@pytest.mark.browser
@pytest.mark.parametrize("path", [path for _, path in PAGES])
def test_every_page_says_that_its_people_are_drawn(page: Page, demo_site, path):
    page.goto(f"{demo_site.url}{path}")
    expect(page.get_by_test_id("demo-notice")).to_contain_text("drawn by a program")


def test_removed_it_leaves_nothing_behind(demo_store, cli, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(demo_store[0], home)
    removed = cli(home, "demo", "--remove")
    assert removed["videos"] == 4
    for listing in ("videos", "cameras", "jobs", "tracklets"):
        assert cli(home, listing, "list") == []
    assert not (home / "demo").exists()
    assert [path for path in (home / "media").rglob("*") if path.is_file()] == []
