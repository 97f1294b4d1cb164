"""Whom an actor may know of: people with a sighting in a camera that the actor may see."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.services.actor import Actor
from storage import identities, people
from storage.errors import NotFound
from storage.people_records import DecisionRow, IdentityRow


def seen_identity(session: Session, actor: Actor, identity: int) -> IdentityRow:
    """The identity, if this actor may know of it. NotFound."""
    row = identities.get_identity(session, identity)
    if actor.cameras is not None and not people.list_people(session, actor.cameras, [identity]):
        raise NotFound(f"There is no person {identity}. Reload the list.")
    return row


def seen_decisions(session: Session, actor: Actor, rows: list[DecisionRow]) -> list[DecisionRow]:
    """Those decisions that concern somebody whom this actor may know of."""
    if actor.cameras is None:
        return rows
    concerned = {each for row in rows for each in row.identities}
    known = {each.id for each in people.list_people(session, actor.cameras, concerned)}
    return [row for row in rows if known & {*row.identities}]
