from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import (
    cameras,
    candidates,
    conflicts,
    crops,
    decisions,
    detections,
    identities,
    jobs,
    judgements,
    matching_runs,
    people_edits,
    removal,
    renditions,
    run_edges,
    topology,
    tracklets,
    undo,
    videos,
)
from storage.database import Database
from storage.errors import InvalidInput, NotFound
from storage.media import MediaStore
from storage.people_records import NewCandidate, RunProposal
from storage.placements import assignments_of, current_assignments
from storage.records import VideoRow
from storage.schema import Base
from tests.storage.site import a_camera, a_crop, a_populated_video, a_tracklet, a_video

KEPT = {
    "vector_generation",
    "embedder",
    "embedding_tombstone",
    "decision",
    "matching_run",
    "edge_block",
    "audit_event",
}


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def files(media: MediaStore) -> int:
    return sum(path.is_file() for path in media.root.rglob("*"))


def populate(
    database: Database, media: MediaStore, camera: str, name: str, people: int = 2
) -> VideoRow:
    """A video with something in every table that can hang on one."""
    with database.write() as session:
        found = cameras.find_camera(session, camera)
        camera_id = found.id if found else a_camera(session, camera)
        video = a_populated_video(session, media, camera_id, name, people, seed=len(name))
        first, second, *_ = tracklets.tracklet_ids(session, None, video_ids=[video.id]).tolist()
        none = np.zeros(0, np.float32)
        detections.add_chunk(
            session,
            video.id,
            0,
            0,
            60,
            "k",
            np.zeros(1, np.int32),
            np.zeros(1, np.int32),
            np.zeros(1),
            none.reshape(0, 4),
            none,
        )
        for kind, tracklet in (("clip", first), ("thumbnail", None)):
            content = f"{kind} of {name}".encode()
            renditions.add_rendition(
                session,
                video_id=video.id,
                tracklet_id=tracklet,
                kind=kind,
                key="0-4",
                media_key=media.put(content, "mp4"),
                size=len(content),
            )
        remember_people(session, camera_id, first, second)
        jobs.enqueue(session, "ingest", {}, video_id=video.id)
    return video


def remember_people(session: Session, camera_id: int, first: int, second: int) -> None:
    """Something in every table about people that names these tracklets or this camera."""
    made = people_edits.create_person(session, actor="me", tracklets=[first, second], name="Ann")
    people_edits.remove_sightings(
        session, actor="me", identity=made.identity, version=1, tracklets=[second]
    )
    answer = decisions.add_decision(session, kind="answer", actor="me")
    judgements.add_judgement(
        session, answer, query_tracklet=first, tracklet=second, verdict="same", actor="me"
    )
    run = matching_runs.add_run(session, mode="new", preview=False, actor="me")
    pair = np.array([[first, second]])
    run_edges.store_edges(session, run.id, pair, np.ones(1, np.float32))
    matching_runs.store_proposal(session, run.id, RunProposal(pair[0], pair[0], np.ones(2)))
    candidates.add_candidates(session, run.id, [NewCandidate(first, second, 0.5, 1.0)])
    conflicts.add_conflict(session, kind="time", tracklets=[first, second])
    topology.set_pair(session, camera_id, camera_id, relation="unknown")


def test_people_go_with_their_last_tracklet(database: Database, media: MediaStore) -> None:
    kept, gone = populate(database, media, "Door", "a.mp4"), populate(database, media, "B", "b.mp4")
    with database.write() as session:
        here, there = (
            tracklets.tracklet_ids(session, None, video_ids=[video.id]).tolist()
            for video in (kept, gone)
        )
        both = people_edits.create_person(session, actor="me", tracklets=[here[1], there[1]])
        run = matching_runs.list_runs(session)[0]
        across = np.array([[here[0], there[0]], [here[0], here[1]]])
        run_edges.store_edges(session, run.id, across, np.ones(2, np.float32))
        videos.remove_video(session, gone.id)
        people = identities.get_identities(session)
        assert [row.name for row in people.values()] == ["Ann", ""]
        assert [row.tracklet_id for row in assignments_of(session, [both.identity])] == [here[1]]
        assert run_edges.load_edges(session, run.id, here).pairs.tolist() == [here]
        assert not len(matching_runs.load_proposal(session, run.id).tracklet_ids)
        assert len(conflicts.list_conflicts(session)) == 1
        for row in decisions.list_decisions(session):
            if undo.can_undo(row):
                undo.undo(session, row.id, "me", with_later=True)
        assert current_assignments(session) == {}


