"""Doubtful pairs, one after another: the most useful first, answers in force at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.match_apply import as_candidate
from app.services.match_changes import conflict_details
from app.services.match_scope import RunInForce, runs_in_force
from app.services.resettling import Settled, answer
from app.workspace import Workspace
from storage import audit, candidates, conflicts, decisions, identities, tracklets
from storage.errors import Conflict, InvalidInput, NotFound
from storage.people_records import CandidateRow

ANSWERS = ("same", "different", "skip")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue.

    Args:
        pairs: in the order to ask; skipped ones come last.
        left: how many there are.
        would_settle: how many pairs of sightings their answers are expected to settle.
    """

    pairs: tuple[CandidateRow, ...]
    left: int
    would_settle: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did.

    Args:
        decision: what to undo; None for a skip.
        left, would_settle: see `Waiting`.
        people: ids of the people that changed.
        text: the same in plain words.
    """

    decision: int | None
    left: int
    would_settle: int
    people: tuple[int, ...]
    text: str


def waiting(actor: Actor, workspace: Workspace, limit: int | None = None) -> Waiting:
    """The pairs that the latest applied run left open, those first whose answer changes most."""
    with workspace.database.read() as session:
        return _waiting(session, actor, limit)


def answer_pair(actor: Actor, workspace: Workspace, candidate_id: int, said: str) -> Answered:
    """Answer a pair: "same", "different", or "skip" for later.

    Raises:
        NotFound: no such pair.
        Conflict: it is answered already, or settled by another answer.
        InvalidInput: another answer.
    """
    if said not in ANSWERS:
        raise InvalidInput(f"The answer {said!r} is not one of {', '.join(ANSWERS)}.")
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        pair = candidates.get_candidate(session, candidate_id)
        sides = tracklets.get_tracklets(session, (pair.tracklet_a, pair.tracklet_b))
        if not all(actor.may_see(side.camera_id) for side in sides):
            raise NotFound(f"There is no pair {candidate_id} to review.")
        if pair.state not in ("open", "skipped"):
            raise Conflict(
                f"Pair {candidate_id} was {_WHY[pair.state]} meanwhile. Go on with the next one."
            )
        if said == "skip":
            candidates.close(session, [candidate_id], "skipped")
            now = _waiting(session, actor, 0)
            return Answered(None, now.left, now.would_settle, (), "Left for later.")
        settled = record_answer(session, workspace, actor, pair.tracklet_a, pair.tracklet_b, said)
        now = _waiting(session, actor, 0)
        return Answered(
            settled.judgement.decision_id,
            now.left,
            now.would_settle,
            settled.people,
            in_words(session, settled),
        )


def record_answer(
    session: Session, workspace: Workspace, actor: Actor, first: int, second: int, verdict: str
) -> Settled:
    """Store a word on two sightings, let it take effect, and take from the queue what it settles.

    For use within a writing transaction; see `resettling.answer`.
    """
    settled = answer(session, workspace, actor, first, second, verdict)
    if settled.run is not None:
        _refresh(session, settled, {first, second})
        _list_conflicts(session, settled)
    audit.record(
        session,
        actor.name,
        "answer",
        f"decision {settled.judgement.decision_id}",
        {"tracklets": sorted((first, second)), "verdict": verdict},
    )
    return settled


def in_words(session: Session, settled: Settled) -> str:
    """What an answer did, in plain words."""
    word = settled.judgement
    if settled.run is None:
        return "Remembered; matching will hold to it."
    one, other = (settled.identity_of(each) for each in (word.query_tracklet, word.tracklet))
    names = identities.get_identities(session, {one, other} - {0})
    labels = {each: identities.label(row) for each, row in names.items()}
    if word.verdict == "same":
        if one and one == other:
            count = int((settled.identities == one).sum())
            return f"Same: {labels[one]} now has {count} sightings."
        if one and other:
            return (
                f"Remembered. {labels[one]} and {labels[other]} were both put together by hand: "
                "merge them on People if they are one."
            )
        return "Remembered. One of the two sightings is set aside, or too poor to be placed."
    if one and one == other:
        return (
            f"Remembered. Both were placed with {labels[one]} by hand: split that person on People."
        )
    apart = [labels.get(each, "nobody yet") for each in (one, other)]
    return f"Different: {apart[0]} and {apart[1]}."


_WHY = {"answered": "answered", "stale": "settled by another answer"}


def _waiting(session: Session, actor: Actor, limit: int | None) -> Waiting:
    gone = decisions.undone(session)
    pairs: list[CandidateRow] = []
    newer: list[RunInForce] = []
    for run in runs_in_force(session):
        found = [
            pair
            for pair in candidates.list_candidates(
                session, actor.cameras, state=None, run_id=run.id
            )
            if pair.state in ("open", "skipped") and pair.details.get("after") not in gone
        ]
        pairs += _unspoken(session, found, newer) if newer else found
        newer.append(run)
    pairs.sort(key=lambda pair: (pair.state == "skipped", -pair.value, pair.id))
    shown = tuple(pairs if limit is None else pairs[:limit])
    return Waiting(shown, len(pairs), round(sum(pair.value for pair in pairs)))


def _unspoken(
    session: Session, pairs: Sequence[CandidateRow], newer: Sequence[RunInForce]
) -> list[CandidateRow]:
    """Those of a run's pairs of which no newer run could say anything."""
    ids = {each for pair in pairs for each in (pair.tracklet_a, pair.tracklet_b)}
    cameras = {row.id: row.camera_id for row in tracklets.get_tracklets(session, sorted(ids))}
    return [
        pair
        for pair in pairs
        if not any(
            run.covers({cameras[pair.tracklet_a], cameras[pair.tracklet_b]}) for run in newer
        )
    ]


