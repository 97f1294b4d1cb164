import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services import uploads
from app.services.actor import OWNER, Actor
from storage.errors import DiskFull, InvalidInput, NotFound


def send(client, path, *, name=None, piece=1000, **finish):
    content = path.read_bytes()
    upload = client.post("/api/v1/uploads", json={"name": name or path.name, "size": len(content)})
    assert upload.status_code == 201, upload.text
    place = f"/api/v1/uploads/{upload.json()['id']}"
    for offset in range(0, len(content), piece):
        sent = client.patch(f"{place}?offset={offset}", content=content[offset : offset + piece])
        assert sent.json()["offset"] == min(offset + piece, len(content))
    return client.post(f"{place}/finish", json=finish)


def test_a_file_sent_in_pieces_becomes_a_queued_video(client, make_video, workspace):
    path = make_video("lobby_20240301_120000Z.mp4")
    done = send(client, path).json()
    assert (done["state"], done["camera"], done["video"]) == ("queued", "lobby", path.name)
    video = client.get("/api/v1/videos").json()[0]
    assert (video["state"], video["start_source"], video["start_confirmed"]) == (
        "queued",
        "name",
        False,
    )
    assert video["start"] == "2024-03-01T12:00:00.000Z"
    assert client.get(video["thumbnail"]).headers["content-type"] == "image/jpeg"
    assert list(workspace.scratch("uploads").iterdir()) == []


def test_an_interrupted_upload_goes_on_where_it_was(client, make_video):
    content = make_video().read_bytes()
    upload = client.post("/api/v1/uploads", json={"name": "a.mp4", "size": len(content)}).json()
    place = f"/api/v1/uploads/{upload['id']}"
    client.patch(f"{place}?offset=0", content=content[:700])
    assert client.get(place).json()["offset"] == 700
    wrong = client.patch(f"{place}?offset=0", content=content[:700])
    assert wrong.status_code == 409
    assert wrong.json()["error"]["offset"] == 700
    early = client.post(f"{place}/finish", json={})
    assert early.status_code == 409
    client.patch(f"{place}?offset=700", content=content[700:])
    assert client.post(f"{place}/finish", json={"camera": "x"}).json()["camera"] == "x"


def test_the_same_content_twice_is_recognised(client, make_video):
    path = make_video()
    assert send(client, path).json()["state"] == "queued"
    again = send(client, path, name="other.mp4").json()
    assert (again["state"], again["video"]) == ("duplicate", path.name)
    assert len(client.get("/api/v1/videos").json()) == 1


@pytest.mark.parametrize("content", [b"this is no video" * 100, b"\0" * 5000])
def test_a_file_that_is_no_video_leaves_nothing(client, tmp_path, workspace, content):
    path = tmp_path / "fake.mp4"
    path.write_bytes(content)
    refused = send(client, path)
    assert refused.status_code == 422
    assert "fake.mp4" in refused.json()["error"]["message"]
    assert client.get("/api/v1/videos").json() == []
    assert client.get("/api/v1/cameras").json() == []
    assert list(workspace.scratch("uploads").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.mp4", "..\\..\\boot.mp4", "/abs/x.mp4", "a\nb\x00.mp4", "x" * 900 + ".mp4"],
)
def test_a_hostile_name_stays_a_name(client, make_video, workspace, name):
    before = set(workspace.home.rglob("*"))
    done = send(client, make_video(), name=name).json()
    assert done["state"] == "queued"
    assert not set(done["video"]) & set("/\\\n\0")
    assert len(done["video"]) <= 200
    assert all(
        path.is_relative_to(workspace.home) for path in set(workspace.home.rglob("*")) - before
    )


def test_more_bytes_than_announced_are_refused(workspace):
    upload = uploads.begin(OWNER, workspace, "a.mp4", 10)
    with pytest.raises(InvalidInput, match="longer than announced"):
        uploads.append(OWNER, workspace, upload.id, 0, b"x" * 11)


def test_a_full_disk_is_said_and_what_arrived_is_kept(workspace, monkeypatch):
    upload = uploads.begin(OWNER, workspace, "a.mp4", 10)
    uploads.append(OWNER, workspace, upload.id, 0, b"12345")

    def full(_path, _offset, _piece):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads, "_write_at", full)
    with pytest.raises(DiskFull, match=r"a\.mp4"):
        uploads.append(OWNER, workspace, upload.id, 5, b"67890")
    monkeypatch.undo()
    assert uploads.status(OWNER, workspace, upload.id).offset == 5


def test_an_upload_that_cannot_fit_is_refused_before_it_starts(workspace):
    with pytest.raises(DiskFull, match="free"):
        uploads.begin(OWNER, workspace, "a.mp4", 1 << 60)


def test_somebody_elses_upload_is_not_found(workspace):
    upload = uploads.begin(OWNER, workspace, "a.mp4", 10)
    with pytest.raises(NotFound):
        uploads.status(Actor("other"), workspace, upload.id)


@pytest.mark.parametrize("upload_id", ["../secret", "0" * 31, "zz", "0" * 32])
def test_an_unknown_upload_is_not_found(workspace, upload_id):
    with pytest.raises(NotFound):
        uploads.status(OWNER, workspace, upload_id)


@given(st.text(min_size=1, max_size=300) | st.just("\u3042" * 150 + ".mp4"))
def test_a_cleaned_name_is_short_printable_and_without_folders(name):
    try:
        clean = uploads.clean_name(name)
    except InvalidInput:
        return
    assert 0 < len(clean.encode()) <= 200
    assert clean.isprintable()
    assert not set(clean) & {"/", "\\"}


def test_uploads_begin_while_others_end(workspace):
    def one(_number):
        upload = uploads.begin(OWNER, workspace, "a.mp4", 10)
        uploads.abandon(OWNER, workspace, upload.id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(800)))
    assert list(workspace.scratch("uploads").iterdir()) == []


def test_an_upload_nobody_continued_for_a_week_goes_away(workspace):
    stale, fresh = (uploads.begin(OWNER, workspace, "a.mp4", 10) for _ in range(2))
    old = time.time() - uploads.KEEP_SECONDS - 10
    for path in workspace.scratch("uploads").glob(f"{stale.id}.*"):
        os.utime(path, (old, old))
    note = workspace.scratch("uploads") / f"{fresh.id}.json"
    os.utime(note, (old, old))
    uploads.begin(OWNER, workspace, "b.mp4", 10)
    with pytest.raises(NotFound):
        uploads.status(OWNER, workspace, stale.id)
    assert uploads.status(OWNER, workspace, fresh.id) == fresh