def test_removing_the_only_camera_leaves_nothing_behind(
    database: Database, media: MediaStore
) -> None:
    video = populate(database, media, "Door", "a.mp4")
    assert all(counts(database)[name] for name in Base.metadata.tables.keys() - KEPT)
    on_disk = sum(path.stat().st_size for path in media.root.rglob("*") if path.is_file())
    with database.write() as session:
        removed = cameras.remove_camera(session, video.camera_id)
    assert (removed.videos, removed.tracklets, removed.crops) == (1, 2, 4)
    assert removed.bytes == on_disk
    assert media.delete(removed.media_keys, before=removed.began) == (7, on_disk)
    assert files(media) == 0
    left = {name for name, count in counts(database).items() if count}
    assert left <= KEPT
    assert database.check() == []


def test_removing_one_video_touches_nothing_of_the_others(
    database: Database, media: MediaStore
) -> None:
    populate(database, media, "Door", "a.mp4")
    before, files_before = counts(database), files(media)
    other = populate(database, media, "Door", "other.mp4", people=3)
    with database.write() as session:
        removed = videos.remove_video(session, other.id)
    media.delete(removed.media_keys, before=removed.began)
    after = counts(database)
    assert {name: after[name] for name in after.keys() - KEPT} == {
        name: before[name] for name in before.keys() - KEPT
    }
    assert files(media) == files_before
    with database.read() as session:
        assert all(media.exists(key) for key in removal.known_media_keys(session))
        assert len(removal.known_media_keys(session)) == files_before
    assert database.check() == []


def test_files_that_others_refer_to_stay(database: Database, media: MediaStore) -> None:
    shared, own = media.put(b"shared", "jpg"), media.put(b"own", "jpg")
    with database.write() as session:
        door = a_camera(session)
        first, second = a_video(session, door, "1.mp4"), a_video(session, door, "2.mp4")
        for video, keys in [(first, [shared, own, own]), (second, [shared])]:
            tracklet = a_tracklet(session, video.id)
            crops.add_crops(session, tracklet, [a_crop(key, size=10) for key in keys])
        removed = videos.remove_video(session, first.id)
        assert (removed.crops, removed.bytes, removed.media_keys) == (3, 10, (own,))
        assert videos.remove_video(session, second.id).media_keys == (shared,)


def test_somebody_elses_file_is_never_named_for_deletion(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session), path="/footage/a.mp4", managed=False)
        assert removal.known_media_keys(session) == set()
        assert videos.remove_video(session, video.id).media_keys == ()


def test_tracking_anew_keeps_the_video_and_its_detections(
    database: Database, media: MediaStore
) -> None:
    video = populate(database, media, "Door", "a.mp4")
    with database.write() as session:
        removed = tracklets.delete_tracklets(session, video.id)
        assert (removed.videos, removed.tracklets, removed.crops) == (0, 2, 4)
        assert videos.get_video(session, video.id).tracklets == 0
        assert len(detections.load_chunks(session, video.id, "k")) == 1
        kept = renditions.list_renditions(session, video.id)
        assert [each.kind for each in kept] == ["thumbnail"]
    media.delete(removed.media_keys, before=removed.began)
    assert files(media) == 2
    assert database.check() == []


def test_an_undone_removal_removes_nothing(database: Database, media: MediaStore) -> None:
    video = populate(database, media, "Door", "a.mp4")
    before = counts(database)
    with pytest.raises(ZeroDivisionError), database.write() as session:
        assert videos.remove_video(session, video.id).tracklets // 0
    assert counts(database) == before


def test_a_worker_notices_that_its_video_is_gone(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        job = jobs.enqueue(session, "ingest", {}, video_id=video.id)
        jobs.claim(session, "w")
        videos.remove_video(session, video.id)
        assert jobs.is_cancel_requested(session, job.id)


def test_a_rendition_is_remembered_once(database: Database, media: MediaStore) -> None:
    key = media.put(b"clip", "mp4")
    with database.write() as session:
        video = a_video(session, a_camera(session))
        tracklet = a_tracklet(session, video.id)
        values = {"video_id": video.id, "kind": "clip", "key": "1-2"}
        first = renditions.add_rendition(
            session, **values, media_key=key, size=4, tracklet_id=tracklet
        )
        assert renditions.add_rendition(session, **values, media_key=key, size=4) == first
        assert renditions.find_rendition(session, **values) == first
        assert renditions.find_rendition(session, **(values | {"key": "1-3"})) is None
        assert renditions.list_renditions(session, video.id, kind="frame") == []
        other = a_video(session, video.camera_id, "b.mp4")
        with pytest.raises(InvalidInput, match="not of video"):
            renditions.add_rendition(
                session,
                video_id=other.id,
                kind="clip",
                key="1",
                media_key=key,
                size=4,
                tracklet_id=tracklet,
            )
        with pytest.raises(NotFound):
            videos.remove_video(session, 99)
