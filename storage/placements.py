"""Where tracklets are placed: the append-only assignments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from storage import checks
from storage.bars import bar, refuse_barred
from storage.columns import now
from storage.decisions import concern
from storage.errors import Conflict, InvalidInput, NotFound
from storage.identities import add_identities, latest_edits
from storage.lookup import in_batches, insert_many
from storage.origins import with_origin
from storage.people_records import AssignmentRow, Placements
from storage.schema import Tracklet
from storage.schema_people import (
    NOTHING,
    PLACED_BY,
    Assignment,
    Identity,
    IdentityEdit,
)

NOBODY = 0
"""Stands for no identity in arrays."""


def place(
    session: Session,
    decision_id: int,
    tracklet_ids: Sequence[int] | NDArray[np.int64],
    identity_ids: Sequence[int] | NDArray[np.int64],
    *,
    placed_by: str,
    actor: str,
    run_id: int | None = None,
    probabilities: Sequence[float] | NDArray[np.floating[Any]] | None = None,
    past_bars: Collection[tuple[int, int]] = (),
) -> dict[int, int]:
    """Place tracklets under a decision, thousands at once.

    Those that are where they should be already get no row – unless a person now confirms what a
    run had placed. A person's word lifts a bar; a run may neither move what a person placed nor
    pass a bar.

    Args:
        session: a writing one.
        decision_id: under which.
        tracklet_ids: (n,) each once.
        identity_ids: (n,) an identity's id; NOBODY; or a negative key: a new identity for each key.
        placed_by: "person" (pins the tracklets) or "run".
        actor: who decided.
        run_id: the matching run that did, if any.
        probabilities: (n,) 0–1, or nan for none; None: none at all.
        past_bars: (tracklet id, identity id) of bars that newer answers overrule, so that a run may
            pass them; they stay, and hold again when those answers are undone.

    Returns:
        Negative key → id of the new identity.

    Raises:
        Conflict: a run would move what a person placed, or pass a bar.
        NotFound: a tracklet or an identity is gone.
        InvalidInput: the arguments do not fit together.
    """
    checks.one_of(placed_by, PLACED_BY, "Placed by")
    tracklets = np.asarray(tracklet_ids, np.int64)
    wanted = np.asarray(identity_ids, np.int64)
    chances = (
        np.full(len(tracklets), np.nan)
        if probabilities is None
        else np.asarray(probabilities, np.float64)
    )
    if not len(tracklets) == len(wanted) == len(chances):
        raise InvalidInput("Tracklets, identities and probabilities are not equally many.")
    if len(np.unique(tracklets)) != len(tracklets):
        raise InvalidInput("A sighting is named twice. Name each once.")
    if ((chances < 0) | (chances > 1)).any():
        raise InvalidInput("A probability is not within 0 and 1.")
    _require_all(session, tracklets, wanted)
    have, pinned = _aligned(current_placements(session, tracklets), tracklets)
    moved = have != wanted
    if placed_by == "run":
        _refuse_moving(tracklets[moved & pinned])
        refuse_barred(session, tracklets[moved], wanted[moved], past_bars)
        changed = moved
    else:
        changed = moved | (~pinned & (wanted != NOBODY))
    keys = np.unique(wanted[changed & (wanted < 0)])[::-1].tolist()
    made = dict(zip(keys, add_identities(session, decision_id, len(keys)), strict=True))
    target = np.array([made.get(int(each), int(each)) for each in wanted[changed]], np.int64)
    if placed_by == "person":
        pairs = zip(tracklets[changed].tolist(), target.tolist(), strict=True)
        bar(session, decision_id, pairs, barred=False)
    created = now()
    rows = [
        {
            "tracklet_id": tracklet,
            "identity_id": identity or None,
            "placed_by": placed_by,
            "probability": None if np.isnan(chance) else chance,
            "actor": actor,
            "run_id": run_id,
            "decision_id": decision_id,
            "origin": None,
            "created": created,
        }
        for tracklet, identity, chance in zip(
            tracklets[changed].tolist(), target.tolist(), chances[changed].tolist(), strict=True
        )
    ]
    insert_many(session, Assignment, rows)
    concern(session, decision_id, {*have[changed].tolist(), *target.tolist()} - {NOBODY})
    return made


def current_assignments(
    session: Session, tracklet_ids: Collection[int] | None = None
) -> dict[int, AssignmentRow]:
    """Where each tracklet (None: any) is placed now, by tracklet id.

    Tracklets that were never placed, or whose placing was undone, are left out.
    """
    if tracklet_ids is None:
        return _assignments(session, _current())
    return {
        tracklet: row
        for batch in in_batches(sorted({int(each) for each in tracklet_ids}))
        for tracklet, row in _assignments(session, _current(batch)).items()
    }


def assignments_of(session: Session, identity_ids: Collection[int]) -> list[AssignmentRow]:
    """What is placed with these identities now, by tracklet id."""
    ids = sorted({int(each) for each in identity_ids})
    ever = [
        tracklet
        for batch in in_batches(ids)
        for tracklet in session.scalars(
            select(Assignment.tracklet_id).where(Assignment.identity_id.in_(batch)).distinct()
        )
    ]
    wanted = set(ids)
    rows = current_assignments(session, ever).values()
    return sorted(
        (row for row in rows if row.identity_id in wanted), key=lambda row: row.tracklet_id
    )


def current_placements(session: Session, tracklet_ids: Iterable[int] | None = None) -> Placements:
    """The same as current_assignments, as arrays and for many: what matching starts from."""
    ids = None if tracklet_ids is None else np.unique(np.fromiter(tracklet_ids, np.int64))
    states = dict(
        iter(
            session.execute(
                select(IdentityEdit.identity_id, IdentityEdit.state).where(
                    IdentityEdit.id.in_(latest_edits()), IdentityEdit.state == "set_aside"
                )
            )
        )
    )
    few = ids is not None and len(ids) <= 20_000
    batches: list[Collection[int] | None] = list(in_batches(ids.tolist())) if few else [None]  # type: ignore[union-attr]
    columns = (
        Assignment.tracklet_id,
        func.coalesce(Assignment.identity_id, NOBODY),
        Assignment.placed_by,
        Assignment.probability,
    )
    rows = [
        tuple(row)
        for batch in batches
        for row in session.execute(
            _current(batch).with_only_columns(*columns).order_by(Assignment.tracklet_id)
        )
    ]
    tracklets, identities, placed_by, chances = zip(*rows, strict=True) if rows else ((),) * 4
    found = Placements(
        tracklet_ids=np.array(tracklets, np.int64),
        identity_ids=np.array(identities, np.int64),
        by_person=np.array([each == "person" for each in placed_by], bool),
        probabilities=np.array(chances, np.float64),  # None becomes nan
        set_aside=np.array([each in states for each in identities], bool),
    )
    if ids is None or few:
        return found
    asked = np.isin(found.tracklet_ids, ids)
    return Placements(
        found.tracklet_ids[asked],
        found.identity_ids[asked],
        found.by_person[asked],
        found.probabilities[asked],
        found.set_aside[asked],
    )


def current_ids(tracklet_ids: Collection[int] | None = None) -> Select[Any]:
    """Ids of the assignments that are the latest of their tracklet."""
    latest = select(func.max(Assignment.id)).group_by(Assignment.tracklet_id)
    if tracklet_ids is not None:
        latest = latest.where(Assignment.tracklet_id.in_(tracklet_ids))
    return latest


def _current(tracklet_ids: Collection[int] | None = None) -> Select[Any]:
    return select(Assignment).where(
        Assignment.id.in_(current_ids(tracklet_ids)),
        or_(Assignment.origin.is_(None), Assignment.origin != NOTHING),
    )


def _assignments(session: Session, query: Select[Any]) -> dict[int, AssignmentRow]:
    query, said = with_origin(query, Assignment)
    return {
        found.tracklet_id: AssignmentRow(
            id=found.id,
            tracklet_id=found.tracklet_id,
            identity_id=found.identity_id,
            placed_by=found.placed_by,
            probability=found.probability,
            actor=found.actor,
            run_id=found.run_id,
            decision_id=decision,
            created=found.created,
        )
        for found, decision in session.execute(
            query.add_columns(said).order_by(Assignment.tracklet_id)
        )
    }


def _aligned(
    placements: Placements, tracklets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each tracklet: its identity (NOBODY: none), and whether a person placed it there."""
    have = np.full(len(tracklets), NOBODY, np.int64)
    pinned = np.zeros(len(tracklets), bool)
    order = np.argsort(tracklets)
    at = order[np.searchsorted(tracklets[order], placements.tracklet_ids)]
    have[at] = placements.identity_ids
    pinned[at] = placements.by_person & (placements.identity_ids != NOBODY)
    return have, pinned


def _require_all(
    session: Session, tracklets: NDArray[np.int64], identities: NDArray[np.int64]
) -> None:
    for model, ids, what in (
        (Tracklet, tracklets, "sighting"),
        (Identity, np.unique(identities[identities > 0]), "person"),
    ):
        known: set[int] = set()
        for batch in in_batches(ids.tolist()):
            known.update(session.scalars(select(model.id).where(model.id.in_(batch))))
        if missing := sorted(set(ids.tolist()) - known):
            raise NotFound(f"There is no {what} {missing[0]}. It may have been removed; reload.")


def _refuse_moving(tracklets: NDArray[np.int64]) -> None:
    if len(tracklets):
        named = ", ".join(str(each) for each in tracklets[:5].tolist())
        raise Conflict(
            f"A person placed {len(tracklets)} of these sightings meanwhile ({named}"
            f"{' …' if len(tracklets) > 5 else ''}); they stay. Run matching again."
        )
