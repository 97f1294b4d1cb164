"""Who may not be placed where: what a person took out of somebody stays out. Append-only."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.errors import Conflict
from storage.lookup import insert_many
from storage.origins import with_origin
from storage.schema_people import Barred


def bar(
    session: Session, decision_id: int, pairs: Iterable[tuple[int, int]], barred: bool = True
) -> None:
    """Say under a decision that tracklets are not these identities (or lift that again).

    Args:
        session: a writing one.
        decision_id: under which.
        pairs: (tracklet id, identity id).
        barred: False lifts.
    """
    known = {(int(a), int(b)) for a, b in list_barred(session)}
    same = {"barred": barred, "decision_id": decision_id, "origin": None}
    rows = [
        same | {"tracklet_id": tracklet, "identity_id": identity}
        for tracklet, identity in dict.fromkeys(pairs)
        if ((tracklet, identity) in known) != barred
    ]
    insert_many(session, Barred, rows)


def list_barred(session: Session) -> NDArray[np.int64]:
    """Who may not be placed where: (b, 2) int64 of tracklet id, identity id, ascending."""
    return barred_by(session)[:, :2]


def barred_by(session: Session) -> NDArray[np.int64]:
    """The same with the decision that said so first, before any undo: (b, 3) int64."""
    latest = select(func.max(Barred.id)).group_by(Barred.tracklet_id, Barred.identity_id)
    query, said = with_origin(select().select_from(Barred), Barred)
    rows = session.execute(
        query.add_columns(Barred.tracklet_id, Barred.identity_id, said)
        .where(Barred.id.in_(latest), Barred.barred.is_(True))
        .order_by(Barred.tracklet_id, Barred.identity_id)
    )
    return np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)


def refuse_barred(
    session: Session,
    tracklets: NDArray[np.int64],
    identities: NDArray[np.int64],
    past: Collection[tuple[int, int]],
) -> None:
    """Refuse to place tracklets (n,) with identities (n,) that they are barred from. Conflict.

    Args:
        session: any.
        tracklets, identities: ids, row by row.
        past: bars that do not count.
    """
    asked = set(zip(tracklets.tolist(), identities.tolist(), strict=True)) - set(past)
    for tracklet, identity in list_barred(session).tolist():
        if (tracklet, identity) in asked:
            raise Conflict(
                f"A person said that sighting {tracklet} is not person {identity}. "
                "Run matching again."
            )
