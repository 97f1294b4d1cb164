"""Who did what, when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from storage.records import AuditRow


def record(
    session: Session, actor: str, action: str, subject: str, details: Mapping[str, Any]
) -> AuditRow:
    """Append an event."""
    raise NotImplementedError


def list_events(
    session: Session, limit: int | None = None, subject: str | None = None
) -> list[AuditRow]:
    """Newest first."""
    raise NotImplementedError
