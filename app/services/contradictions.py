"""What only people hold together: sightings of one person that cannot be one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.services.conflict_view import ConflictView, view_of
from app.services.impossible import broken_rules
from app.settings import Settings
from storage.columns import now
from storage.people_records import ConflictRow
from storage.records import TrackletRow

MOST = 10
"""Contradictions that a person's page tells at most."""
KIND = "same_breaks_rule"


def contradictions_of(
    session: Session, settings: Settings, rows: Sequence[TrackletRow]
) -> list[ConflictView]:
    """The pairs among one person's sightings that break a hard rule, as they are now.

    No run breaks one, so a person said that they are the same; that word counts.
    """
    known = {row.id: row for row in rows}
    return [
        view_of(
            ConflictRow(
                id=0,
                kind=KIND,
                tracklets=(each.a, each.b),
                identities=(),
                details={"rule": each.rule},
                run_id=None,
                created=now(),
                resolved=None,
            ),
            [known[each.a], known[each.b]],
        )
        for each in broken_rules(session, settings, rows)[:MOST]
    ]
