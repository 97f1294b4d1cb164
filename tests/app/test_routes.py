"""Routes beside the services: every answer is JSON, every refusal says what to do."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from app.services import photos
from app.services.actor import OWNER
from app.services.ingest import IncomingFile, register
from storage import tracklets
from storage.errors import NotFound


@pytest.fixture
def sighting(workspace, make_video):
    """A stored video with one tracklet that has no crops."""
    row = register(OWNER, workspace, IncomingFile(make_video("yard.mp4"), camera="yard")).video
    with workspace.database.write() as session:
        identifier = tracklets.add_tracklet(
            session,
            video_id=row.id,
            number=1,
            frames=np.array([0, 2, 4], np.int32),
            times=np.array([0.0, 0.2, 0.4]),
            boxes=np.array([[10, 10, 30, 60], [12, 10, 32, 60], [14, 10, 34, 60]], np.float32),
            confidences=np.array([0.9, 0.8, 0.9], np.float32),
            quality=0.5,
        )
    return row.id, identifier


def test_a_frame_outlines_people_between_analysed_frames(client, sighting):
    video, identifier = sighting
    frame = client.get(f"/api/v1/videos/{video}/frame", params={"t": 0.1}).json()
    assert frame["people"] == [
        {"tracklet": identifier, "box": [11, 10, 31, 60], "label": "Person 1"}
    ]
    picture = client.get(frame["image"])
    assert Image.open(io.BytesIO(picture.content)).size == (128, 96)
    later = client.get(f"/api/v1/videos/{video}/frame", params={"t": 1.0}).json()
    assert later["people"] == []


def test_activity_counts_people_over_time(client, sighting):
    found = client.get(f"/api/v1/videos/{sighting[0]}/activity").json()
    assert found["bins"][0] == 1
    assert max(found["bins"]) == 1


@pytest.mark.parametrize("kind", ["mot", "csv", "json"])
def test_boxes_are_exported_as_a_zip(client, sighting, kind):
    answer = client.get("/api/v1/tracklets/export", params={"format": kind})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        content = archive.read(name).decode()
    assert name == f"yard.{'txt' if kind == 'mot' else kind}"
    if kind == "mot":
        first = content.splitlines()[0].split(",")
        assert first[:6] == ["1", str(sighting[1]), "10.00", "10.00", "20.00", "50.00"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/tracklets/99", None, 404, "99"),
        ("GET", "/videos/99/frame?t=0", None, 404, "99"),
        ("GET", "/videos/1/frame?t=-1", None, 422, "t:"),
        ("POST", "/tracklets/99/clip", None, 404, "99"),
        ("POST", "/jobs/99/retry", None, 404, "99"),
        ("DELETE", "/videos/99", None, 404, "99"),
        ("POST", "/search", {}, 422, "Choose a person first"),
        ("POST", "/search", {"tracklets": [1], "colour": 1}, 422, "colour"),
        ("POST", "/search", {"tracklets": [1]}, 409, "models fetch"),
        ("POST", "/judgements", {"query": 1, "tracklet": 1, "verdict": "same"}, 422, "itself"),
        ("POST", "/models/nonsense/use", None, 404, "nonsense"),
        ("GET", "/models/osnet_x0_25_msmt17/verify", None, 409, "osnet_x0_25_msmt17"),
        ("POST", "/models/import", {"path": "/nowhere.bin"}, 409, "/nowhere.bin"),
        ("POST", "/evaluate/tracks", {"path": "/nowhere"}, 422, "/nowhere"),
        ("POST", "/ingest", {"files": [{"path": "rel.mp4"}]}, 422, "rel.mp4"),
        ("GET", "/photos", None, 405, None),
    ],
)
def test_a_refusal_names_what_and_why(client, method, path, body, status, says):
    answer = client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    if says:
        assert says in answer.json()["error"]["message"]


def test_models_are_listed_with_state_and_terms(client):
    found = client.get("/api/v1/models").json()
    assert {"baseline", "osnet_x0_25_msmt17"} <= {model["name"] for model in found}
    for model in found:
        assert model["state"] in ("ready", "fetchable", "importable", "untrained")
        assert model["terms"]


def test_the_doctor_of_an_empty_home_says_what_is_missing(client):
    found = client.get("/api/v1/doctor").json()
    assert found["healthy"] is False
    broken = {
        each["topic"]: each["message"] for each in found["findings"] if each["state"] == "broken"
    }
    assert set(broken) == {"detector", "models"}
    assert "models fetch" in broken["detector"]


def test_missing_weights_are_told_before_anything_is_uploaded(client):
    found = client.get("/api/v1/readiness").json()
    missing = found["missing"]
    assert len(missing) == 2
    assert found["better"] is None
    assert [each["kind"] for each in missing] == ["person detector", "re-ID model"]
    assert all("models fetch" in each["message"] and each["fetchable"] for each in missing)


@pytest.mark.parametrize(
    ("boxes", "chosen"),
    [
        ([(0, 0, 10, 10)], 0),
        ([(0, 0, 90, 90), (90, 0, 100, 40)], 0),
        ([(0, 0, 60, 90), (50, 0, 100, 90)], None),
        ([(0, 0, 30, 30), (90, 0, 95, 10)], None),
    ],
)
def test_a_photo_is_about_somebody_who_fills_it(boxes, chosen):
    people = tuple(photos.PhotoPerson(index, box) for index, box in enumerate(boxes))
    assert photos.Photo("0" * 32, 100, 100, people).chosen == chosen


def test_a_photo_is_kept_for_a_day_only(workspace, monkeypatch):
    folder = workspace.scratch("photos")
    name = "0" * 32
    (folder / f"{name}.json").write_text('{"actor": "owner", "width": 1, "height": 1, "boxes": []}')
    assert photos.get_photo(OWNER, workspace, name).people == ()
    monkeypatch.setattr(photos, "KEEP_SECONDS", -1)
    photos.sweep(workspace)
    with pytest.raises(NotFound, match="Upload it again"):
        photos.get_photo(OWNER, workspace, name)


def test_links_are_signed_for_one_path_and_one_store(client, sighting, tmp_path):
    frame = client.get(f"/api/v1/videos/{sighting[0]}/frame", params={"t": 0}).json()["image"]
    path, token = frame.split("?token=")
    assert client.get(path, params={"token": token}).status_code == 200
    assert client.get(path, params={"token": token[:-2]}).status_code == 403
    assert client.get(path.replace("/0", "/100"), params={"token": token}).status_code == 403
    assert client.get("/api/v1/media/store/../secret", params={"token": token}).status_code in (
        403,
        404,
    )
