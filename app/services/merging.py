"""What merging people would mean, told before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.conflict_view import TOGETHER, ConflictView, as_seen
from app.services.impossible import broken_rules
from app.services.matching import conflicts_in_force
from app.services.seen_people import seen_identity
from app.settings import Settings
from app.workspace import Workspace
from storage import bars, identities, judgements, placements, tracklets
from storage.people_records import IdentityRow
from storage.records import TrackletRow

MOST_TOLD = 5
"""Contradictions of one kind that are told one by one."""


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would make: consequences in plain words, and the size of the person."""

    consequences: tuple[str, ...]
    sightings: int
    cameras: tuple[str, ...]
    conflicts: tuple[ConflictView, ...]


def preview_merge(
    actor: Actor, workspace: Workspace, identity_ids: Sequence[int], into: int | None = None
) -> MergePreview:
    """Tell what merging these people would mean; nothing is changed. NotFound."""
    ids = list(dict.fromkeys(identity_ids))
    with workspace.database.read() as session:
        for each in ids:
            seen_identity(session, actor, each)
        stays = into if into in ids else ids[0]
        told = consequences(session, workspace.settings, actor, ids, stays)
        rows = _sightings(session, actor, ids)
        every = {row.id for own in rows.values() for row in own}
        standing = [row for row in conflicts_in_force(session) if every & {*row.tracklets}]
        return MergePreview(
            consequences=tuple(told),
            sightings=len(every),
            cameras=tuple(sorted({row.camera for own in rows.values() for row in own})),
            conflicts=tuple(as_seen(session, actor, standing)),
        )


def consequences(
    session: Session,
    settings: Settings,
    actor: Actor,
    identity_ids: Sequence[int],
    into: int,
) -> list[str]:
    """What a merge contradicts and what becomes of names and notes, in plain words."""
    rows = _sightings(session, actor, identity_ids)
    people = identities.get_identities(session, identity_ids)
    owner = {row.id: identity for identity, own in rows.items() for row in own}
    told = _impossible(session, settings, rows, people)
    told += _against_answers(session, owner, people)
    stays = people.get(into)
    lost = [people[each].name for each in identity_ids if each != into and people[each].name]
    if stays is not None and stays.name and lost:
        told.append(f"The name {stays.name} stays; {_and(lost)} is kept in the history.")
    elif lost:
        told.append(f"The name {lost[0]} is kept.")
    if sum(bool(people[each].notes) for each in identity_ids) > 1:
        told.append("The notes of all are kept, one below the other.")
    return told


def _impossible(
    session: Session,
    settings: Settings,
    rows: dict[int, list[TrackletRow]],
    people: dict[int, IdentityRow],
) -> list[str]:
    known = {row.id: row for own in rows.values() for row in own}
    owner = {row.id: identity for identity, own in rows.items() for row in own}
    broken = [
        each
        for each in broken_rules(session, settings, list(known.values()))
        if owner[each.a] != owner[each.b]
    ]
    told: Counter[tuple[str, str]] = Counter()
    for each in broken:
        one, other = known[each.a], known[each.b]
        names = [identities.label(people[owner[row.id]]) for row in (one, other)]
        if each.rule == "together":
            who = f"{names[0]} and {names[1]} were both in {one.camera} at one moment"
            told[who, "one person cannot be in two places at once"] += 1
        else:
            who = f"{names[0]} was in {one.camera} and {names[1]} in {other.camera}"
            told[who, TOGETHER[each.rule]] += 1
    return [
        f"{who}{f' ({count} times)' if count > 1 else ''}: {why}."
        for (who, why), count in told.most_common(MOST_TOLD)
    ]


def _against_answers(
    session: Session, owner: dict[int, int], people: dict[int, IdentityRow]
) -> list[str]:
    said = [
        word
        for word in judgements.list_judgements(session, list(owner))
        if word.verdict == "different"
        and word.query_tracklet in owner
        and word.tracklet in owner
        and owner[word.query_tracklet] != owner[word.tracklet]
    ]
    told = [
        f"{word.actor} said that sightings {word.query_tracklet} and {word.tracklet} are "
        "different people. Merging overrules that."
        for word in said[:MOST_TOLD]
    ]
    if len(said) > MOST_TOLD:
        told.append(f"{len(said) - MOST_TOLD} more such answers are overruled.")
    barred = [
        (tracklet, identity)
        for tracklet, identity in bars.list_barred(session).tolist()
        if identity in people and owner.get(tracklet, identity) != identity
    ]
    told += [
        f"Sighting {tracklet} was removed from {identities.label(people[identity])} by hand. "
        "Merging brings it back."
        for tracklet, identity in barred[:MOST_TOLD]
    ]
    return told


def _sightings(
    session: Session, actor: Actor, identity_ids: Sequence[int]
) -> dict[int, list[TrackletRow]]:
    placed = {
        row.tracklet_id: row.identity_id or 0
        for row in placements.assignments_of(session, identity_ids)
    }
    found: dict[int, list[TrackletRow]] = {each: [] for each in identity_ids}
    for row in tracklets.get_tracklets(session, list(placed)):
        if actor.may_see(row.camera_id):
            found[placed[row.id]].append(row)
    return found


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
