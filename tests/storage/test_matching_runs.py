"""Runs, the pairs they leave for review, contradictions, walking times."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.orm import Session

from storage import (
    bars,
    cameras,
    candidates,
    conflicts,
    decisions,
    matching_runs,
    people,
    people_edits,
    placements,
    run_edges,
    topology,
    undo,
    videos,
)
from storage.database import Database
from storage.errors import Conflict, InvalidInput, NotFound
from storage.people_records import NewCandidate, RunProposal
from tests.storage.site import a_camera, a_tracklet, a_video


@pytest.fixture
def two_cameras(database: Database) -> Database:
    """Door: tracklets 1–3; Yard: 4–6."""
    with database.write() as session:
        for camera in ("Door", "Yard"):
            video = a_video(session, a_camera(session, camera), f"{camera}.mp4")
            for _ in range(3):
                a_tracklet(session, video.id)
    return database


def started(session: Session, mode: str = "new") -> int:
    run = matching_runs.add_run(session, mode=mode, preview=False, actor="me")
    matching_runs.start_run(session, run.id, code_version="1", model="m", space="s")
    return run.id


def moves(**where: int) -> RunProposal:
    """moves(t1=-1, t4=0): tracklet 1 to a new person, 4 to nobody."""
    ids = np.array([int(each[1:]) for each in where], np.int64)
    return RunProposal(ids, np.array(list(where.values())), np.full(len(ids), 0.75, np.float32))


def placed(session: Session) -> dict[int, int | None]:
    current = placements.current_assignments(session)
    return {tracklet: row.identity_id for tracklet, row in current.items()}


def test_a_run_is_applied_as_one_decision_and_undone(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        run = started(session)
        decision, made = matching_runs.apply_run(
            session, run, moves(t1=-1, t4=-1, t2=-2), actor="me"
        )
        assert made == {-1: 1, -2: 2}
        assert placed(session) == {1: 1, 2: 2, 4: 1}
        row = matching_runs.get_run(session, run)
        assert (row.state, row.decision_id) == ("applied", decision)
        assert matching_runs.latest_applied(session) == row
        assert decision is not None
        (back,) = undo.undo(session, decision, "me")
        assert placed(session) == {}
        assert matching_runs.get_run(session, run).state == "undone"
        assert matching_runs.latest_applied(session) is None
        undo.undo(session, back, "me")
        assert placed(session) == {1: 1, 2: 2, 4: 1}
        assert matching_runs.get_run(session, run).state == "applied"


def test_a_run_that_changes_nothing_decides_nothing(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        run = started(session)
        assert matching_runs.apply_run(session, run, moves(), actor="me") == (None, {})
        assert matching_runs.get_run(session, run).state == "applied"
        assert decisions.list_decisions(session) == []
        with pytest.raises(Conflict, match="is applied"):
            matching_runs.apply_run(session, run, moves(t1=-1), actor="me")


def test_a_run_gives_way_to_what_was_decided_meanwhile(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        run = started(session)
        assert not matching_runs.changed_since(session, run)
        people_edits.create_person(session, actor="ann", tracklets=[1])
        assert matching_runs.changed_since(session, run)
        with pytest.raises(Conflict, match=r"\(by ann: create\)"):
            matching_runs.apply_run(session, run, moves(t2=-1), actor="me")


def test_no_run_moves_what_a_person_placed_or_passes_a_bar(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        ann = people_edits.create_person(session, actor="ann", tracklets=[1, 2]).identity
        people_edits.remove_sightings(session, actor="ann", identity=ann, version=1, tracklets=[2])
        before = placed(session)
        for wrong, why in ((moves(t1=-1), "placed 1 of these"), (moves(t2=ann), "is not person")):
            with pytest.raises(Conflict, match=why):
                matching_runs.apply_run(session, started(session), wrong, actor="me")
        assert placed(session) == before
        matching_runs.apply_run(session, started(session), moves(t2=-1, t1=ann), actor="me")
        assert placed(session) == {1: ann, 2: ann + 1}
        run = started(session)
        matching_runs.apply_run(session, run, moves(t2=ann), actor="me", past_bars=[(2, ann)])
        assert placed(session) == {1: ann, 2: ann}
        assert bars.list_barred(session).tolist() == [[2, ann]]


def test_placing_is_checked(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        decision = decisions.add_decision(session, kind="match", actor="me")

        def place(ids: list[int], where: list[int], chances: list[float] | None = None) -> None:
            placements.place(
                session, decision, ids, where, placed_by="run", actor="me", probabilities=chances
            )

        with pytest.raises(NotFound, match="no sighting 9"):
            place([9], [-1])
        with pytest.raises(NotFound, match="no person 7"):
            place([1], [7])
        with pytest.raises(InvalidInput, match="twice"):
            place([1, 1], [-1, -2])
        with pytest.raises(InvalidInput, match="equally many"):
            place([1, 2], [-1])
        with pytest.raises(InvalidInput, match="within 0 and 1"):
            place([1], [-1], [1.5])


def test_placements_tell_matching_what_it_must_keep(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        matching_runs.apply_run(session, started(session), moves(t1=-1, t2=-2), actor="me")
        people_edits.add_sightings(session, actor="me", identity=1, version=1, tracklets=[4])
        people_edits.set_aside(session, actor="me", identity=2, version=1)
        now = placements.current_placements(session)
        assert now.tracklet_ids.tolist() == [1, 2, 4]
        assert now.identity_ids.tolist() == [1, 2, 1]
        assert now.by_person.tolist() == [False, False, True]
        assert now.set_aside.tolist() == [False, True, False]
        assert np.allclose(now.probabilities, [0.75, 0.75, np.nan], equal_nan=True)


def test_a_run_keeps_its_record_its_edges_and_its_proposal(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        run = started(session, "full")
        pairs = np.array([[1, 4], [2, 5]])
        run_edges.store_edges(session, run, pairs, np.array([0.25, 1.0], np.float32))
        matching_runs.store_proposal(session, run, moves(t1=-1, t2=0))
        done = matching_runs.update_run(
            session, run, state="preview", counts={"people": 1}, changes={"kept": 2}
        )
        assert (done.counts, done.changes, done.mode) == ({"people": 1}, {"kept": 2}, "full")
        assert done.finished is not None
        edges, proposal = (
            run_edges.load_edges(session, run, range(1, 6)),
            matching_runs.load_proposal(session, run),
        )
        assert edges.pairs.tolist() == pairs.tolist()
        assert edges.probabilities.tolist() == [0.25, 1.0]
        assert proposal.identity_ids.tolist() == [-1, 0]
        with pytest.raises(InvalidInput, match="has no colour"):
            matching_runs.update_run(session, run, colour="red")
        failed = matching_runs.update_run(session, started(session), state="failed", error="disk")
        assert failed.error == "disk"
        assert [row.id for row in matching_runs.list_runs(session, 1)] == [failed.id]


def test_pairs_wait_in_order_of_value_and_come_back_when_their_answer_is_undone(
    two_cameras: Database,
) -> None:
    with two_cameras.write() as session:
        run = started(session)
        pairs = [
            NewCandidate(1, 4, 0.5, 1.0, rival_tracklet=5, rival_probability=0.4),
            NewCandidate(2, 5, 0.6, 3.0),
            NewCandidate(2, 6, 0.4, 2.0),
        ]
        assert candidates.add_candidates(session, run, pairs) == 3
        first, second, third = candidates.list_candidates(session, None)
        assert [each.value for each in (first, second, third)] == [3.0, 2.0, 1.0]
        answer = decisions.add_decision(session, kind="answer", actor="me")
        candidates.close(session, [first.id], "answered", answer)
        candidates.close(session, [second.id], "stale", answer)
        candidates.close(session, [third.id], "skipped")
        assert candidates.count_open(session, None) == 0
        assert candidates.list_candidates(session, None, state="skipped")[0].id == third.id
        assert candidates.reopen_skipped(session) == 1
        (back,) = undo.undo(session, answer, "me")
        assert [each.id for each in candidates.list_candidates(session, None)] == [
            first.id,
            second.id,
            third.id,
        ]
        undo.undo(session, back, "me")
        assert candidates.get_candidate(session, first.id).state == "answered"
        newer = started(session)
        candidates.add_candidates(session, newer, [NewCandidate(1, 4, 0.5, 1.0)])
        candidates.drop_open(session, but_run=newer)
        assert [each.run_id for each in candidates.list_candidates(session, None)] == [newer]
        assert candidates.list_candidates(session, frozenset({1})) == []
        assert candidates.list_candidates(session, frozenset({1, 2}), limit=1) != []
        with pytest.raises(InvalidInput, match="lower tracklet first"):
            candidates.add_candidates(session, run, [NewCandidate(4, 1, 0.5, 1.0)])


def test_contradictions_stand_until_they_are_settled(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        old, new = started(session), started(session)
        for run in (old, new):
            conflicts.add_conflict(
                session, kind="answers", tracklets=[4, 1], details={"of": 2}, run_id=run
            )
        own = conflicts.add_conflict(session, kind="time", tracklets=[1], identities=[7])
        assert conflicts.list_conflicts(session)[0] == own
        assert conflicts.list_conflicts(session)[1].tracklets == (1, 4)
        conflicts.resolve_conflicts(session, before_run=new)
        assert [row.run_id for row in conflicts.list_conflicts(session)] == [None, new]
        conflicts.resolve_conflicts(session, [own.id])
        assert [row.run_id for row in conflicts.list_conflicts(session)] == [new]
        assert len(conflicts.list_conflicts(session, resolved=True)) == 3


def test_what_is_entered_of_a_pair_of_cameras_stays_beside_what_is_learnt(
    two_cameras: Database,
) -> None:
    with two_cameras.write() as session:
        entered = topology.set_pair(
            session, 1, 2, relation="apart", least_seconds=20, typical_seconds=30
        )
        topology.set_learnt(session, {(1, 2): {"median": 31.0}, (2, 1): {"median": 33.0}})
        there, back = topology.list_pairs(session, None)
        assert (there.relation, there.least_seconds, there.source) == ("apart", 20, "entered")
        assert (there.learnt, entered.learnt) == ({"median": 31.0}, None)
        assert (back.relation, back.source) == ("unknown", "none")
        topology.set_learnt(session, {(2, 1): {"median": 34.0}})
        assert [row.learnt for row in topology.list_pairs(session, None)] == [
            None,
            {"median": 34.0},
        ]
        assert topology.list_pairs(session, frozenset({1})) == []
        for wrong in (
            {"relation": "near"},
            {"relation": "apart", "least_seconds": -1},
            {"relation": "apart", "least_seconds": 9, "typical_seconds": 3},
        ):
            with pytest.raises(InvalidInput):
                topology.set_pair(session, 1, 2, **wrong)  # type: ignore[arg-type]
        cameras.remove_camera(session, 2)
        assert topology.list_pairs(session, None) == []


def test_people_are_summed_up_over_visible_cameras(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        matching_runs.apply_run(session, started(session), moves(t1=-1, t4=-1, t5=-2), actor="me")
        both, yard = people.list_people(session, None)
        assert (both.sightings, both.cameras, both.confidence) == (2, 2, 0.75)
        assert (yard.id, yard.cameras) == (2, 1)
        (seen,) = people.list_people(session, frozenset({1}))
        assert (seen.id, seen.sightings) == (1, 1)
        assert people.cameras_of(session, None, [1, 2]) == {1: {1: [1], 2: [4]}, 2: {2: [5]}}
        limits = {"least_quality": 0.1, "least_frames": 3}
        alone = people.unassigned(session, None, **limits)  # type: ignore[arg-type]
        assert alone == [(2, False), (3, False), (6, False)]
        assert people.count_unassigned(session, None, least_quality=0.6, least_frames=3) == (3, 3)
        assert people.count_unassigned(
            session, frozenset({2}), least_quality=0.1, least_frames=3
        ) == (1, 0)


def test_times_of_day_need_a_trusted_start(two_cameras: Database) -> None:
    with two_cameras.write() as session:
        matching_runs.apply_run(session, started(session), moves(t1=-1), actor="me")
        (person,) = people.list_people(session, None)
        assert person.first is not None
        assert person.last is not None
        assert (person.last - person.first).total_seconds() == 4
        video = videos.get_video(session, 1)
        videos.edit_video(
            session, 1, version=video.version, start_source="name", start_confirmed=False
        )
        (person,) = people.list_people(session, None)
        assert (person.first, person.last) == (None, None)
