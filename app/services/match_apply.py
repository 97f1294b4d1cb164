"""The one transaction in which a run's result is written, and applied unless it is a preview."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.match_changes import (
    BY_TIME,
    by_time_details,
    conflict_details,
    identities_after,
    recorded,
    with_ids,
)
from app.services.match_constraints import Decided
from app.services.match_scope import in_force
from app.services.topology import learnt_as_plain, remember_learnt
from app.workspace import Workspace
from storage import audit, candidates, conflicts, matching_runs, run_edges, tracklets
from storage.people_records import MatchingRunRow, NewCandidate, RunProposal
from tracking.association import (
    Linking,
    LinkSettings,
    Proposal,
    ReviewPair,
    Sightings,
    review_pairs,
)
from tracking.topology import Topology, learn_topology

SHOWN_BY_TIME = 200
"""Pairs kept of those that "not in two places at once" decided, the likeliest first."""


def store_result(
    actor: Actor,
    workspace: Workspace,
    run: MatchingRunRow,
    sightings: Sightings,
    linking: Linking,
    proposal: Proposal,
    decided: Decided,
    topology: Topology,
    counts: dict[str, int],
) -> None:
    """Write down what a run found; apply it unless only a preview was asked for.

    Raises:
        Conflict: people were changed since the run read what was decided; nothing is written.
    """
    after = identities_after(proposal, linking.ids, decided.current)
    people = _labels(after)
    questions = review_pairs(
        sightings,
        people,
        linking.edges,
        linking.probability,
        replace(decided.constraints, kept={}),
        topology,
        LinkSettings(),
        workspace.settings.matching.review_limit,
    )
    learnt = learnt_as_plain(learn_topology(sightings, people, linking.confidence))
    chances = dict(zip(linking.ids.tolist(), linking.confidence.tolist(), strict=True))
    with workspace.database.write() as session:
        there = tracklets.tracklet_ids(session, None)
        keep = proposal.moved & np.isin(proposal.ids, there)
        moves = RunProposal(
            proposal.ids[keep],
            proposal.identities[keep],
            np.array([chances[each] for each in proposal.ids[keep].tolist()], np.float32),
        )
        alive = set(there.tolist())
        kept = [each for each in questions if each.a in alive and each.b in alive]
        candidates.add_candidates(session, run.id, [as_candidate(each, alive) for each in kept])
        _store_conflicts(session, run.id, linking, alive)
        run_edges.store_edges(session, run.id, linking.edges, linking.probability)
        matching_runs.store_proposal(session, run.id, moves)
        matching_runs.update_run(
            session,
            run.id,
            counts={**counts, "review": len(kept)},
            changes={
                **recorded(proposal),
                "learnt": learnt,
                "past_bars": decided.past_bars(moves.tracklet_ids, moves.identity_ids),
            },
            state="preview" if run.preview else "running",
        )
        if not run.preview:
            apply_stored(session, actor, run.id)


def _labels(identities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Identities as labels: people to be made get numbers above all known ones; -1 for nobody."""
    above = int(identities.max(initial=0))
    return np.where(identities < 0, above - identities, np.where(identities == 0, -1, identities))


def apply_stored(session: Session, actor: Actor, run_id: int) -> None:
    """Apply what a run stored, as one decision; none when it changes nobody.

    Raises:
        Conflict: people were changed since the run looked at them, or it was applied already.
    """
    run = matching_runs.get_run(session, run_id)
    merged = {
        source: each["into"]
        for each in run.changes["merged"]
        for source in each["from"]
        if each["into"] > 0
    }
    decision, made = matching_runs.apply_run(
        session,
        run_id,
        matching_runs.load_proposal(session, run_id),
        actor=actor.name,
        merged=merged,
        past_bars=[(tracklet, person) for tracklet, person in run.changes.get("past_bars", [])],
    )
    changes = dict(run.changes)
    remember_learnt(session, changes.pop("learnt", []), in_force(run_id, run.params))
    matching_runs.update_run(session, run_id, changes=with_ids(changes, made))
    conflicts.resolve_conflicts(session, before_run=run_id)
    audit.record(session, actor.name, "match.apply", f"run {run_id}", {"decision": decision})


def as_candidate(pair: ReviewPair, alive: Container[int], after: int | None = None) -> NewCandidate:
    """A doubtful pair as the store keeps it; a rival that is gone is left out.

    `after` is the decision that raised the question: while that is undone, nobody asks it.
    """
    rival = pair.rival if pair.rival and pair.rival[0] in alive else None
    return NewCandidate(
        tracklet_a=pair.a,
        tracklet_b=pair.b,
        probability=pair.probability,
        value=pair.value,
        rival_tracklet=rival[0] if rival else None,
        rival_probability=rival[1] if rival else None,
        details={"together": pair.together, **({"after": after} if after else {})},
    )


def _store_conflicts(
    session: Session, run_id: int, linking: Linking, alive: Container[int]
) -> None:
    for found in linking.conflicts:
        if all(each in alive for each in found.tracklets):
            conflicts.add_conflict(
                session,
                kind=found.kind,
                tracklets=found.tracklets,
                identities=found.identities,
                details=conflict_details(found),
                run_id=run_id,
            )
    for pair in linking.decided_by_time[:SHOWN_BY_TIME]:
        if pair.a in alive and pair.b in alive:
            conflicts.add_conflict(
                session,
                kind=BY_TIME,
                tracklets=(pair.a, pair.b),
                details=by_time_details(pair),
                run_id=run_id,
            )
