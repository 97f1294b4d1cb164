"""A person's word on two sightings, taking effect at once on the people it concerns.

The word is stored, and the people concerned are settled anew by the same clustering as in a run,
on the probabilities that the latest run left: milliseconds, not minutes. Both are one decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.match_constraints import Decided, read_decided
from app.services.match_inputs import as_sightings, company_of
from app.services.match_scope import run_for, runs_in_force
from app.services.topology import known_topology
from app.workspace import Workspace
from storage import bars, decisions, judgements, placements, run_edges, tracklets
from storage.people_records import JudgementRow, RunEdges
from storage.records import TrackletRow
from tracking.association import (
    RIVAL,
    Conflict,
    LinkSettings,
    Proposal,
    Resolution,
    ReviewPair,
    Sightings,
    affected,
    reconcile,
    resolve,
    review_pairs,
)
from tracking.topology import Topology


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What an answer did.

    Args:
        judgement: the stored word; undoing its `decision_id` undoes all of this.
        run: id of the one to which new questions belong; None when none was applied yet.
        people: ids of the people that changed, new ones included.
        ids: (m,) the sightings that were looked at, ascending.
        identities: (m,) whom each goes with now, 0 for nobody.
        questions: what is now worth asking among them, most useful first.
        conflicts: what the word contradicts.
    """

    judgement: JudgementRow
    run: int | None
    people: tuple[int, ...]
    ids: NDArray[np.int64]
    identities: NDArray[np.int64]
    questions: tuple[ReviewPair, ...]
    conflicts: tuple[Conflict, ...] = ()

    def identity_of(self, tracklet: int) -> int:
        """Whom a sighting goes with now; 0 for nobody, or when it was not looked at."""
        return int(self.identities[self.ids == tracklet].max(initial=0))


def answer(
    session: Session, workspace: Workspace, actor: Actor, first: int, second: int, verdict: str
) -> Settled:
    """Store that two sightings show the same person or two people, and settle them accordingly.

    Args:
        session: a writing one; nothing is changed unless it commits.
        workspace: the store.
        actor: who says so.
        first, second: sightings.
        verdict: "same" or "different".
    """
    decision = decisions.add_decision(
        session, kind="answer", actor=actor.name, details={"tracklets": sorted((first, second))}
    )
    word = judgements.add_judgement(
        session,
        decision,
        query_tracklet=first,
        tracklet=second,
        verdict=verdict,
        actor=actor.name,
    )
    if verdict == "same":
        _lift_bars(session, decision, first, second)
    concerned = tracklets.get_tracklets(session, (first, second))
    run = run_for(session, {row.camera_id for row in concerned})
    nobody = np.zeros(0, np.int64)
    if run is None:
        return Settled(word, None, (), nobody, nobody, ())
    edges, rows = _neighbourhood(session, actor, first, second)
    sightings = as_sightings(rows)
    together, doubled = company_of(session, rows)
    decided = read_decided(session, together, doubled, keep=False, among=sightings.ids)
    sightings = sightings.take(~np.isin(sightings.ids, decided.set_aside))
    topology = known_topology(session, workspace.settings)
    found = resolve(sightings, edges.pairs, edges.probabilities, decided.constraints, topology)
    proposal = reconcile(
        sightings.ids, found.labels, decided.current, decided.pinned, decided.barred, found.held
    )
    before = np.array([decided.current.get(each, 0) for each in sightings.ids.tolist()], np.int64)
    after = _place(session, decision, actor, run.id, proposal, found, decided)
    changed = (before != after).nonzero()
    limit = workspace.settings.matching.review_limit
    return Settled(
        judgement=word,
        run=run.id,
        people=tuple(sorted(({*before[changed].tolist()} | {*after[changed].tolist()}) - {0})),
        ids=sightings.ids,
        identities=after,
        questions=_questions(sightings, after, edges, decided, topology, limit),
        conflicts=tuple(
            each
            for each in found.conflicts
            if decision in each.orders or each.tracklets == (min(first, second), max(first, second))
        ),
    )


