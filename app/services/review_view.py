"""A doubtful pair with all that helps to judge it: pictures, times, the usual walk, the rival."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.conflict_view import ConflictView, as_seen
from app.services.match_changes import BY_TIME
from app.services.matching import conflicts_in_force
from app.services.review import waiting
from app.services.topology import LearntTimes, usual_times
from app.workspace import Workspace
from storage import crops, identities, placements, tracklets
from storage.people_records import CandidateRow
from storage.records import CropRow, TrackletRow

LIKELY, POSSIBLE = 0.7, 0.3
"""From these probabilities on a pair is called likely, or possible, to be one person."""
OTHERS = "Other sightings of these two people speak against it:"
PICTURES = 6
"""Pictures of each side, the best first."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """Whom a sighting is placed with."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class SideView:
    """One of the two sightings; `crops` are its keyframes, the best first."""

    row: TrackletRow
    crops: tuple[CropRow, ...]
    person: PersonName | None


@dataclass(frozen=True, slots=True)
class RivalView:
    """The best other match of one of the two."""

    row: TrackletRow
    cover: CropRow | None
    probability: float


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair to judge.

    Args:
        row: as queued.
        a, b: the two sightings, the earlier one first where that is known.
        words: likely, possible or unlikely.
        gap_seconds: from the end of one to the start of the other; 0 where they overlap; None
            where their times are not known.
        usual: learnt walking times between their cameras.
        rival: the best other match.
        both: whom both are placed with at present, if it is one person.
        kept_apart: where "not in two places at once" decided, about this pair; else about two
            other sightings of the two people.
    """

    row: CandidateRow
    a: SideView
    b: SideView
    words: str
    gap_seconds: float | None
    usual: LearntTimes | None
    rival: RivalView | None
    both: PersonName | None
    kept_apart: ConflictView | None

    @property
    def together(self) -> str | None:
        """What else is known, in plain words, times in UTC."""
        said = []
        if self.both is not None:
            said.append(f"Both are {self.both.label} at present; “different” parts them.")
        if self.kept_apart is not None:
            own = {*self.kept_apart.row.tracklets} == {self.a.row.id, self.b.row.id}
            said.append(self.kept_apart.text if own else f"{OTHERS} {self.kept_apart.why}")
        return " ".join(said) or None


@dataclass(frozen=True, slots=True)
class QueueView:
    """The next pairs, how many are left and what they would settle."""

    pairs: tuple[PairView, ...]
    left: int
    would_settle: int


def next_pairs(actor: Actor, workspace: Workspace, limit: int = 5) -> QueueView:
    """The next pairs to judge, the most useful first."""
    queue = waiting(actor, workspace, limit)
    with workspace.database.read() as session:
        return QueueView(_with_all(session, actor, queue.pairs), queue.left, queue.would_settle)


def in_a_word(probability: float) -> str:
    """How likely two sightings show one person: likely, possible or unlikely."""
    if probability >= LIKELY:
        return "likely"
    return "possible" if probability >= POSSIBLE else "unlikely"


def people_of(session: Session, ids: Collection[int]) -> dict[int, PersonName]:
    """Sighting → whom it is placed with, of those that are."""
    placed = placements.current_assignments(session, ids)
    whom = {each: row.identity_id for each, row in placed.items() if row.identity_id is not None}
    rows = identities.get_identities(session, set(whom.values()))
    return {
        each: PersonName(person, identities.label(rows[person])) for each, person in whom.items()
    }


def gap_between(one: TrackletRow, other: TrackletRow) -> float | None:
    """Seconds from the end of the earlier to the start of the later; 0 where they overlap."""
    if None not in (one.start, one.end, other.start, other.end):
        gaps = ((other.start - one.end), (one.start - other.end))  # type: ignore[operator]
        return max(0.0, *(gap.total_seconds() for gap in gaps))
    if one.video_id == other.video_id:
        return max(0.0, other.offset_start - one.offset_end, one.offset_start - other.offset_end)
    return None


def _with_all(
    session: Session, actor: Actor, pairs: Sequence[CandidateRow]
) -> tuple[PairView, ...]:
    ids = sorted(
        {
            each
            for pair in pairs
            for each in (pair.tracklet_a, pair.tracklet_b, pair.rival_tracklet)
            if each is not None
        }
    )
    rows = {row.id: row for row in tracklets.get_tracklets(session, ids)}
    pictures: dict[int, list[CropRow]] = {each: [] for each in ids}
    for crop in crops.list_crops(session, ids, kind="keyframe"):
        pictures[crop.tracklet_id].append(crop)
    people = people_of(session, ids)
    sides = {
        each: SideView(
            row,
            tuple(sorted(pictures[each], key=lambda crop: -crop.quality)[:PICTURES]),
            people.get(each),
        )
        for each, row in rows.items()
    }
    usual = usual_times(session, actor.cameras)
    apart = _kept_apart(session, actor, pairs, people)
    return tuple(
        _view(pair, sides, usual, apart.get(pair.id), actor)
        for pair in pairs
        if {pair.tracklet_a, pair.tracklet_b} <= sides.keys()
    )


def _view(
    pair: CandidateRow,
    sides: Mapping[int, SideView],
    usual: Mapping[tuple[int, int], LearntTimes],
    apart: ConflictView | None,
    actor: Actor,
) -> PairView:
    a, b = sides[pair.tracklet_a], sides[pair.tracklet_b]
    if a.row.start is not None and b.row.start is not None and b.row.start < a.row.start:
        a, b = b, a
    rival = None
    other = sides.get(pair.rival_tracklet) if pair.rival_tracklet is not None else None
    chance = pair.rival_probability
    if other is not None and chance is not None and actor.may_see(other.row.camera_id):
        rival = RivalView(other.row, other.crops[0] if other.crops else None, chance)
    return PairView(
        row=pair,
        a=a,
        b=b,
        words=in_a_word(pair.probability),
        gap_seconds=gap_between(a.row, b.row),
        usual=usual.get((a.row.camera_id, b.row.camera_id)),
        rival=rival,
        both=a.person if a.person is not None and a.person == b.person else None,
        kept_apart=apart,
    )


def _kept_apart(
    session: Session,
    actor: Actor,
    pairs: Sequence[CandidateRow],
    people: Mapping[int, PersonName],
) -> dict[int, ConflictView]:
    """Where "not in two places at once" decided: of the pair itself, else of its two people."""
    by_time = [row for row in conflicts_in_force(session) if row.kind == BY_TIME]
    others = people_of(session, {each for row in by_time for each in row.tracklets})
    whom = {**others, **people}
    of_pair = {frozenset(row.tracklets): row for row in reversed(by_time)}
    of_people = {
        frozenset(whom[each].id for each in row.tracklets): row
        for row in reversed(by_time)
        if all(each in whom for each in row.tracklets)
    }
    found = {}
    for pair in pairs:
        sides = frozenset((pair.tracklet_a, pair.tracklet_b))
        row = of_pair.get(sides)
        if row is None and sides <= people.keys():
            row = of_people.get(frozenset(people[each].id for each in sides))
        if row is not None:
            found[pair.id] = row
    views = {view.row.id: view for view in as_seen(session, actor, found.values())}
    return {pair: views[row.id] for pair, row in found.items() if row.id in views}
