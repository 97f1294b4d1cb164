"""Who did what, when. Nothing here is ever changed or removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.records import AuditRow
from storage.schema import AuditEvent


def record(
    session: Session, actor: str, action: str, subject: str, details: Mapping[str, Any]
) -> AuditRow:
    """Append an event.

    Args:
        session: a writing one: the event is kept if, and only if, what it tells of is.
        actor: who.
        action: what they did, as in "video.remove".
        subject: to what, as in "video:12".
        details: JSON values.
    """
    event = AuditEvent(actor=actor, action=action, subject=subject, details=dict(details))
    session.add(event)
    session.flush()
    return _row(event)


def list_events(
    session: Session, limit: int | None = None, subject: str | None = None
) -> list[AuditRow]:
    """Events (about one subject), newest first."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    return [_row(found) for found in session.scalars(query)]


def _row(event: AuditEvent) -> AuditRow:
    return AuditRow(
        id=event.id,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        details=event.details,
        created=event.created,
    )
