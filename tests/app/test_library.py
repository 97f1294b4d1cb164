"""Cameras and videos over REST: edits, lost races, removal, times."""

import pytest

from app.services.actor import OWNER, Actor
from app.services.ingest import IncomingFile, register, register_files
from app.services.library import list_cameras, list_videos


def test_a_camera_is_added_changed_and_removed(client):
    made = client.post("/api/v1/cameras", json={"name": "yard", "time_zone": "Europe/Berlin"})
    assert made.status_code == 201
    camera = made.json()
    edit = {"version": camera["version"], "clock_offset": -12.5}
    changed = client.patch(f"/api/v1/cameras/{camera['id']}", json=edit).json()
    assert (changed["clock_offset"], changed["name"]) == (-12.5, "yard")
    lost = client.patch(f"/api/v1/cameras/{camera['id']}", json=edit)
    assert lost.status_code == 409
    assert lost.json()["error"]["code"] == "conflict"
    assert client.delete(f"/api/v1/cameras/{camera['id']}").json()["removed"]["videos"] == 0
    assert client.get("/api/v1/cameras").json() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "x", "time_zone": "Mars/Base"}, 422),
        ({"name": "x", "colour": "red"}, 422),
        ({}, 422),
    ],
)
def test_a_camera_that_cannot_be_is_refused_in_words(client, body, status):
    refused = client.post("/api/v1/cameras", json=body)
    assert refused.status_code == status
    assert refused.json()["error"]["message"].endswith((".", "?"))


def test_two_cameras_cannot_share_a_name(client):
    client.post("/api/v1/cameras", json={"name": "yard"})
    assert client.post("/api/v1/cameras", json={"name": "yard"}).status_code == 409


def test_a_guessed_start_is_no_time_of_day_until_confirmed(workspace, make_video, client):
    row = register(OWNER, workspace, IncomingFile(make_video("cam_20240301_120000Z.mp4"))).video
    assert row.begins is None
    body = {"version": row.version, "start_confirmed": True}
    assert client.patch(f"/api/v1/videos/{row.id}", json=body).json()["start_confirmed"] is True
    assert list_videos(OWNER, workspace)[0].row.begins is not None


def test_a_naive_start_is_read_in_the_cameras_zone(workspace, make_video, client):
    client.post("/api/v1/cameras", json={"name": "yard", "time_zone": "Europe/Berlin"})
    row = register(OWNER, workspace, IncomingFile(make_video("x.mp4"), camera="yard")).video
    body = {"version": row.version, "start": "2024-07-01T12:00:00"}
    edited = client.patch(f"/api/v1/videos/{row.id}", json=body).json()
    assert edited["start"] == "2024-07-01T10:00:00.000Z"
    assert (edited["start_source"], edited["start_confirmed"]) == ("given", True)


def test_a_start_that_is_unknown_cannot_be_confirmed(workspace, make_video, client):
    row = register(OWNER, workspace, IncomingFile(make_video("plain.mp4"))).video
    body = {"version": row.version, "start_confirmed": True}
    refused = client.patch(f"/api/v1/videos/{row.id}", json=body)
    assert refused.status_code == 422
    assert "plain.mp4" in refused.json()["error"]["message"]


def test_one_bad_file_never_stops_the_others(workspace, make_video, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"nothing")
    results = register_files(
        OWNER,
        workspace,
        [IncomingFile(bad), IncomingFile(tmp_path / "gone.mp4"), IncomingFile(make_video())],
    )
    assert [result.state for result in results] == ["failed", "failed", "queued"]
    assert "gone.mp4" in results[1].error


def test_an_actor_sees_only_their_cameras(workspace, make_video):
    first = register(OWNER, workspace, IncomingFile(make_video("a.mp4"), camera="a")).video
    register(OWNER, workspace, IncomingFile(make_video("b.mp4", shade=30), camera="b"))
    guard = Actor("guard", frozenset({first.camera_id}))
    assert [row.name for row in list_cameras(guard, workspace)] == ["a"]
    assert [view.row.name for view in list_videos(guard, workspace)] == ["a.mp4"]


def test_a_removed_upload_takes_its_file_along_and_a_foreign_file_stays(
    workspace, make_video, client
):
    path = make_video()
    row = register(OWNER, workspace, IncomingFile(path)).video
    assert client.delete(f"/api/v1/videos/{row.id}").json()["removed"]["videos"] == 1
    assert path.exists()
    row = register(OWNER, workspace, IncomingFile(path, managed=True)).video
    assert not path.exists()
    client.delete(f"/api/v1/videos/{row.id}")
    assert [file for file in (workspace.home / "media").rglob("*") if file.is_file()] == []
    assert client.get("/api/v1/jobs").json() == []


def test_a_folder_is_taken_in_by_its_path(workspace, make_video, client, tmp_path):
    make_video("one.mp4")
    make_video("two.mp4", shade=20)
    (tmp_path / "notes.txt").write_text("no video")
    done = client.post("/api/v1/ingest", json={"files": [{"path": str(tmp_path)}]}).json()
    states = {video["file"]: video["state"] for video in done["videos"]}
    assert states == {"one.mp4": "queued", "two.mp4": "queued", "notes.txt": "failed"}
    relative = client.post("/api/v1/ingest", json={"files": [{"path": "one.mp4"}]})
    assert relative.status_code == 422