def _lift_bars(session: Session, decision: int, first: int, second: int) -> None:
    """Who is the same as somebody's sighting may be placed with that somebody again."""
    placed = placements.current_assignments(session, (first, second))
    pairs = [
        (one, placed[other].identity_id)
        for one, other in ((first, second), (second, first))
        if other in placed
    ]
    known = [(one, who) for one, who in pairs if who is not None]
    bars.bar(session, decision, known, barred=False)


def _neighbourhood(
    session: Session, actor: Actor, first: int, second: int
) -> tuple[RunEdges, list[TrackletRow]]:
    """The sightings that the word may move, by ascending id, and the edges around them."""
    asked = np.array(sorted((first, second)), np.int64)
    runs = [run.id for run in runs_in_force(session)]
    own = _with_their_people(session, asked)
    around = _edges(session, runs, own)
    rivals = around.pairs[around.probabilities >= RIVAL]
    every = _with_their_people(session, np.union1d(own, rivals))
    edges = _edges(session, runs, every)
    inside = np.isin(edges.pairs, every).all(axis=1)
    few = RunEdges(edges.pairs[inside], edges.probabilities[inside])
    placed = placements.current_placements(session, every)
    labels = np.full(len(every), -1, np.int64)
    labels[np.searchsorted(every, placed.tracklet_ids)] = np.where(
        placed.identity_ids == placements.NOBODY, -1, placed.identity_ids
    )
    ids = affected(every, labels, few.pairs, few.probabilities, asked)
    rows = tracklets.get_tracklets(session, ids.tolist())
    return few, [row for row in rows if actor.may_see(row.camera_id)]


def _edges(session: Session, runs: Sequence[int], ids: NDArray[np.int64]) -> RunEdges:
    """What the runs in force weighed about these; of a pair of several, the newest one's word."""
    loaded = [run_edges.load_edges(session, run, ids.tolist()) for run in runs]
    if len(loaded) == 1:
        return loaded[0]
    pairs = np.concatenate([each.pairs for each in loaded])
    _, newest = np.unique(pairs, axis=0, return_index=True)
    return RunEdges(pairs[newest], np.concatenate([each.probabilities for each in loaded])[newest])


def _with_their_people(session: Session, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    placed = placements.current_placements(session, ids)
    people = np.unique(placed.identity_ids[placed.identity_ids != placements.NOBODY])
    members = [row.tracklet_id for row in placements.assignments_of(session, people.tolist())]
    return np.union1d(ids, np.array(members, np.int64))


def _place(
    session: Session,
    decision: int,
    actor: Actor,
    run_id: int,
    proposal: Proposal,
    found: Resolution,
    decided: Decided,
) -> NDArray[np.int64]:
    """Write the moves; returns whom each sighting goes with then."""
    for merged in proposal.merged:
        if merged.into > 0:
            decisions.concern(session, decision, merged.sources, "merged", merged.into)
    ids, identities = proposal.ids[proposal.moved], proposal.identities[proposal.moved]
    made = placements.place(
        session,
        decision,
        ids,
        identities,
        placed_by="run",
        actor=actor.name,
        run_id=run_id,
        probabilities=found.confidence[proposal.moved],
        past_bars=decided.past_bars(ids, identities),
    )
    return np.array([made.get(each, each) for each in proposal.identities.tolist()], np.int64)


def _questions(
    sightings: Sightings,
    after: NDArray[np.int64],
    edges: RunEdges,
    decided: Decided,
    topology: Topology,
    limit: int,
) -> tuple[ReviewPair, ...]:
    current = {
        each: who for each, who in zip(sightings.ids.tolist(), after.tolist(), strict=True) if who
    }
    return tuple(
        review_pairs(
            sightings,
            np.where(after == 0, -1, after),
            edges.pairs,
            edges.probabilities,
            replace(decided.constraints, current=current),
            topology,
            LinkSettings(),
            limit,
        )
    )
