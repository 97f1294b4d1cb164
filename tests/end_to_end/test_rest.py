"""The main job over REST, with a real server and its worker, on real footage."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path

import av
import pytest

from tests.end_to_end.answers import easy_click, truth_of

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def room(serve, retrace_data, tmp_path_factory):
    """A server into which both cameras of the room were taken by path."""
    server = serve(tmp_path_factory.mktemp("room") / "home")
    folder = retrace_data / "videos/room2"
    files = [{"path": str(path), "camera": path.stem} for path in sorted(folder.glob("*.mp4"))]
    answer = server.api("POST", "/ingest", json={"files": files}).json()
    assert [video["state"] for video in answer["videos"]] == ["queued", "queued"]
    server.wait_done()
    return server


def frame_of(server, camera, time):
    video = next(each for each in server.api("GET", "/videos").json() if each["camera"] == camera)
    return server.api("GET", f"/videos/{video['id']}/frame", params={"t": time}).json()


def test_a_click_finds_the_person_in_the_other_camera(room, retrace_data):
    labels = retrace_data / "videos/room2/labels"
    click = easy_click(labels, "Double1")
    frame = frame_of(room, click.camera, (click.frame - 1) / 30)
    assert room.api("GET", "/videos").status_code == 200
    chosen, shows = truth_of(room.home, labels, click)
    assert chosen in [person["tracklet"] for person in frame["people"]]
    found = room.api("POST", "/search", json={"tracklets": [chosen]}).json()
    best = found["hits"][0]
    assert best["camera"] == "Single1"
    assert shows[best["tracklet"]] == click.person
    assert found["searched"]["calibrated"] is True
    assert found["searched"]["tracklets"] >= len(found["hits"])


def test_pictures_and_clips_open_by_signed_link_only(room):
    tracklet = room.api("GET", "/tracklets").json()[0]["id"]
    clip = room.api("POST", f"/tracklets/{tracklet}/clip").json()
    address = clip["url"].removeprefix("/api/v1")
    whole = room.api("GET", address)
    assert whole.headers["content-type"] == "video/mp4"
    part = room.api("GET", address, headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    with av.open(io.BytesIO(whole.content)) as opened:
        stream = opened.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert sum(1 for _ in opened.decode(stream)) > 3
    bare = address.split("?")[0]
    assert room.api("GET", bare).status_code == 422
    assert room.api("GET", f"{bare}?token=wrong").status_code == 403
    other = address.replace("/store/", "/store/0")
    assert room.api("GET", other).status_code == 403
    again = room.api("POST", f"/tracklets/{tracklet}/clip").json()
    assert again["url"].split("?")[0] == clip["url"].split("?")[0], "cut once"


def test_a_photo_with_several_people_must_be_chosen_from(room, retrace_data):
    frame = frame_of(room, "Double1", 0.5)
    picture = room.api("GET", frame["image"].removeprefix("/api/v1")).content
    photo = room.api("POST", "/photos", content=picture).json()
    assert len(photo["people"]) == 2
    assert photo["chosen"] is None
    unclear = room.api("POST", "/search", json={"photos": [{"id": photo["id"]}]})
    assert unclear.status_code == 422
    assert "Choose one" in unclear.json()["error"]["message"]
    chosen = {"photos": [{"id": photo["id"], "person": 0}]}
    assert room.api("POST", "/search", json=chosen).json()["hits"]
    assert room.api("POST", "/photos", content=b"no picture").status_code == 422


def test_a_judgement_is_remembered_and_can_be_withdrawn(room):
    first, second = (each["id"] for each in room.api("GET", "/tracklets").json()[:2])
    body = {"query": first, "tracklet": second, "verdict": "different"}
    judged = room.api("POST", "/judgements", json=body)
    assert judged.status_code == 201

    def shown():
        found = room.api("POST", "/search", json={"tracklets": [first]}).json()
        return {hit["tracklet"]: hit["judgement"] for hit in found["hits"]}

    assert shown()[second] == "different"
    assert room.api("DELETE", f"/judgements/{judged.json()['id']}").status_code == 204
    assert shown()[second] is None


def test_confirmed_times_feed_the_time_filter(room):
    videos = {each["camera"]: each for each in room.api("GET", "/videos").json()}
    video = videos["Single1"]
    edit = {"version": video["version"], "start": "2026-03-01T10:00:00Z"}
    edited = room.api("PATCH", f"/videos/{video['id']}", json=edit).json()
    assert (edited["start"], edited["start_confirmed"]) == ("2026-03-01T10:00:00.000Z", True)
    stale = room.api("PATCH", f"/videos/{video['id']}", json=edit)
    assert stale.status_code == 409
    query = room.api("GET", "/tracklets", params={"camera": "Double1"}).json()[0]["id"]

    def hits(**window):
        body = {"tracklets": [query], "cameras": ["Single1"], **window}
        return room.api("POST", "/search", json=body).json()["hits"]

    inside = {"from": "2026-03-01T09:59:00Z", "to": "2026-03-01T10:01:00Z"}
    outside = {"from": "2026-03-01T11:00:00Z", "to": "2026-03-01T12:00:00Z"}
    assert hits(**inside)
    assert hits(**inside)[0]["start"].startswith("2026-03-01T10:00:0")
    assert hits(**outside) == []


def test_foreign_pages_are_refused(room):
    assert room.api("GET", "/videos", headers={"Origin": "http://evil.example"}).status_code == 403
    assert room.api("GET", "/videos", headers={"Host": "evil.example"}).status_code == 403


def test_every_route_is_described_with_an_example_where_it_takes_a_body(room):
    described = room.api("GET", "/openapi.json").json()
    shapes = described["components"]["schemas"]
    bodies = 0
    for path, methods in described["paths"].items():
        assert path.startswith("/api/v1/")
        for route in methods.values():
            assert route["description"] or route["summary"]
            body = route.get("requestBody")
            if body and "application/json" in body["content"]:
                schema = body["content"]["application/json"]["schema"]
                named = schema.get("anyOf", [schema])[0]
                name = named["$ref"].rsplit("/", 1)[-1]
                assert shapes[name]["examples"], path
                bodies += 1
    assert bodies >= 6


def test_a_killed_worker_is_replaced_and_its_job_goes_on(serve, cli, retrace_data, tmp_path):
    """A real kill -9 in the middle: the result equals that of an uninterrupted ingest."""
    import psutil

    clip = retrace_data / "videos/retail3/output_cam3_with_tracking.mp4"
    small = ("--set", "video.chunk_seconds=5", "--set", "video.analysis_fps=4")
    whole = cli(tmp_path / "whole", "ingest", clip, "--camera", "c", *small)["videos"][0]
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed/config.yaml").write_text(
        "video: {chunk_seconds: 5, analysis_fps: 4}\n"
        "jobs: {stale_seconds: 3, heartbeat_seconds: 0.5}\n"
    )
    server = serve(tmp_path / "killed")
    server.api("POST", "/ingest", json={"files": [{"path": str(clip), "camera": "c"}]})
    for _ in range(1200):
        time.sleep(0.1)
        video = server.api("GET", "/videos").json()[0]
        if video["processed_until"] >= 5:
            break
        assert video["state"] != "done", "too quick to be killed in the middle"
    else:
        raise AssertionError(f"no chunk was written: {video}")
    workers = psutil.Process(server.process.pid).children()
    worker = next(each for each in workers if "app.jobs.worker" in " ".join(each.cmdline()))
    os.kill(worker.pid, signal.SIGKILL)
    done = server.wait_done()[0]
    assert done["state"] == "done", done["error"]
    assert server.api("GET", "/jobs").json()[0]["attempts"] == 1
    assert done["tracklets"] == whole["tracklets"]
    exported = []
    for home in (tmp_path / "whole", tmp_path / "killed"):
        files = cli(home, "tracklets", "export", "--format", "csv", "--out", tmp_path / home.name)
        rows = [line.split(",") for line in Path(files[0]).read_text().splitlines()[1:]]
        exported.append([row[:2] + row[3:] for row in rows])
    assert exported[0] == exported[1], "boxes differ from those of an uninterrupted ingest"
    pictures = [
        sorted(path.name for path in (home / "media").rglob("*.jpg"))
        for home in (tmp_path / "whole", tmp_path / "killed")
    ]
    assert pictures[0] == pictures[1], "crops differ from those of an uninterrupted ingest"
