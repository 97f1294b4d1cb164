"""What people say of pairs of tracklets, and the audit trail: both append-only."""

from __future__ import annotations

import pytest

from storage import audit, decisions, judgements, undo
from storage.database import Database
from storage.errors import Conflict, InvalidInput, NotFound
from tests.storage.site import a_camera, a_tracklet, a_video


@pytest.fixture
def tracked(database: Database) -> list[int]:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        return [a_tracklet(session, video.id) for _ in range(3)]


def say(session, query: int, tracklet: int, verdict: str, actor: str = "ann"):
    return judgements.add_judgement(
        session,
        decisions.add_decision(session, kind="answer", actor=actor),
        query_tracklet=query,
        tracklet=tracklet,
        verdict=verdict,
        actor=actor,
    )


def test_the_latest_word_on_a_pair_counts_whichever_way_round(
    database: Database, tracked: list[int]
) -> None:
    with database.write() as session:
        say(session, 1, 2, "same")
        other = say(session, 3, 2, "different")
        latest = say(session, 2, 1, "different", "ben")
    with database.read() as session:
        assert judgements.list_judgements(session) == [other, latest]
        assert judgements.list_judgements(session, [1]) == [latest]
        assert judgements.list_judgements(session, [3]) == [other]
        assert judgements.list_judgements(session, []) == []


def test_a_word_taken_back_leaves_the_one_before_it(database: Database, tracked: list[int]) -> None:
    with database.write() as session:
        first, second = say(session, 1, 2, "same"), say(session, 1, 2, "different")
        undo.undo(session, second.decision_id, "ben")
        (standing,) = judgements.list_judgements(session)
        assert (standing.verdict, standing.actor, standing.created) == (
            "same",
            "ann",
            first.created,
        )
        undo.undo(session, first.decision_id, "ben")
        assert judgements.list_judgements(session) == []
        assert judgements.get_judgement(session, first.id) == first
        with pytest.raises(Conflict, match="undone already"):
            undo.undo(session, first.decision_id, "ben")


def test_judgements_are_checked(database: Database, tracked: list[int]) -> None:
    with database.write() as session:
        for pair, verdict, error in [
            ((1, 1), "same", InvalidInput),
            ((1, 2), "maybe", InvalidInput),
            ((1, 9), "same", NotFound),
        ]:
            with pytest.raises(error):
                say(session, *pair, verdict)
        with pytest.raises(NotFound):
            judgements.get_judgement(session, 9)


def test_events_are_listed_newest_first(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            audit.record(session, "me", "video.remove", f"video:{number}", {"number": number})
    with database.read() as session:
        assert [event.details["number"] for event in audit.list_events(session)] == [2, 1, 0]
        assert len(audit.list_events(session, limit=2)) == 2
        (event,) = audit.list_events(session, subject="video:1")
        assert (event.actor, event.action) == ("me", "video.remove")
