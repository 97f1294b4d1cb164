"""Random things that people and runs do to people, and what can be seen of them afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import candidates, decisions, identities, judgements, matching_runs, people_edits, undo
from storage.bars import list_barred
from storage.errors import Conflict, InvalidInput
from storage.people_records import RunProposal
from storage.placements import current_assignments
from storage.schema_people import Assignment, Barred, Decision, IdentityEdit, Judgement

KINDS = (
    "create",
    "merge",
    "split",
    "add",
    "remove",
    "rename",
    "note",
    "set_aside",
    "restore",
    "match",
    "answer",
    "undo",
    "redo",
)
APPEND_ONLY = (Decision, Assignment, IdentityEdit, Judgement, Barred)

draws = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 2**30), st.lists(st.integers(0, 5), min_size=1)
)
"""A kind, a number to choose with, and places in the list of tracklets."""


def seen(session: Session) -> dict[str, Any]:
    """All that the present state of people consists of."""
    return {
        "placed": {
            tracklet: (row.identity_id, row.placed_by, row.probability, row.actor, row.run_id)
            for tracklet, row in current_assignments(session).items()
        },
        "people": {
            row.id: (row.name, row.notes, row.state)
            for row in identities.get_identities(session).values()
            if (row.name, row.notes, row.state) != ("", "", "active")
        },
        "words": {
            frozenset((row.query_tracklet, row.tracklet)): (row.verdict, row.actor, row.created)
            for row in judgements.list_judgements(session)
        },
        "barred": {tuple(pair) for pair in list_barred(session).tolist()},
        "open": {row.id for row in candidates.list_candidates(session, None)},
    }


def versions(session: Session) -> dict[int, int]:
    return {row.id: row.version for row in identities.get_identities(session).values()}


def stored(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every append-only row."""
    return {
        model.__tablename__: [
            tuple(row) for row in session.execute(select(*model.__table__.columns).order_by("id"))
        ]
        for model in APPEND_ONLY
    }


def do(session: Session, kind: str, number: int, tracklets: list[int]) -> int | None:
    """Do something; the decision that it was, or None where it makes no sense now."""
    alive: dict[int, list[int]] = {}
    for tracklet, row in current_assignments(session).items():
        if row.identity_id is not None:
            alive.setdefault(row.identity_id, []).append(tracklet)
    who = sorted(alive)[number % len(alive)] if alive else None
    try:
        if kind == "create":
            name = f"N{number % 7}" if number % 2 else ""
            return people_edits.create_person(
                session, actor="ann", tracklets=tracklets, name=name
            ).decision
        if kind == "match":
            return _match(session, number, tracklets)
        if kind == "answer":
            return _answer(session, number, tracklets)
        if kind in ("undo", "redo"):
            every = decisions.list_decisions(session)
            holding = [row for row in every if row.undone_by is None]
            if not holding:
                return None
            chosen = holding[number % len(holding)]
            return undo.undo(session, chosen.id, "ann", with_later=True)[-1]
        if who is None:
            return None
        return _edit(session, kind, number, who, alive, tracklets)
    except (Conflict, InvalidInput):
        return None


def _edit(
    session: Session,
    kind: str,
    number: int,
    who: int,
    alive: dict[int, list[int]],
    tracklets: list[int],
) -> int:
    known = versions(session)
    one = {"actor": "ben", "identity": who, "version": known[who]}
    if kind == "merge":
        others = sorted(alive)[: 2 + number % 2]
        chosen = {each: known[each] for each in {who, *others}}
        return people_edits.merge(session, actor="ben", versions=chosen, into=who).decision
    if kind == "rename":
        return people_edits.rename(session, **one, name=f"R{number % 5}").decision
    if kind == "note":
        return people_edits.rename(session, **one, notes=f"note {number % 5}").decision
    if kind == "set_aside":
        return people_edits.set_aside(session, **one).decision
    if kind == "restore":
        return people_edits.restore(session, **one).decision
    if kind == "add":
        return people_edits.add_sightings(session, **one, tracklets=tracklets).decision
    mine = [each for each in tracklets if each in alive[who]]
    if kind == "split":
        return people_edits.split(session, **one, tracklets=mine).decision
    return people_edits.remove_sightings(session, **one, tracklets=mine).decision


def _match(session: Session, number: int, tracklets: list[int]) -> int | None:
    """A run that moves what it may: nothing that a person placed, nowhere that is barred."""
    current = current_assignments(session)
    barred = {tuple(pair) for pair in list_barred(session).tolist()}
    known = [0, -1, -2, *versions(session)]
    wanted = {each: known[(number + each) % len(known)] for each in dict.fromkeys(tracklets)}
    free = [
        each
        for each, identity in wanted.items()
        if (each, identity) not in barred
        and (each not in current or current[each].placed_by == "run")
    ]
    run = matching_runs.add_run(session, mode="new", preview=False, actor="run")
    matching_runs.start_run(session, run.id, code_version="1", model="m", space="s")
    proposal = RunProposal(
        np.array(free, np.int64),
        np.array([wanted[each] for each in free], np.int64),
        np.full(len(free), (number % 100) / 100, np.float32),
    )
    return matching_runs.apply_run(session, run.id, proposal, actor="run")[0]


def _answer(session: Session, number: int, tracklets: list[int]) -> int | None:
    pair = list(dict.fromkeys(tracklets))[:2]
    if len(pair) < 2:
        return None
    decision = decisions.add_decision(session, kind="answer", actor="ann")
    judgements.add_judgement(
        session,
        decision,
        query_tracklet=pair[0],
        tracklet=pair[1],
        verdict="same" if number % 2 else "different",
        actor="ann",
    )
    waiting = candidates.list_candidates(session, None, limit=1)
    candidates.close(session, [row.id for row in waiting], "answered", decision)
    return decision