def _list_conflicts(session: Session, settled: Settled) -> None:
    """What the answer contradicts is listed at once, for as long as the answer holds."""
    decision = settled.judgement.decision_id
    for found in settled.conflicts:
        conflicts.add_conflict(
            session,
            kind=found.kind,
            tracklets=found.tracklets,
            identities=found.identities,
            details={**conflict_details(found), "after": decision},
            run_id=settled.run,
        )


def _refresh(session: Session, settled: Settled, asked: set[int]) -> None:
    """Close what the answer settled, queue what it raised."""
    run = settled.run
    assert run is not None
    decision = settled.judgement.decision_id
    whom = dict(zip(settled.ids.tolist(), settled.identities.tolist(), strict=True))

    def groups(one: int, other: int) -> frozenset[int]:
        return frozenset(whom.get(each) or -each for each in (one, other))

    doubtful = {groups(each.a, each.b) for each in settled.questions}
    every = candidates.list_candidates(session, None, state=None, run_id=run)
    standing = [pair for pair in every if pair.state in ("open", "skipped")]
    mine = [pair for pair in standing if {pair.tracklet_a, pair.tracklet_b} == asked]
    candidates.close(session, [pair.id for pair in mine], "answered", decision)
    others = [
        pair
        for pair in standing
        if pair not in mine and {pair.tracklet_a, pair.tracklet_b} <= whom.keys()
    ]
    over = [pair for pair in others if groups(pair.tracklet_a, pair.tracklet_b) not in doubtful]
    candidates.close(session, [pair.id for pair in over], "stale", decision)
    covered = {groups(pair.tracklet_a, pair.tracklet_b) for pair in others}
    known = {(pair.tracklet_a, pair.tracklet_b) for pair in every}
    fresh = [
        each
        for each in settled.questions
        if groups(each.a, each.b) not in covered and (each.a, each.b) not in known
    ]
    candidates.add_candidates(
        session, run, [as_candidate(each, whom.keys(), after=decision) for each in fresh]
    )
