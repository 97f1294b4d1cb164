"""Contradictions, and what "not in two places at once" decided, as people see them.

Pages tell of them in their cameras' own time (`ui/elements/conflict-words.js`); the text here, in
UTC, is for the command line and for other programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.match_changes import BY_TIME
from app.times import iso
from storage import tracklets
from storage.people_records import ConflictRow
from storage.records import TrackletRow

TOGETHER = {
    "together": "seen at once by one camera",
    "apart": "seen at once in two cameras that share no view",
    "at_once": "seen at once in two cameras that never seem to share anybody",
    "least_seconds": "seen in two cameras sooner after each other than anybody can walk",
}
"""Why two sightings cannot be one person, in words."""
IMPOSSIBLE = "seen where one person cannot be"
_SHOWN = 6
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A contradiction, or something that "not in two places at once" decided.

    Args:
        row: as stored.
        rule: the rule concerned, a key of TOGETHER, or "".
        sightings: those concerned, by id.
        text: the same in plain words, times in UTC.
        why: no more than what these sightings were: "A and B were seen at once by one camera."
    """

    row: ConflictRow
    rule: str
    sightings: tuple[TrackletRow, ...]
    text: str
    why: str


def as_seen(session: Session, actor: Actor, found: Iterable[ConflictRow]) -> list[ConflictView]:
    """Contradictions with their sightings; those with a hidden camera are left out."""
    rows = list(found)
    ids = sorted({each for row in rows for each in row.tracklets})
    known = {each.id: each for each in tracklets.get_tracklets(session, ids)}
    return [
        view_of(row, [known[each] for each in row.tracklets])
        for row in rows
        if all(each in known and actor.may_see(known[each].camera_id) for each in row.tracklets)
    ]


def view_of(row: ConflictRow, sightings: Sequence[TrackletRow]) -> ConflictView:
    """One of them, with the sightings concerned."""
    rule = str(row.details.get("rule", ""))
    seen = [where(each) for each in sightings]
    why = f"{_listed(seen)} were {TOGETHER.get(rule, IMPOSSIBLE)}."
    return ConflictView(row, rule, tuple(sightings), conflict_text(row.kind, rule, seen), why)


def where(row: TrackletRow) -> str:
    """A sighting as people speak of it: "Lobby at 10:02:11 UTC", or by time within its video."""
    begin = iso(row.start)
    if begin is None:
        minutes, seconds = divmod(int(row.offset_start), 60)
        return f"{row.camera} at {minutes}:{seconds:02d} of {row.video}"
    return f"{row.camera} at {begin[11:19]} UTC"


def conflict_text(kind: str, rule: str, seen: Sequence[str]) -> str:
    """A contradiction in plain words.

    Args:
        kind: as stored.
        rule: as in `ConflictView`.
        seen: "Lobby at 10:02:11 UTC" for each sighting concerned.
    """
    whom = _listed(seen)
    why = TOGETHER.get(rule, IMPOSSIBLE)
    if kind == "answers":
        return (
            f"People answered differently about {whom}. The newer answer counts; "
            "undo the other one if it was wrong."
        )
    if kind == "same_breaks_rule":
        return (
            f"A person said that {whom} are the same, but they were {why}. "
            "The person's word counts."
        )
    if kind == "kept_apart":
        return (
            f"A person's decision went against how an earlier run had placed {whom}. "
            "The decision counts."
        )
    if kind == BY_TIME:
        whom = whom[0].upper() + whom[1:] if len(set(seen)) < len(seen) else whom
        return (
            f"{whom} look alike, but are not the same: one person cannot be in two places at "
            f"once, and they were {why}."
        )
    return f"{whom} contradict each other."


def _listed(seen: Sequence[str]) -> str:
    """ "A and B"; "two sightings in A" where place and time are the same."""
    shown = []
    for each in dict.fromkeys(seen[:_SHOWN]):
        count = seen[:_SHOWN].count(each)
        shown.append(f"{_NUMBERS[count]} sightings in {each}" if count > 1 else each)
    if len(seen) > _SHOWN:
        shown.append(f"{len(seen) - _SHOWN} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
