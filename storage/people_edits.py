"""What a person can do to people: each one decision, undone by storage.undo.

Versions are those with which the caller read the people: a lost race is a Conflict and changes
nothing. Every tracklet that a person placed stays where it was put (`placed_by` "person").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.bars import bar, list_barred
from storage.decisions import add_decision, concern, merged_into, one_at_a_time
from storage.errors import Conflict, InvalidInput
from storage.identities import (
    check_versions,
    edit_identity,
    get_identities,
    get_identity,
    label,
)
from storage.people_records import IdentityRow
from storage.placements import (
    NOBODY,
    assignments_of,
    current_assignments,
    place,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit did: its decision, the person it was about, and the one it made, if any."""

    decision: int
    identity: int
    new: int | None = None


def create_person(
    session: Session, *, actor: str, tracklets: Sequence[int], name: str = ""
) -> Edit:
    """Make a person of tracklets, taking them from wherever a run had placed them.

    Raises:
        Conflict: a person placed one of them with somebody else.
        NotFound, InvalidInput.
    """
    one_at_a_time(session)
    wanted = _some(tracklets)
    _refuse_taken(session, wanted, None)
    decision = add_decision(session, kind="create", actor=actor, details={"tracklets": wanted})
    made = place(session, decision, wanted, [-1] * len(wanted), placed_by="person", actor=actor)[-1]
    if name:
        edit_identity(session, decision, made, name=name)
    return Edit(decision, made, made)


def rename(
    session: Session,
    *,
    actor: str,
    identity: int,
    version: int,
    name: str | None = None,
    notes: str | None = None,
) -> Edit:
    """Change name, notes, or both. Conflict, NotFound, InvalidInput (also: nothing changes)."""
    known = _editable(session, {identity: version})[identity]
    changes = {}
    if name is not None and name != known.name:
        changes["name"] = name
    if notes is not None and notes != known.notes:
        changes["notes"] = notes
    if not changes:
        raise InvalidInput(f"{label(known)} has this name and these notes already.")
    decision = add_decision(session, kind="rename" if "name" in changes else "note", actor=actor)
    edit_identity(session, decision, identity, **changes)
    return Edit(decision, identity)


def merge(session: Session, *, actor: str, versions: Mapping[int, int], into: int) -> Edit:
    """Make one person of several.

    Args:
        session: a writing one.
        actor: who decides.
        versions: two or more identities with the versions they were read at.
        into: the one of them that stays; a nameless one takes the first name of the others, and
            all notes are kept.

    Raises:
        Conflict: one was changed meanwhile, is set aside, or has no sightings left.
        NotFound, InvalidInput.
    """
    if len(versions) < 2 or into not in versions:
        raise InvalidInput("Choose two people or more to merge, and which of them stays.")
    known = _editable(session, versions)
    others = [each for each in versions if each != into]
    for row in known.values():
        if row.state == "set_aside":
            raise Conflict(f"{label(row)} is set aside. Restore that person first, then merge.")
    rows = assignments_of(session, list(versions))
    decision = add_decision(session, kind="merge", actor=actor, details={"into": into})
    for other in others:
        concern(session, decision, [other], "merged", into)
    concern(session, decision, [into])
    ids = [row.tracklet_id for row in rows]
    place(session, decision, ids, [into] * len(ids), placed_by="person", actor=actor)
    names = [known[each].name for each in (into, *others) if known[each].name]
    notes = list(dict.fromkeys(known[each].notes for each in (into, *others) if known[each].notes))
    whole = {"name": names[0] if names else "", "notes": "\n".join(notes)}
    changes = {key: value for key, value in whole.items() if value != getattr(known[into], key)}
    if changes:
        edit_identity(session, decision, into, **changes)
    inside = set(ids)
    bar(
        session,
        decision,
        [(a, into) for a, b in list_barred(session).tolist() if b in others and a not in inside],
    )
    return Edit(decision, into)


def split(
    session: Session,
    *,
    actor: str,
    identity: int,
    version: int,
    tracklets: Sequence[int],
    name: str = "",
) -> Edit:
    """Make a new person of some of a person's tracklets; all of both are pinned where they are.

    Raises:
        Conflict, NotFound, InvalidInput (also: none or all of them would go).
    """
    _editable(session, {identity: version})
    go = _of_person(session, identity, tracklets)
    stay = [row.tracklet_id for row in assignments_of(session, [identity])]
    stay = [each for each in stay if each not in set(go)]
    if not stay:
        raise InvalidInput("Nothing would be left. Choose some of the sightings, not all.")
    decision = add_decision(
        session, kind="split", actor=actor, details={"from": identity, "tracklets": go}
    )
    made = place(
        session,
        decision,
        [*go, *stay],
        [-1] * len(go) + [identity] * len(stay),
        placed_by="person",
        actor=actor,
    )[-1]
    if name:
        edit_identity(session, decision, made, name=name)
    barred = list_barred(session).tolist()
    bar(session, decision, [(a, made) for a, b in barred if b == identity])
    return Edit(decision, identity, made)


