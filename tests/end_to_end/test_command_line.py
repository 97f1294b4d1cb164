"""The main job on the command line, on real footage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.answers import easy_click, truth_of

pytestmark = [pytest.mark.data, pytest.mark.slow]


def test_every_video_is_taken_in(retail_store):
    _, printed = retail_store
    videos = printed["videos"]
    assert [video["state"] for video in videos] == ["done"] * 3
    assert all(video["error"] is None and video["tracklets"] >= 5 for video in videos)
    assert [video["camera"] for video in videos] == [
        f"output_cam{number}_with_tracking" for number in (1, 2, 3)
    ]
    assert all(23 <= video["seconds"] <= 24 for video in videos)


def test_the_person_clicked_is_found_in_another_camera(cli, retail_store, retrace_data):
    home, _ = retail_store
    labels = retrace_data / "videos/retail3/labels"
    click = easy_click(labels)
    chosen, shows = truth_of(home, labels, click)
    hits = cli(home, "search", "--tracklet", chosen)
    assert set(hits[0]) == {
        *("tracklet", "camera", "video", "start", "end", "offset_start", "offset_end"),
        *("probability", "strength", "crop"),
    }
    assert hits[0]["camera"] != click.camera
    assert shows[hits[0]["tracklet"]] == click.person
    assert 0 <= hits[0]["probability"] <= 1
    assert Path(hits[0]["crop"]).is_file()
    assert all(hit["tracklet"] != chosen for hit in hits)
    own = [hit["camera"] == click.camera for hit in hits]
    assert own == sorted(own), "the query's own camera comes last"
    assert all(hit["start"] is None for hit in hits), "unconfirmed starts are no times of day"
    one_order = cli(home, "search", "--tracklet", chosen, "--same-camera")
    chances = [hit["probability"] for hit in one_order]
    assert chances == sorted(chances, reverse=True)
    assert {hit["tracklet"] for hit in one_order} == {hit["tracklet"] for hit in hits}


def test_filters_and_limit_hold(cli, retail_store):
    home, _ = retail_store
    tracklets = cli(home, "tracklets", "list", "--camera", "output_cam1_with_tracking")
    assert set(tracklets[0]) >= {"id", "camera", "video", "start", "end", "frames"}
    query = max(tracklets, key=lambda each: each["frames"])["id"]
    camera = "output_cam3_with_tracking"
    hits = cli(home, "search", "--tracklet", query, "--camera", camera, "--limit", 2)
    assert [hit["camera"] for hit in hits] == [camera, camera]


def test_a_photo_finds_its_person(cli, retail_store, retrace_data, tmp_path):
    home, _ = retail_store
    labels = retrace_data / "videos/retail3/labels"
    click = easy_click(labels)
    chosen, shows = truth_of(home, labels, click)
    crop = cli(home, "search", "--tracklet", chosen, "--same-camera", "--limit", 1)[0]["crop"]
    photo = Path(shutil.copy(crop, tmp_path / "photo.jpg"))
    hits = cli(home, "search", "--photo", photo, "--person", 0, "--limit", 3)
    assert click.person in [shows[hit["tracklet"]] for hit in hits]


def test_the_same_file_again_is_a_duplicate(cli, retail_store, retrace_data):
    home, _ = retail_store
    file = retrace_data / "videos/retail3/output_cam1_with_tracking.mp4"
    again = cli(home, "ingest", file, "--camera", "elsewhere")["videos"][0]
    assert (again["state"], again["camera"]) == ("duplicate", "output_cam1_with_tracking")


def test_tracks_are_measured_against_the_labels(cli, retail_store, retrace_data):
    home, _ = retail_store
    scores = cli(home, "evaluate", "tracks", "--gt", retrace_data / "videos/retail3/labels")
    assert set(scores) == {*(f"output_cam{n}_with_tracking" for n in (1, 2, 3)), "all"}
    assert set(scores["all"]) == {"hota", "idf1", "mota"}
    assert scores["all"]["hota"] > 0.4


@pytest.mark.parametrize("kind", ["mot", "csv", "json"])
def test_tracks_are_exported_one_file_a_camera(cli, retail_store, tmp_path, kind):
    home, _ = retail_store
    files = cli(home, "tracklets", "export", "--format", kind, "--out", tmp_path / kind)
    ending = "txt" if kind == "mot" else kind
    assert sorted(Path(file).name for file in files) == [
        f"output_cam{n}_with_tracking.{ending}" for n in (1, 2, 3)
    ]
    if kind == "mot":
        ids = {each["id"] for each in cli(home, "tracklets", "list")}
        rows = [line.split(",") for line in Path(files[0]).read_text().splitlines()]
        assert {int(row[1]) for row in rows} <= ids
        assert min(int(row[0]) for row in rows) >= 1


def test_the_doctor_finds_nothing_broken(cli, retail_store):
    home, _ = retail_store
    examination = cli(home, "doctor")
    assert examination["healthy"] is True
    topics = {finding["topic"]: finding["message"] for finding in examination["findings"]}
    assert "sha256" in topics["detector"]
    assert "openvino" in topics["re-ID model"].lower()


def test_the_index_is_a_cache_of_the_database(cli, retail_store, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(retail_store[0], home)
    query = cli(home, "tracklets", "list")[0]["id"]
    before = cli(home, "search", "--tracklet", query)
    shutil.rmtree(home / "index")
    rebuilt = cli(home, "index", "rebuild")
    assert rebuilt["vectors"] > 0
    after = cli(home, "search", "--tracklet", query)
    assert [hit["tracklet"] for hit in after] == [hit["tracklet"] for hit in before]


def test_another_model_embeds_the_archive_and_answers(cli, retail_store, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(retail_store[0], home)
    query = cli(home, "tracklets", "list")[0]["id"]
    assert cli(home, "models", "use", "osnet_x0_25_msmt17")["active"] == "osnet_x0_25_msmt17"
    active = [model["name"] for model in cli(home, "models", "list") if model["active"]]
    assert active == ["osnet_x0_25_msmt17"]
    assert cli(home, "search", "--tracklet", query)


def test_a_bad_file_fails_alone(cli, retrace_data, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video" * 1000)
    good = retrace_data / "videos/room2/Double1.mp4"
    videos = cli(tmp_path / "home", "ingest", bad, good, code=1)["videos"]
    assert [video["state"] for video in videos] == ["failed", "done"]
    assert "bad.mp4" in videos[0]["error"]


def test_a_removed_video_leaves_nothing_behind(cli, retail_store, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(retail_store[0], home)
    video = cli(home, "videos", "list")[0]["video"]
    removed = cli(home, "videos", "remove", video, "--yes")
    assert removed["tracklets"] > 0
    assert removed["crops"] > 0
    assert video not in [each["video"] for each in cli(home, "videos", "list")]
    for each in cli(home, "cameras", "list"):
        cli(home, "cameras", "remove", each["name"], "--yes")
    assert cli(home, "tracklets", "list") == []
    assert [path for path in (home / "media").rglob("*") if path.is_file()] == []


def test_without_weights_the_error_says_what_to_put_where(cli, tmp_path, retrace_data):
    error = cli(
        *(tmp_path / "home", "ingest", retrace_data / "videos/room2/Double1.mp4"),
        *("--set", f"data={tmp_path}"),
        code=1,
    )
    assert "yolo11n.pt" in error
    assert str(tmp_path / "home" / "models") in error
    assert "models fetch" in error
