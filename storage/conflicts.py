"""Contradictions that people should know of: between decisions, rules and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.columns import now
from storage.lookup import in_batches
from storage.people_records import ConflictRow
from storage.schema_people import ConflictFound, ConflictTracklet


def add_conflict(
    session: Session,
    *,
    kind: str,
    tracklets: Sequence[int],
    identities: Sequence[int] = (),
    details: Mapping[str, Any] | None = None,
    run_id: int | None = None,
) -> ConflictRow:
    """Remember a contradiction; it goes when one of its tracklets is removed.

    Args:
        session: a writing one.
        kind: a short word.
        tracklets: the tracklets that take part.
        identities: the identities that do.
        details: ids and numbers only.
        run_id: the run that found it, if any.
    """
    conflict = ConflictFound(
        kind=kind,
        run_id=run_id,
        identities=[int(each) for each in identities],
        details=dict(details or {}),
    )
    session.add(conflict)
    session.flush()
    ids = sorted({int(each) for each in tracklets})
    session.add_all(
        ConflictTracklet(conflict_id=conflict.id, tracklet_id=tracklet) for tracklet in ids
    )
    session.flush()
    return _row(conflict, ids)


def list_conflicts(session: Session, *, resolved: bool = False) -> list[ConflictRow]:
    """Contradictions that stand (with `resolved`: all), newest first."""
    query = select(ConflictFound).order_by(ConflictFound.id.desc())
    if not resolved:
        query = query.where(ConflictFound.resolved.is_(None))
    found = list(session.scalars(query))
    part: dict[int, list[int]] = {conflict.id: [] for conflict in found}
    for batch in in_batches(part):
        pairs = session.execute(
            select(ConflictTracklet.conflict_id, ConflictTracklet.tracklet_id)
            .where(ConflictTracklet.conflict_id.in_(batch))
            .order_by(ConflictTracklet.tracklet_id)
        )
        for conflict_id, tracklet in pairs:
            part[conflict_id].append(tracklet)
    return [_row(conflict, part[conflict.id]) for conflict in found]


def resolve_conflicts(
    session: Session, conflict_ids: Sequence[int] | None = None, *, before_run: int | None = None
) -> None:
    """Mark contradictions as settled: these, or all that runs before this one had found."""
    query = update(ConflictFound).where(ConflictFound.resolved.is_(None))
    if conflict_ids is not None:
        query = query.where(ConflictFound.id.in_(conflict_ids))
    if before_run is not None:
        query = query.where(ConflictFound.run_id < before_run)
    session.execute(query.values(resolved=now()).execution_options(synchronize_session=False))


def _row(conflict: ConflictFound, tracklets: Sequence[int]) -> ConflictRow:
    return ConflictRow(
        id=conflict.id,
        kind=conflict.kind,
        tracklets=tuple(tracklets),
        identities=tuple(conflict.identities),
        details=conflict.details,
        run_id=conflict.run_id,
        created=conflict.created,
        resolved=conflict.resolved,
    )
