"""People as they are shown: everybody in a list, one person with sightings, path and history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.conflict_view import ConflictView
from app.services.contradictions import contradictions_of
from app.services.history import DecisionView, decisions_of
from app.services.library import find_camera
from app.services.matching import list_conflicts
from app.services.review_view import gap_between
from app.services.seen_people import seen_identity
from app.services.sightings import Sighting
from app.workspace import Workspace
from storage import cameras, crops, decisions, identities, people, placements, tracklets
from storage.people_records import AssignmentRow, IdentityRow, PersonSummary
from storage.records import CropRow, TrackletRow
from tracking.association import LinkSettings

STATES = ("active", "set_aside")
SORTS = ("cameras", "recent", "name")
PICTURES = 8
"""Pictures of a sighting on a person's contact sheet, the best first."""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person in a list.

    Args:
        summary: what the visible sightings say together.
        label: the name, or "Person 12".
        cameras: names, by name.
        cover: the best picture.
        state: active, set_aside, or gone: no (visible) sighting is left.
    """

    summary: PersonSummary
    label: str
    cameras: tuple[str, ...]
    cover: CropRow | None
    state: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Part of a list of people; `unassigned` sightings are with nobody, `poor` of them too poor."""

    people: tuple[PersonCard, ...]
    total: int
    unassigned: int
    poor: int


