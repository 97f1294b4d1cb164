"""An identity is a view over decisions: undo is exact, whatever people and runs did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from storage import candidates, decisions, identities, matching_runs, people_edits, undo
from storage.bars import list_barred
from storage.database import Database
from storage.errors import Conflict
from storage.people_records import NewCandidate
from storage.placements import assignments_of, current_assignments
from tests.storage.people_sequences import do, draws, seen, stored, versions
from tests.storage.site import a_camera, a_tracklet, a_video

NOTHING = {"placed": {}, "people": {}, "words": {}, "barred": set()}


@pytest.fixture
def six_tracklets(database: Database) -> Database:
    """Six tracklets and two pairs to review; whatever is tried on them is taken back."""
    with database.write() as session:
        video = a_video(session, a_camera(session))
        assert [a_tracklet(session, video.id) for _ in range(6)] == list(range(1, 7))
        run = matching_runs.add_run(session, mode="new", preview=False, actor="run")
        pairs = [NewCandidate(1, 2, 0.5, 2.0), NewCandidate(3, 4, 0.5, 1.0)]
        assert candidates.add_candidates(session, run.id, pairs) == 2
    return database


@contextmanager
def trial(six_tracklets: Database) -> Iterator[Session]:
    """A transaction that never happened."""

    with six_tracklets.write() as session:
        yield session
        session.rollback()


sequences = st.lists(draws, min_size=1, max_size=9)
quick = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(steps=sequences)
def test_undoing_any_step_restores_what_was_before_it_and_redoing_what_was_after(
    six_tracklets: Database, steps: list[tuple[str, int, list[int]]]
) -> None:
    with trial(six_tracklets) as session:
        for kind, number, places in steps:
            before, grown = seen(session), versions(session)
            rows = stored(session)
            decision = do(session, kind, number, [1 + place for place in places])
            if decision is None:
                assert seen(session) == before
                continue
            after = seen(session)
            newer = [row.id for row in decisions.list_decisions(session, after=decision)]
            assert newer == []
            if kind not in ("undo", "redo"):
                (new,) = undo.undo(session, decision, "ann")
                assert seen(session) == before
                undo.undo(session, new, "ann")
                assert seen(session) == after
            for identity, version in versions(session).items():
                assert version >= grown.get(identity, 1)
            now = stored(session)
            assert all(now[table][: len(known)] == known for table, known in rows.items())


@quick
@given(steps=sequences)
def test_undoing_everything_leaves_an_empty_start(
    six_tracklets: Database, steps: list[tuple[str, int, list[int]]]
) -> None:
    with trial(six_tracklets) as session:
        waiting = seen(session)["open"]
        for kind, number, places in steps:
            do(session, kind, number, [1 + place for place in places])
        while True:
            holding = [
                row
                for row in decisions.list_decisions(session)
                if row.undone_by is None and row.kind not in ("undo", "redo")
            ]
            if not holding:
                break
            undo.undo(session, holding[-1].id, "ann", with_later=True)
        assert seen(session) == {**NOTHING, "open": waiting}


@quick
@given(steps=sequences, number=st.integers(0, 8))
def test_what_is_in_the_way_is_undone_with_it_and_nothing_else(
    six_tracklets: Database, steps: list[tuple[str, int, list[int]]], number: int
) -> None:
    with trial(six_tracklets) as session:
        for kind, choice, places in steps:
            do(session, kind, choice, [1 + place for place in places])
        holding = [row for row in decisions.list_decisions(session) if row.undone_by is None]
        if not holding:
            return
        chosen = holding[number % len(holding)]
        later = undo.in_the_way(session, chosen.id)
        assert [row.id for row in later] == sorted((row.id for row in later), reverse=True)
        assert all(row.id > chosen.id and row.undone_by is None for row in later)
        if later:
            with pytest.raises(Conflict, match="Undo them together"):
                undo.undo(session, chosen.id, "ann")
        gone = decisions.undone(session)
        undo.undo(session, chosen.id, "ann", with_later=True)
        newly = {row.id for row in [*later, chosen]}
        assert newly <= decisions.undone(session).keys()
        revived = {row.reverses for row in [*later, chosen] if row.reverses is not None}
        assert gone.keys() - revived <= decisions.undone(session).keys()


def test_no_merge_loses_what_was_merged(six_tracklets: Database) -> None:
    with trial(six_tracklets) as session:
        ann, ben = (
            people_edits.create_person(session, actor="me", tracklets=ids, name=name)
            for ids, name in (([1, 2], "Ann"), ([3], "Ben"))
        )
        people_edits.rename(session, actor="me", identity=ben.identity, version=1, notes="tall")
        before = seen(session)
        merged = people_edits.merge(
            session, actor="me", versions={ann.identity: 1, ben.identity: 2}, into=ann.identity
        )
        assert [row.tracklet_id for row in assignments_of(session, [ann.identity])] == [1, 2, 3]
        assert identities.get_identity(session, ann.identity).notes == "tall"
        assert decisions.merged_into(session, [ben.identity]) == {ben.identity: ann.identity}
        undo.undo(session, merged.decision, "me")
        assert seen(session) == before
        assert decisions.merged_into(session, [ben.identity]) == {}


def test_a_lost_race_says_who_changed_what_and_changes_nothing(six_tracklets: Database) -> None:
    with trial(six_tracklets) as session:
        ann = people_edits.create_person(session, actor="me", tracklets=[1, 2], name="Ann")
        version = identities.get_identity(session, ann.identity).version
        people_edits.set_aside(session, actor="ben", identity=ann.identity, version=version)
        before = stored(session)
        with pytest.raises(Conflict, match=r"Ann was changed meanwhile by ben \(set aside\)"):
            people_edits.rename(
                session, actor="me", identity=ann.identity, version=version, name="Anna"
            )
        assert stored(session) == before


def test_what_is_removed_from_a_person_is_barred_until_a_person_brings_it_back(
    six_tracklets: Database,
) -> None:
    with trial(six_tracklets) as session:
        ann = people_edits.create_person(session, actor="me", tracklets=[1, 2, 3]).identity
        ben = people_edits.create_person(session, actor="me", tracklets=[4]).identity
        removed = people_edits.remove_sightings(
            session, actor="me", identity=ann, version=1, tracklets=[3]
        )
        assert list_barred(session).tolist() == [[3, ann]]
        known = versions(session)
        merged = people_edits.merge(
            session, actor="me", versions={each: known[each] for each in (ann, ben)}, into=ben
        )
        assert list_barred(session).tolist() == [[3, ann], [3, ben]]
        people_edits.add_sightings(
            session, actor="me", identity=ben, version=versions(session)[ben], tracklets=[3]
        )
        assert list_barred(session).tolist() == [[3, ann]]
        undo.undo(session, merged.decision, "me", with_later=True)
        undo.undo(session, removed.decision, "me")
        assert list_barred(session).tolist() == []
        assert current_assignments(session)[3].identity_id == ann


def test_the_newest_of_an_actor_is_undone_and_redone_in_turn(six_tracklets: Database) -> None:
    with trial(six_tracklets) as session:
        first = people_edits.create_person(session, actor="me", tracklets=[1]).decision
        second = people_edits.create_person(session, actor="me", tracklets=[2]).decision
        people_edits.create_person(session, actor="ben", tracklets=[3])
        for expected in (second, first):
            found = undo.newest_undoable(session, "me")
            assert found is not None
            assert found.id == expected
            undo.undo(session, found.id, "me")
        assert undo.newest_undoable(session, "me") is None
        for expected in (first, second):
            found = undo.newest_redoable(session, "me")
            assert found is not None
            assert found.reverses == expected
            undo.undo(session, found.id, "me")
        assert undo.newest_redoable(session, "me") is None
        newest = undo.newest_undoable(session, "me")
        assert newest is not None
        assert newest.id == second
        undo.undo(session, second, "me")
        people_edits.create_person(session, actor="me", tracklets=[4])
        assert undo.newest_redoable(session, "me") is None
