"""The demo in a store: put in once, gone on with, told of, taken out without a trace."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.application import create_api
from app.demo import stored_scene
from app.demo.stored_scene import SceneBroken, check_files, read_scene
from app.errors import NotReady
from app.services import demo, library, queue
from app.services.actor import OWNER
from app.services.demo_removal import remove_demo
from app.services.ingest import IncomingFile, register
from app.settings import load_settings
from app.workspace import Launch, Workspace
from storage import (
    decisions,
    embeddings,
    identities,
    jobs,
    judgements,
    people_edits,
    tracklets,
    undo,
    videos,
)
from storage.schema_base import Base
from storage.vector_cache import load_cache
from tests.app.small_scene import WALK, describe, write_scene
from tests.storage.site import DIMENSION, SPACE, a_populated_video, unit_vectors

COUNTERS = {"audit_event", "embedding_tombstone", "vector_generation"}
"""Tables that only ever grow: that something was there is known, but not what."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "scene")


@pytest.fixture
def scene(folder):
    return read_scene(folder)


@pytest.fixture
def ready(tmp_path, retrace_data, monkeypatch, folder):
    """An empty store with weights, and the small scene in the place of the project's."""
    monkeypatch.setattr(stored_scene, "SITE", folder)
    home = tmp_path / "home"
    settings = load_settings(home=home, environment={"RETRACE_DATA": str(retrace_data)})
    workspace = Workspace(settings, Launch(home=home))
    yield workspace
    workspace.close()


def rows_of(workspace: Workspace) -> dict[str, list[object]]:
    """Every row of every table that does not only count."""
    with workspace.database.read() as session:
        return {
            name: [tuple(row) for row in session.execute(select(table))]
            for name, table in Base.metadata.tables.items()
            if name not in COUNTERS
        }