def add_sightings(
    session: Session, *, actor: str, identity: int, version: int, tracklets: Sequence[int]
) -> Edit:
    """Place tracklets with a person, taking them from wherever a run had placed them.

    Raises:
        Conflict: also where a person placed one of them with somebody else.
        NotFound, InvalidInput.
    """
    _editable(session, {identity: version})
    wanted = _some(tracklets)
    _refuse_taken(session, wanted, identity)
    decision = add_decision(
        session, kind="add", actor=actor, details={"into": identity, "tracklets": wanted}
    )
    place(session, decision, wanted, [identity] * len(wanted), placed_by="person", actor=actor)
    concern(session, decision, [identity])
    return Edit(decision, identity)


def remove_sightings(
    session: Session, *, actor: str, identity: int, version: int, tracklets: Sequence[int]
) -> Edit:
    """Take tracklets out of a person: they are nobody's, and no run brings them back to this one.

    Raises:
        Conflict, NotFound, InvalidInput.
    """
    _editable(session, {identity: version})
    gone = _of_person(session, identity, tracklets)
    decision = add_decision(
        session, kind="remove", actor=actor, details={"from": identity, "tracklets": gone}
    )
    place(session, decision, gone, [NOBODY] * len(gone), placed_by="person", actor=actor)
    bar(session, decision, [(each, identity) for each in gone])
    return Edit(decision, identity)


def set_aside(session: Session, *, actor: str, identity: int, version: int) -> Edit:
    """Mark an identity as no person (a poster, a double box). Conflict, NotFound."""
    return _set_state(session, actor, identity, version, "set_aside")


def restore(session: Session, *, actor: str, identity: int, version: int) -> Edit:
    """Take a set-aside identity back among the people. Conflict, NotFound."""
    return _set_state(session, actor, identity, version, "active")


def _set_state(session: Session, actor: str, identity: int, version: int, state: str) -> Edit:
    known = _editable(session, {identity: version})[identity]
    if known.state == state:
        already = "set aside" if state == "set_aside" else "among the people"
        raise Conflict(f"{label(known)} is {already} already. Reload the page.")
    kind = "set_aside" if state == "set_aside" else "restore"
    decision = add_decision(session, kind=kind, actor=actor)
    edit_identity(session, decision, identity, state=state)
    return Edit(decision, identity)


def _editable(session: Session, versions: Mapping[int, int]) -> dict[int, IdentityRow]:
    one_at_a_time(session)
    known = check_versions(session, versions)
    alive = {row.identity_id for row in assignments_of(session, list(versions))}
    for identity_id in versions.keys() - alive:
        target = merged_into(session, [identity_id]).get(identity_id)
        where = f"was merged into {label(get_identity(session, target))}" if target else "is empty"
        raise Conflict(f"{label(known[identity_id])} {where}: there is nothing left to change.")
    return known


def _some(tracklets: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(int(each) for each in tracklets))
    if not wanted:
        raise InvalidInput("No sighting is chosen. Choose one at least.")
    return wanted


def _of_person(session: Session, identity: int, tracklets: Sequence[int]) -> list[int]:
    wanted = _some(tracklets)
    known = {row.tracklet_id for row in assignments_of(session, [identity])}
    foreign = [each for each in wanted if each not in known]
    if foreign:
        raise InvalidInput(f"Sighting {foreign[0]} is not one of this person's. Reload the page.")
    return wanted


def _refuse_taken(session: Session, tracklets: Sequence[int], but: int | None) -> None:
    taken = [
        row
        for row in current_assignments(session, tracklets).values()
        if row.placed_by == "person" and row.identity_id not in (None, but)
    ]
    if taken:
        owner = get_identities(session, [row.identity_id for row in taken if row.identity_id])
        first = owner[taken[0].identity_id or 0]
        raise Conflict(
            f"{taken[0].actor} placed sighting {taken[0].tracklet_id} with {label(first)}. "
            "Remove it there first, or merge the two people."
        )
