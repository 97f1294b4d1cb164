"""Which of a few sightings cannot be one person: seen at once, or sooner than anybody can walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from app.services.match_inputs import as_sightings, company_of
from app.services.topology import known_topology
from app.settings import Settings
from storage.records import TrackletRow
from tracking.linking.passages import RULES, broken_rule
from tracking.linking.rules import TOGETHER

MOST = 1000
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
    together, _ = company_of(session, some)
    found = [Broken(min(pair), max(pair), TOGETHER) for pair in together.tolist()]
    a, b = np.triu_indices(len(some), 1)
    rules = broken_rule(as_sightings(some), known_topology(session, settings), a, b)
    found += [
        Broken(some[a[at]].id, some[b[at]].id, RULES[rules[at]]) for at in np.flatnonzero(rules)
    ]
    return sorted(found, key=lambda each: (each.a, each.b))
