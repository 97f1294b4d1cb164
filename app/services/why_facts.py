"""What speaks for and against a hit besides its looks, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.services.actor import Actor
from app.services.hits import Hit
from app.services.impossible import broken_rules
from app.services.review_view import gap_between
from app.services.topology import LearntTimes, known_topology, usual_times
from app.workspace import Workspace
from storage.records import TrackletRow
from tracking.topology import Topology

Speaks = Literal["for", "against", "neither"]
BROKEN = {
    "together": "One picture shows both at the same moment: they are two people",
    "apart": "Both were seen at the same moment by cameras that never show one person at once",
    "least_seconds": "Nobody walks from one camera to the other in so short a time",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a hit; `about` is answer, time, camera or place."""

    about: str
    speaks: Speaks
    text: str


def facts_of(
    actor: Actor, workspace: Workspace, hits: Sequence[Hit], at: int, query: Sequence[TrackletRow]
) -> tuple[Fact, ...]:
    """All that is known of the hit at position `at` of a search by the sightings `query`."""
    hit = hits[at]
    facts: list[Fact | None] = [_said(hit)]
    if query:
        with workspace.database.read() as session:
            broken = [
                each.rule
                for each in broken_rules(session, workspace.settings, [*query, hit.tracklet])
                if hit.tracklet.id in (each.a, each.b)
            ]
            usual = usual_times(session, actor.cameras)
            known = known_topology(session, workspace.settings)
        facts.append(time_fact(query, hit.tracklet, broken, usual, known))
        facts.append(camera_fact(hit))
    return tuple(fact for fact in [*facts, place_fact(hits, at)] if fact is not None)


def _said(hit: Hit) -> Fact | None:
    if hit.verdict is None:
        return None
    same = hit.verdict == "same"
    text = "Somebody said that it is the same person" if same else "Somebody said that it is not"
    return Fact("answer", "for" if same else "against", f"{text}.")


def time_fact(
    query: Sequence[TrackletRow],
    found: TrackletRow,
    broken: Sequence[str],
    usual: Mapping[tuple[int, int], LearntTimes],
    known: Topology,
) -> Fact:
    """What the times say: rules that are broken first, else the query's sighting nearest in time.

    Args:
        query: one or more sightings.
        found: the hit.
        broken: the hard rules (keys of `BROKEN`) that `found` breaks with one of them.
        usual: walking times that were learnt.
        known: what was entered about the cameras.
    """
    if broken:
        text = BROKEN.get(broken[0], "It breaks what was entered about these cameras")
        return Fact("time", "against", f"{text}.")
    gaps = [(gap, row) for row in query if (gap := gap_between(row, found)) is not None]
    if not gaps:
        return Fact("time", "neither", "Times: not known, as a recording's start is not confirmed.")
    gap, nearest = min(gaps, key=lambda each: each[0])
    pair = (nearest.camera_id, found.camera_id)
    if gap == 0 and len(set(pair)) == 2:
        passage = known.passages.get(pair) or known.passages.get(pair[::-1])
        if passage is not None and passage.relation == "overlapping":
            return Fact("time", "for", "Both cameras, which share a view, saw them at one time.")
        text = "Both cameras saw them at the same time: possible only where their views overlap."
        return Fact("time", "against", text)
    first = (nearest, found) if _earlier(nearest, found) else (found, nearest)
    return _walk(gap, first[0], first[1], usual.get((first[0].camera_id, first[1].camera_id)))


def _walk(gap: float, one: TrackletRow, other: TrackletRow, usual: LearntTimes | None) -> Fact:
    between = f"{_length(gap)} between {one.camera} and {other.camera}"
    if one.camera_id == other.camera_id:
        return Fact("time", "neither", f"{_length(gap)} apart in the same camera.")
    if usual is None:
        return Fact("time", "neither", f"{between}; how long people take is not known.")
    spread = f"nearly all take {_length(usual.p05)} to {_length(usual.p95)}"
    if gap < usual.p05:
        return Fact("time", "against", f"Only {between}; {spread}.")
    if gap > usual.p95:
        return Fact("time", "neither", f"{between}, longer than usual ({spread}).")
    return Fact("time", "for", f"{between}, as usual ({spread}).")


def camera_fact(hit: Hit) -> Fact:
    """Whether the same camera saw both."""
    if hit.own_camera:
        text = "The same camera: light and angle are alike too, so looking alike says less."
        return Fact("camera", "against", text)
    text = "Another camera: light and angle differ, which makes even one person less alike."
    return Fact("camera", "neither", text)


def place_fact(hits: Sequence[Hit], at: int) -> Fact:
    """Where it stands in the list, and how sure the first or the next one is."""
    weak = hits[at].strength == "weak"
    if at == 0:
        after = f"; the next is {_sure(hits[1])}" if len(hits) > 1 else ""
        return Fact("place", "neither" if weak else "for", f"First of {_hits(hits)}{after}.")
    text = f"Place {at + 1} of {_hits(hits)}; the first is {_sure(hits[0])}."
    return Fact("place", "against" if weak else "neither", text)


def _hits(hits: Sequence[Hit]) -> str:
    return "1 hit" if len(hits) == 1 else f"{len(hits)} hits"


def _sure(hit: Hit) -> str:
    words = {"strong": "a strong match", "possible": "a possible match", "weak": "a weak match"}
    if hit.probability is None:
        return words[hit.strength]
    # 100 % and 0 % would claim what no calibration can.
    return f"{words[hit.strength]} ({round(100 * min(max(hit.probability, 0.01), 0.99))} %)"


def _earlier(one: TrackletRow, other: TrackletRow) -> bool:
    if one.start is not None and other.start is not None:
        return one.start <= other.start
    return one.offset_start <= other.offset_start


def _length(seconds: float) -> str:
    if seconds < 0:
        return "no time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"
