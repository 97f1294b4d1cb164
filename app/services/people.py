"""What a person can do to people: name, merge, split, move sightings, set aside. All of it undone.

Every change carries the versions at which the caller saw the people; a lost race is a Conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.history import DecisionView, describe
from app.services.merging import consequences
from app.services.people_view import PersonCard, card_of
from app.services.seen_people import seen_identity
from app.workspace import Workspace
from storage import audit, decisions, identities, people_edits, tracklets
from storage.errors import NotFound
from storage.people_edits import Edit


@dataclass(frozen=True, slots=True)
class Changed:
    """What an edit did: the person afterwards, the one it made, if any, and the decision."""

    person: PersonCard
    decision: DecisionView
    new: PersonCard | None = None
    consequences: tuple[str, ...] = ()


def create_person(
    actor: Actor, workspace: Workspace, tracklet_ids: Sequence[int], name: str = ""
) -> Changed:
    """Make a person of sightings, taking them from wherever a run had placed them.

    Raises:
        Conflict: a person placed one of them with somebody else.
        NotFound, InvalidInput.
    """

    def edit(session: Session) -> Edit:
        _check_seen(session, actor, tracklet_ids)
        return people_edits.create_person(
            session, actor=actor.name, tracklets=tracklet_ids, name=name.strip()
        )

    return _change(actor, workspace, "people.create", (), edit)


def rename(
    actor: Actor,
    workspace: Workspace,
    identity: int,
    version: int,
    *,
    name: str | None = None,
    notes: str | None = None,
) -> Changed:
    """Change a person's name ("" takes it away), notes, or both."""
    if name is None and notes is None:
        raise BadRequest("Give a name or notes.")

    def edit(session: Session) -> Edit:
        return people_edits.rename(
            session,
            actor=actor.name,
            identity=identity,
            version=version,
            name=None if name is None else name.strip(),
            notes=notes,
        )

    return _change(actor, workspace, "people.rename", (identity,), edit)


def merge(
    actor: Actor, workspace: Workspace, versions: Mapping[int, int], into: int | None = None
) -> Changed:
    """Make one person of several.

    Args:
        actor: who decides.
        workspace: the store.
        versions: the people, with the versions at which they were seen.
        into: who stays; None: the first with a name, else the first.
    """
    told: list[str] = []

    def edit(session: Session) -> Edit:
        rows = identities.get_identities(session, list(versions))
        named = [each for each in versions if each in rows and rows[each].name]
        stays = into if into is not None else next(iter([*named, *versions]), 0)
        told.extend(consequences(session, workspace.settings, actor, list(versions), stays))
        return people_edits.merge(session, actor=actor.name, versions=versions, into=stays)

    changed = _change(actor, workspace, "people.merge", tuple(versions), edit)
    return Changed(changed.person, changed.decision, None, tuple(told))


def split(
    actor: Actor,
    workspace: Workspace,
    identity: int,
    version: int,
    tracklet_ids: Sequence[int],
    name: str = "",
) -> Changed:
    """Make a new person of some of a person's sightings."""

    def edit(session: Session) -> Edit:
        return people_edits.split(
            session,
            actor=actor.name,
            identity=identity,
            version=version,
            tracklets=tracklet_ids,
            name=name.strip(),
        )

    return _change(actor, workspace, "people.split", (identity,), edit)


def add(
    actor: Actor, workspace: Workspace, identity: int, version: int, tracklet_ids: Sequence[int]
) -> Changed:
    """Place sightings with a person."""

    def edit(session: Session) -> Edit:
        _check_seen(session, actor, tracklet_ids)
        return people_edits.add_sightings(
            session, actor=actor.name, identity=identity, version=version, tracklets=tracklet_ids
        )

    return _change(actor, workspace, "people.add", (identity,), edit)


def remove(
    actor: Actor, workspace: Workspace, identity: int, version: int, tracklet_ids: Sequence[int]
) -> Changed:
    """Take sightings out of a person; no run brings them back to that one."""

    def edit(session: Session) -> Edit:
        return people_edits.remove_sightings(
            session, actor=actor.name, identity=identity, version=version, tracklets=tracklet_ids
        )

    return _change(actor, workspace, "people.remove", (identity,), edit)


def set_aside(actor: Actor, workspace: Workspace, identity: int, version: int) -> Changed:
    """Mark somebody as not a person: left out of lists and of matching."""

    def edit(session: Session) -> Edit:
        return people_edits.set_aside(session, actor=actor.name, identity=identity, version=version)

    return _change(actor, workspace, "people.set_aside", (identity,), edit)


def restore(actor: Actor, workspace: Workspace, identity: int, version: int) -> Changed:
    """Put somebody who was set aside back among the people."""

    def edit(session: Session) -> Edit:
        return people_edits.restore(session, actor=actor.name, identity=identity, version=version)

    return _change(actor, workspace, "people.restore", (identity,), edit)


def versions_of(actor: Actor, workspace: Workspace, identity_ids: Sequence[int]) -> dict[int, int]:
    """The present versions of people, for callers that show nothing to go stale. NotFound."""
    with workspace.database.read() as session:
        return {each: seen_identity(session, actor, each).version for each in identity_ids}


def _change(
    actor: Actor,
    workspace: Workspace,
    action: str,
    concerned: Sequence[int],
    edit: Callable[[Session], Edit],
) -> Changed:
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        for identity in concerned:
            seen_identity(session, actor, identity)
        done = edit(session)
        audit.record(
            session,
            actor.name,
            action,
            f"person {done.identity}",
            {"decision": done.decision, "people": list(concerned)},
        )
        person = card_of(session, actor, identities.get_identity(session, done.identity))
        new = None
        if done.new is not None and done.new != done.identity:
            new = card_of(session, actor, identities.get_identity(session, done.new))
        row = decisions.get_decision(session, done.decision)
        return Changed(person, describe(session, [row])[0], new)


def _check_seen(session: Session, actor: Actor, tracklet_ids: Sequence[int]) -> None:
    known = {
        row.id
        for row in tracklets.get_tracklets(session, tracklet_ids)
        if actor.may_see(row.camera_id)
    }
    for each in tracklet_ids:
        if each not in known:
            raise NotFound(f"There is no sighting {each}.")
