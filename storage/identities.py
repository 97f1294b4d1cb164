"""Identities and the append-only assignments of tracklets to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import checks
from storage.lookup import in_batches, require
from storage.records import AssignmentRow, IdentityRow
from storage.schema import Assignment, Identity, Tracklet


def add_identity(session: Session, *, name: str = "") -> IdentityRow:
    """A new identity without tracklets; the name may be empty and need not be unique."""
    identity = Identity(name=name, version=1)
    session.add(identity)
    session.flush()
    return _identity(identity)


def get_identity(session: Session, identity_id: int) -> IdentityRow:
    """The identity with this id. NotFound."""
    return _identity(require(session, Identity, identity_id, "person"))


def assign(
    session: Session,
    *,
    tracklet_id: int,
    identity_id: int | None,
    actor: str,
    run: str | None = None,
    probability: float | None = None,
) -> AssignmentRow:
    """Append a decision about a tracklet; its latest one counts, the earlier ones stay.

    Args:
        session: a writing one.
        tracklet_id: which.
        identity_id: with whom it goes; None: with nobody.
        actor: who decided.
        run: the matching run that did, if any.
        probability: 0–1, if there is one.

    Raises:
        NotFound, InvalidInput.
    """
    require(session, Tracklet, tracklet_id, "tracklet")
    if identity_id is not None:
        require(session, Identity, identity_id, "person")
    if probability is not None:
        checks.finite(probability, "The probability", 0, 1)
    assignment = Assignment(
        tracklet_id=tracklet_id,
        identity_id=identity_id,
        actor=actor,
        run=run,
        probability=probability,
    )
    session.add(assignment)
    session.flush()
    return _assignment(assignment)


def current_assignments(
    session: Session, tracklet_ids: Sequence[int] | None = None
) -> dict[int, AssignmentRow]:
    """The latest decision of each tracklet (None: of all) that has one, by tracklet id."""
    latest = select(func.max(Assignment.id)).group_by(Assignment.tracklet_id)
    queries = (
        [latest]
        if tracklet_ids is None
        else [latest.where(Assignment.tracklet_id.in_(each)) for each in in_batches(tracklet_ids)]
    )
    return {
        found.tracklet_id: _assignment(found)
        for query in queries
        for found in session.scalars(select(Assignment).where(Assignment.id.in_(query)))
    }


def _identity(identity: Identity) -> IdentityRow:
    return IdentityRow(
        id=identity.id, name=identity.name, version=identity.version, created=identity.created
    )


def _assignment(assignment: Assignment) -> AssignmentRow:
    return AssignmentRow(
        id=assignment.id,
        tracklet_id=assignment.tracklet_id,
        identity_id=assignment.identity_id,
        actor=assignment.actor,
        run=assignment.run,
        probability=assignment.probability,
        created=assignment.created,
    )
