"""Judgements, identities with their assignments, and the audit trail: all append-only."""

from __future__ import annotations

import pytest

from storage import audit, identities, judgements
from storage.database import Database
from storage.errors import Conflict, InvalidInput, NotFound
from tests.storage.site import a_camera, a_tracklet, a_video


@pytest.fixture
def tracked(database: Database) -> list[int]:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        return [a_tracklet(session, video.id) for _ in range(3)]


def test_a_withdrawn_judgement_stays_marked(database: Database, tracked: list[int]) -> None:
    with database.write() as session:
        first = judgements.add_judgement(
            session, query_tracklet=1, tracklet=2, verdict="same", actor="ann"
        )
        second = judgements.add_judgement(
            session, query_tracklet=3, tracklet=2, verdict="different", actor="ben"
        )
        gone = judgements.remove_judgement(session, first.id, actor="ben")
        assert (gone.verdict, gone.withdrawn_by) == ("same", "ben")
        assert gone.withdrawn is not None
        with pytest.raises(Conflict, match="withdrawn already"):
            judgements.remove_judgement(session, first.id, actor="ben")
    with database.read() as session:
        assert judgements.list_judgements(session) == [second]
        assert judgements.list_judgements(session, 1) == []
        assert judgements.list_judgements(session, withdrawn=True) == [gone, second]


def test_judgements_are_checked(database: Database, tracked: list[int]) -> None:
    with database.write() as session:
        for pair, verdict, error in [
            ((1, 1), "same", InvalidInput),
            ((1, 2), "maybe", InvalidInput),
            ((1, 9), "same", NotFound),
        ]:
            with pytest.raises(error):
                judgements.add_judgement(
                    session, query_tracklet=pair[0], tracklet=pair[1], verdict=verdict, actor="a"
                )
        with pytest.raises(NotFound):
            judgements.remove_judgement(session, 9, actor="a")


def test_the_latest_assignment_of_a_tracklet_counts(database: Database, tracked: list[int]) -> None:
    with database.write() as session:
        ann, ben = (identities.add_identity(session, name=name) for name in ("Ann", "Ben"))
        assert identities.get_identity(session, ann.id) == ann
        for tracklet, person in [(1, ann.id), (2, ann.id), (1, ben.id), (2, None)]:
            identities.assign(session, tracklet_id=tracklet, identity_id=person, actor="me")
        current = identities.current_assignments(session)
        assert {key: row.identity_id for key, row in current.items()} == {1: ben.id, 2: None}
        assert identities.current_assignments(session, [3, 1]) == {1: current[1]}
        with pytest.raises(NotFound, match="no person 9"):
            identities.assign(session, tracklet_id=1, identity_id=9, actor="me")
        with pytest.raises(InvalidInput):
            identities.assign(session, tracklet_id=1, identity_id=None, actor="me", probability=1.1)


def test_events_are_listed_newest_first(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            audit.record(session, "me", "video.remove", f"video:{number}", {"number": number})
    with database.read() as session:
        assert [event.details["number"] for event in audit.list_events(session)] == [2, 1, 0]
        assert len(audit.list_events(session, limit=2)) == 2
        (event,) = audit.list_events(session, subject="video:1")
        assert (event.actor, event.action) == ("me", "video.remove")
