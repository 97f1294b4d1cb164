"""Identities: their name, notes and state, and the versions that edits carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from storage import checks
from storage.decisions import concern, get_decisions
from storage.errors import Conflict, InvalidInput, NotFound
from storage.lookup import in_batches, insert_many
from storage.people_records import IdentityRow
from storage.schema_people import (
    IDENTITY_STATES,
    NOTHING,
    DecisionIdentity,
    Identity,
    IdentityEdit,
)

LONGEST_NOTES = 20_000


def add_identities(session: Session, decision_id: int, count: int) -> list[int]:
    """Make so many identities under a decision, without names, and return their ids, ascending."""
    made = [Identity(version=1) for _ in range(count)]
    session.add_all(made)
    session.flush()
    ids = sorted(identity.id for identity in made)
    for identity in made:
        session.expunge(identity)
    concern(session, decision_id, ids, "new")
    return ids


def get_identity(session: Session, identity_id: int) -> IdentityRow:
    """The identity with this id. NotFound."""
    found = get_identities(session, [identity_id])
    if not found:
        raise NotFound(f"There is no person {identity_id}. Reload the list.")
    return found[identity_id]


def get_identities(
    session: Session, identity_ids: Collection[int] | None = None
) -> dict[int, IdentityRow]:
    """Identities (None: all) by id; unknown ids are left out."""
    if identity_ids is None:
        return {row.id: row for row in _rows(session, _select())}
    return {
        row.id: row
        for batch in in_batches(sorted(set(identity_ids)))
        for row in _rows(session, _select().where(Identity.id.in_(batch)))
    }


def label(row: IdentityRow) -> str:
    """What a person is called: the name, or "Person 12" without one."""
    return row.name or f"Person {row.id}"


def edit_identity(
    session: Session, decision_id: int, identity_id: int, **changes: str
) -> IdentityRow:
    """Change `name`, `notes` or `state` of an identity under a decision.

    Raises:
        NotFound, InvalidInput.
    """
    unknown = changes.keys() - {"name", "notes", "state"}
    if unknown:
        raise InvalidInput(f"A person has no {', '.join(sorted(unknown))} to change.")
    known = get_identity(session, identity_id)
    if changes.get("name"):
        checks.name(changes["name"], "The person's name")
    if len(changes.get("notes", "")) > LONGEST_NOTES:
        raise InvalidInput(f"The notes are longer than {LONGEST_NOTES} characters. Shorten them.")
    checks.one_of(changes.get("state", known.state), IDENTITY_STATES, "The state")
    values = {"name": known.name, "notes": known.notes, "state": known.state} | changes
    row = {"identity_id": identity_id, "decision_id": decision_id, "origin": None, **values}
    insert_many(session, IdentityEdit, [row])
    concern(session, decision_id, [identity_id])
    return get_identity(session, identity_id)


def check_versions(session: Session, expected: Mapping[int, int]) -> dict[int, IdentityRow]:
    """The identities, if each still has the version with which the caller read it.

    Call it after decisions.one_at_a_time.

    Raises:
        NotFound, Conflict: says who changed whom, and how.
    """
    found = get_identities(session, expected.keys())
    for identity_id, version in expected.items():
        row = found.get(identity_id)
        if row is None:
            raise NotFound(f"There is no person {identity_id}. Reload the list.")
        if row.version != version:
            raise Conflict(
                f"{label(row)} was changed meanwhile{_by_whom(session, identity_id)}. "
                "Nothing of yours was saved. Reload and look again."
            )
    return found


def _by_whom(session: Session, identity_id: int) -> str:
    latest = session.scalar(
        select(func.max(DecisionIdentity.decision_id)).where(
            DecisionIdentity.identity_id == identity_id
        )
    )
    if latest is None:
        return ""
    decision = get_decisions(session, [latest])[0]
    return f" by {decision.actor} ({decision.kind.replace('_', ' ')})"


def latest_edits() -> Select[Any]:
    """Ids of the edits that count."""
    return select(func.max(IdentityEdit.id)).group_by(IdentityEdit.identity_id)


def _select() -> Select[Any]:
    columns: list[Any] = [
        Identity.id,
        Identity.version,
        Identity.created,
        IdentityEdit.name,
        IdentityEdit.notes,
        IdentityEdit.state,
    ]
    return select(*columns).outerjoin(
        IdentityEdit,
        (IdentityEdit.identity_id == Identity.id)
        & IdentityEdit.id.in_(latest_edits())
        & or_(IdentityEdit.origin.is_(None), IdentityEdit.origin != NOTHING),
    )


def _rows(session: Session, query: Select[Any]) -> list[IdentityRow]:
    return [
        IdentityRow(
            id=found.id,
            name=found.name or "",
            notes=found.notes or "",
            state=found.state or "active",
            version=found.version,
            created=found.created,
        )
        for found in session.execute(query.order_by(Identity.id))
    ]