def files_of(workspace: Workspace) -> dict[str, str]:
    """Every file of the store but the database and caches, by its content."""
    return {
        str(path.relative_to(workspace.home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in workspace.home.rglob("*")
        if path.is_file() and not path.name.startswith("retrace.db") and path.suffix != ".npz"
    }


def analysed(workspace: Workspace, video: int) -> list[int]:
    """Two people in a video, as ingest leaves them; one stands where the scene says."""
    with workspace.database.write() as session:
        found = [
            tracklets.add_tracklet(
                session,
                video_id=video,
                number=number,
                frames=np.arange(8, dtype=np.int32),
                times=np.arange(8) / 8,
                boxes=np.tile(np.array(WALK, np.float32) + 40 * number, (8, 1)),
                confidences=np.full(8, 0.9, np.float32),
                quality=0.5,
            )
            for number in (0, 1)
        ]
        videos.set_video_state(session, video, "done")
        for job in jobs.list_jobs(session, video_id=video):
            done(session, job.id)
    return found


def done(session: Session, job: int) -> None:
    jobs.claim_job(session, job, "test")
    jobs.finish(session, job, "test")


def add_people(workspace: Workspace, sightings: list[int]) -> None:
    """What people may say of two sightings: an answer, a person made of them, a rename, an undo."""
    first, second = sightings
    with workspace.database.write() as session:
        judgements.add_judgement(
            session,
            decisions.add_decision(session, kind="answer", actor="me"),
            query_tracklet=first,
            tracklet=second,
            verdict="same",
            actor="me",
        )
        person = people_edits.create_person(session, actor="me", tracklets=sightings).identity
        version = identities.get_identity(session, person).version
        renamed = people_edits.rename(
            session, actor="me", identity=person, version=version, name="Ann"
        )
        undo.undo(session, renamed.decision, "me")


def add_vectors(workspace: Workspace, sightings: list[int]) -> None:
    """A vector a sighting, also in the index's cache file."""
    with workspace.database.write() as session:
        embeddings.add_embeddings(
            session,
            SPACE,
            np.array(sightings),
            np.full(len(sightings), -1),
            ["tracklet"] * len(sightings),
            unit_vectors(7, len(sightings)),
        )
    workspace.index(SPACE, DIMENSION).rebuild()


def test_the_scene_says_what_is_in_it(scene, folder):
    assert [camera.name for camera in scene.cameras] == ["Lobby", "Plaza east"]
    assert scene.cameras[0].start.isoformat() == "2026-05-04T09:00:00+00:00"
    assert scene.cameras[1].file == folder / "plaza-east.mp4"
    assert scene.first.box == WALK
    check_files(scene)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cameras": None}, "cameras"),
        ({"cameras": []}, "must name cameras"),
        ({"first": {"camera": "Roof", "time": 1, "box": [0, 0, 1, 1]}}, "Roof"),
        ({"first": {"camera": "Lobby", "time": 1, "box": [0, 0, 1]}}, "does not describe"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused_in_words(folder, changes, says):
    describe(folder, **changes)
    with pytest.raises(SceneBroken, match=says):
        read_scene(folder)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("start", "2026-05-04T09:00:00", "time zone"),
        ("file", "../other.mp4", "other.mp4"),
        ("name", "Plaza east", "a name and a video of its own"),
    ],
)
def test_a_camera_that_makes_no_sense_is_refused_in_words(folder, key, value, says):
    cameras = json.loads((folder / "site.json").read_text())["cameras"]
    cameras[0][key] = value
    describe(folder, cameras=cameras)
    with pytest.raises(SceneBroken, match=says):
        read_scene(folder)


def test_a_scene_that_is_not_there_or_changed_is_said_so(folder, scene, tmp_path):
    with pytest.raises(SceneBroken, match=r"site\.json is missing"):
        read_scene(tmp_path)
    (folder / "lobby.mp4").write_bytes(b"another")
    with pytest.raises(SceneBroken, match="checksum"):
        check_files(scene)
    (folder / "lobby.mp4").unlink()
    with pytest.raises(SceneBroken, match="not there"):
        check_files(scene)


def test_without_weights_nothing_is_done_and_the_commands_are_named(workspace, scene):
    before = files_of(workspace)
    with pytest.raises(NotReady, match=r"run_app\.py models fetch yolo11n\n.*models fetch person"):
        demo.install_demo(OWNER, workspace, scene)
    assert library.list_cameras(OWNER, workspace) == []
    assert files_of(workspace) == before


@pytest.mark.data
def test_cameras_and_videos_come_with_confirmed_times_and_work_waits(ready, scene):
    installed = demo.install_demo(OWNER, ready)
    assert [each.state for each in installed.videos] == ["queued", "queued"]
    views = library.list_videos(OWNER, ready)
    assert [view.row.camera for view in views] == ["Lobby", "Plaza east"]
    assert all(view.row.begins == scene.cameras[0].start for view in views)
    assert all(view.row.start_confirmed and view.row.managed for view in views)
    assert {view.job.id for view in views} <= set(installed.jobs)
    assert all(camera.file.is_file() for camera in scene.cameras), "the scene itself stays"
    truth = demo.demo_in_store(OWNER, ready).ground_truth
    assert truth == ready.home / "demo" / "ground_truth"
    assert sorted(path.name for path in truth.iterdir()) == [
        "Lobby.txt",
        "Plaza east.txt",
        "ground_truth.json",
    ]


@pytest.mark.data
def test_put_in_again_nothing_is_done_twice(ready):
    first = demo.install_demo(OWNER, ready)
    waiting = demo.install_demo(OWNER, ready)
    assert waiting.jobs == first.jobs, "what waits is waited for"
    for result in first.videos:
        analysed(ready, result.video.id)
    with ready.database.write() as session:
        done(session, first.jobs[-1])
    before = rows_of(ready)
    assert demo.install_demo(OWNER, ready).jobs == ()
    assert rows_of(ready) == before


@pytest.mark.data
def test_interrupted_it_goes_on(ready):
    first = demo.install_demo(OWNER, ready)
    analysed(ready, first.videos[0].video.id)
    queue.cancel_job(OWNER, ready, first.videos[1].job_id)
    again = demo.install_demo(OWNER, ready)
    assert again.jobs[0] not in first.jobs
    assert queue.get_job(OWNER, ready, again.jobs[0]).video_id == first.videos[1].video.id


@pytest.mark.data
def test_the_first_person_is_known_once_their_video_is_analysed(ready):
    installed = demo.install_demo(OWNER, ready)
    assert demo.demo_in_store(OWNER, ready).first is None
    sightings = analysed(ready, installed.videos[0].video.id)
    assert demo.demo_in_store(OWNER, ready).first == sightings[0]


@pytest.mark.data
def test_a_camera_of_the_same_name_is_left_to_its_owner(ready, make_video):
    library.add_camera(OWNER, ready, "Lobby", notes="my own")
    register(OWNER, ready, IncomingFile(make_video("own.mp4"), camera="Lobby (demo)"))
    demo.install_demo(OWNER, ready)
    found = demo.demo_in_store(OWNER, ready)
    assert found.cameras == ("Lobby (demo 2)", "Plaza east")
    assert (found.ground_truth / "Lobby (demo 2).txt").is_file()
    assert not (found.ground_truth / "Lobby.txt").exists()
    truth = json.loads((found.ground_truth / "ground_truth.json").read_text())
    assert [each["name"] for each in truth["cameras"]] == ["Lobby (demo 2)", "Plaza east"]
    remove_demo(OWNER, ready)
    assert [row.name for row in library.list_cameras(OWNER, ready)] == ["Lobby", "Lobby (demo)"]


@pytest.mark.data
def test_removal_leaves_nothing_behind(ready):
    with ready.database.write() as session:
        own = library.cameras.add_camera(session, name="Door")
        kept = a_populated_video(session, ready.media, own.id, "own.mp4", people=2, seed=1)
        ours = tracklets.tracklet_ids(session, None, video_ids=[kept.id]).tolist()
    add_people(ready, ours)
    before = rows_of(ready), files_of(ready)
    installed = demo.install_demo(OWNER, ready)
    for result in installed.videos:
        sightings = analysed(ready, result.video.id)
        add_people(ready, sightings)
        add_vectors(ready, sightings)
    removed = remove_demo(OWNER, ready)
    assert (removed.videos, removed.tracklets) == (2, 4)
    assert set(load_cache(ready.home / "index", SPACE, DIMENSION).tracklet_ids) == set(ours)
    assert (rows_of(ready), files_of(ready)) == before
    assert ready.database.check() == []
    assert not demo.demo_in_store(OWNER, ready).installed


@pytest.mark.data
def test_the_run_that_links_the_demo_waits_for_its_videos_and_leaves_other_cameras_alone(ready):
    own = library.add_camera(OWNER, ready, "Door")
    first = demo.install_demo(OWNER, ready)
    job = queue.get_job(OWNER, ready, first.jobs[-1])
    assert job.kind == "match"
    assert own.id not in job.params["cameras"]
    assert len(job.params["cameras"]) == 2
    queue.cancel_job(OWNER, ready, first.jobs[0])
    again = demo.install_demo(OWNER, ready)
    assert again.jobs[-1] > max(again.jobs[:-1]) > first.jobs[-1], "linked after what is new"


@pytest.mark.data
def test_a_camera_of_the_demo_that_got_other_videos_stays(ready, make_video):
    demo.install_demo(OWNER, ready)
    register(OWNER, ready, IncomingFile(make_video("own.mp4"), camera="Lobby"))
    remove_demo(OWNER, ready)
    assert [row.name for row in library.list_cameras(OWNER, ready)] == ["Lobby"]
    assert [view.row.name for view in library.list_videos(OWNER, ready)] == ["own.mp4"]


@pytest.mark.data
def test_another_scene_takes_the_place_of_the_first(ready, tmp_path):
    demo.install_demo(OWNER, ready)
    other = write_scene(tmp_path / "other", ("Yard",))
    describe(other, name="Other")
    demo.install_demo(OWNER, ready, read_scene(other))
    assert [row.name for row in library.list_cameras(OWNER, ready)] == ["Yard"]


def test_removing_what_is_not_there_does_nothing(workspace):
    before = rows_of(workspace)
    assert remove_demo(OWNER, workspace).videos == 0
    assert rows_of(workspace) == before


@pytest.mark.data
def test_the_same_over_rest(ready):
    with TestClient(create_api(ready), base_url="http://127.0.0.1:7860") as client:
        nothing = client.get("/api/v1/demo").json()
        assert (nothing["available"], nothing["installed"], nothing["videos"]) == (True, False, [])
        started = client.post("/api/v1/demo")
        assert started.status_code == 202
        assert [each["state"] for each in started.json()["videos"]] == ["queued", "queued"]
        analysed(ready, started.json()["videos"][0]["id"])
        told = client.get("/api/v1/demo").json()
        assert (told["installed"], told["cameras"]) == (True, ["Lobby", "Plaza east"])
        assert client.get(f"/api/v1/tracklets/{told['first']}").json()["camera"] == "Lobby"
        assert client.delete("/api/v1/demo").json()["removed"]["videos"] == 2
        assert client.get("/api/v1/demo").json() == nothing


def test_over_rest_missing_weights_are_a_conflict_in_words(client, folder, monkeypatch):
    monkeypatch.setattr(stored_scene, "SITE", folder)
    refused = client.post("/api/v1/demo")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "weights_missing"
    assert "models fetch yolo11n" in refused.json()["error"]["message"]