@dataclass(frozen=True, slots=True)
class PersonSighting:
    """A sighting of a person, and who placed it; `crops`: its keyframes, the best first."""

    row: TrackletRow
    placed: AssignmentRow
    crops: tuple[CropRow, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with everything there is to show.

    Args:
        card: as in a list.
        notes: what people noted.
        sightings: in time order; those without a known time of day last.
        gaps: for each sighting, seconds since the one before; None where that is not known.
        history: what was decided, newest first.
        conflicts: contradictions that concern this person.
        merged_into: the person this one became part of.
    """

    card: PersonCard
    notes: str
    sightings: tuple[PersonSighting, ...]
    gaps: tuple[float | None, ...]
    history: tuple[DecisionView, ...]
    conflicts: tuple[ConflictView, ...]
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class UnassignedPage:
    """Sightings that are with nobody, and whether each is too poor to say anything."""

    sightings: tuple[tuple[Sighting, bool], ...]
    total: int
    poor: int


def list_people(
    actor: Actor,
    workspace: Workspace,
    *,
    state: str = "active",
    sort: str = "cameras",
    camera: str | None = None,
    text: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> PeoplePage:
    """People with a sighting that this actor may see.

    Args:
        actor: who asks.
        workspace: the store.
        state: active or set_aside.
        sort: "cameras": those seen by most cameras first; "recent": the last seen first; "name".
        camera: only those seen by this one.
        text: only those whose label holds it, in whatever case.
        limit: at most so many.
        offset: leave out so many first.
    """
    if state not in STATES or sort not in SORTS:
        raise BadRequest(f"Choose a state of {', '.join(STATES)}, and sort by {', '.join(SORTS)}.")
    only = None if camera is None else find_camera(actor, workspace, camera).id
    with workspace.database.read() as session:
        found = people.list_people(session, actor.cameras)
        there = (
            None
            if only is None
            else {each.id for each in people.list_people(session, frozenset({only}))}
        )
        wanted = [
            each
            for each in found
            if each.state == state
            and (there is None or each.id in there)
            and text.casefold() in label_of(each).casefold()
        ]
        wanted.sort(key=_ORDERS[sort])
        shown = wanted[offset:] if limit is None else wanted[offset : offset + limit]
        total, poor = _alone(session, actor)
        return PeoplePage(cards(session, actor, shown), len(wanted), total, poor)


def get_person(actor: Actor, workspace: Workspace, identity: int) -> PersonView:
    """One person, gone or not. NotFound."""
    with workspace.database.read() as session:
        row = seen_identity(session, actor, identity)
        card = card_of(session, actor, row)
        placed = {each.tracklet_id: each for each in placements.assignments_of(session, [identity])}
        rows = [
            each
            for each in tracklets.get_tracklets(session, list(placed))
            if actor.may_see(each.camera_id)
        ]
        rows.sort(key=_when)
        pictures = best_crops(session, [each.id for each in rows])
        target = decisions.merged_into(session, [identity]).get(identity)
        history = decisions_of(session, actor, identity)
        found = contradictions_of(session, workspace.settings, rows)
    return PersonView(
        card=card,
        notes=row.notes,
        sightings=tuple(
            PersonSighting(each, placed[each.id], pictures.get(each.id, ())) for each in rows
        ),
        gaps=tuple(
            gap_between(rows[place - 1], each) if place else None for place, each in enumerate(rows)
        ),
        history=tuple(history),
        conflicts=_both(list_conflicts(actor, workspace, identity), found),
        merged_into=target if card.state == "gone" else None,
    )


def unassigned(
    actor: Actor, workspace: Workspace, *, limit: int | None = None, offset: int = 0
) -> UnassignedPage:
    """Sightings that are with nobody: first those that could be, then the poor ones."""
    poor_below = LinkSettings()
    with workspace.database.read() as session:
        found = people.unassigned(
            session,
            actor.cameras,
            least_quality=poor_below.least_quality,
            least_frames=poor_below.least_frames,
            limit=limit,
            offset=offset,
        )
        ids = [each for each, _ in found]
        rows = tracklets.get_tracklets(session, ids)
        covers = crops.covers(session, ids)
        total, poor = _alone(session, actor)
    words = dict(found)
    return UnassignedPage(
        tuple((Sighting(row, covers.get(row.id)), words[row.id]) for row in rows), total, poor
    )


def card_of(session: Session, actor: Actor, row: IdentityRow) -> PersonCard:
    """The card of one person, gone or not."""
    found = people.list_people(session, actor.cameras, [row.id])
    if found:
        return cards(session, actor, found)[0]
    empty = PersonSummary(
        id=row.id,
        name=row.name,
        state=row.state,
        version=row.version,
        sightings=0,
        cameras=0,
        first=None,
        last=None,
        confidence=None,
        confirmed=0,
    )
    return PersonCard(empty, identities.label(row), (), None, "gone")


def cards(
    session: Session, actor: Actor, summaries: Sequence[PersonSummary]
) -> tuple[PersonCard, ...]:
    """Summaries with what a card needs besides: camera names and the best picture."""
    where = people.cameras_of(session, actor.cameras, [each.id for each in summaries])
    names = {row.id: row.name for row in cameras.list_cameras(session, actor.cameras)}
    covers = crops.covers(
        session, [each for seen in where.values() for ids in seen.values() for each in ids]
    )
    made = []
    for each in summaries:
        seen = where.get(each.id, {})
        best = [covers[one] for ids in seen.values() for one in ids if one in covers]
        made.append(
            PersonCard(
                summary=each,
                label=label_of(each),
                cameras=tuple(sorted(names[camera] for camera in seen)),
                cover=max(best, key=lambda crop: (crop.quality, -crop.id), default=None),
                state=each.state,
            )
        )
    return tuple(made)


def best_crops(session: Session, ids: Collection[int]) -> dict[int, tuple[CropRow, ...]]:
    """Sighting → its keyframes, the best first."""
    found: dict[int, list[CropRow]] = {}
    for crop in crops.list_crops(session, sorted(ids), kind="keyframe"):
        found.setdefault(crop.tracklet_id, []).append(crop)
    return {
        each: tuple(sorted(own, key=lambda crop: (-crop.quality, crop.time))[:PICTURES])
        for each, own in found.items()
    }


def label_of(person: PersonSummary) -> str:
    """What a person is called."""
    return person.name or f"Person {person.id}"


def _both(
    stored: Sequence[ConflictView], found: Sequence[ConflictView]
) -> tuple[ConflictView, ...]:
    """What runs had listed, and what holds now and is not among it."""
    listed = {each.row.tracklets for each in stored}
    return (*stored, *(each for each in found if each.row.tracklets not in listed))


def _alone(session: Session, actor: Actor) -> tuple[int, int]:
    """How many visible sightings are with nobody, and how many of them are too poor to be."""
    poor_below = LinkSettings()
    return people.count_unassigned(
        session,
        actor.cameras,
        least_quality=poor_below.least_quality,
        least_frames=poor_below.least_frames,
    )


def _when(row: TrackletRow) -> tuple[bool, float, str, float, int]:
    known = row.start is not None
    moment = row.start.timestamp() if row.start is not None else 0.0
    return not known, moment, row.video, row.offset_start, row.id


def _ago(moment: datetime | None) -> float:
    return 0.0 if moment is None else -moment.timestamp()


_ORDERS = {
    "cameras": lambda each: (-each.cameras, -each.sightings, _ago(each.last), each.id),
    "recent": lambda each: (_ago(each.last), each.id),
    "name": lambda each: (not each.name, each.name.casefold(), each.id),
}
