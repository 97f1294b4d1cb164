"""Which of a few sightings cannot be one person: seen at once, or sooner than anybody can walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.match_inputs import as_sightings, company_of
from app.services.topology import known_topology
from app.settings import Settings
from storage.records import TrackletRow
from tracking.association import Constraints
from tracking.linking.rules import make_rules

MOST = 400
"""More sightings than these are not compared pair by pair."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Two sightings that cannot be one person; `rule` is a key of match_changes.TOGETHER."""

    a: int
    b: int
    rule: str


def broken_rules(session: Session, settings: Settings, rows: Sequence[TrackletRow]) -> list[Broken]:
    """Every pair of these sightings that breaks a hard rule, by ids; of the first MOST only."""
    some = sorted(rows, key=lambda row: row.id)[:MOST]
    if len(some) < 2:
        return []
    together, doubled = company_of(session, some)
    rules = make_rules(
        as_sightings(some),
        Constraints(together=together, doubled=doubled),
        known_topology(session, settings),
    )
    found = []
    for one in range(len(some)):
        for other in range(one + 1, len(some)):
            breach = rules.between([one], [other])
            if breach is not None and breach.rule != "human":
                found.append(Broken(some[one].id, some[other].id, breach.rule))
    return found
