"""Identities and the append-only assignments of tracklets to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.records import AssignmentRow, IdentityRow


def add_identity(session: Session, *, name: str = "") -> IdentityRow:
    """A new, empty identity."""
    raise NotImplementedError


def get_identity(session: Session, identity_id: int) -> IdentityRow:
    """NotFound."""
    raise NotImplementedError


def assign(
    session: Session,
    *,
    tracklet_id: int,
    identity_id: int | None,
    actor: str,
    run: str | None = None,
    probability: float | None = None,
) -> AssignmentRow:
    """Append a decision; the latest of a tracklet counts."""
    raise NotImplementedError


def current_assignments(
    session: Session, tracklet_ids: Sequence[int] | None = None
) -> dict[int, AssignmentRow]:
    """The latest decision of each tracklet that has one, by tracklet id."""
    raise NotImplementedError
