"""What people decided, as the constraints that linking must hold to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.services.match_inputs import Pairs
from storage import bars, judgements, placements
from tracking.association import Constraints

__all__ = ["Decided", "read_decided"]


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What people decided and what earlier runs placed.

    Args:
        constraints: for linking.
        current: sighting → person, of all that are placed.
        pinned: the same, of those that a person placed.
        barred: (b, 2) sighting and the person it is not.
        set_aside: sightings of people who were set aside; they take no part.
    """

    constraints: Constraints
    current: Mapping[int, int]
    pinned: Mapping[int, int]
    barred: Pairs
    set_aside: NDArray[np.int64]

    def past_bars(self, ids: Pairs, identities: NDArray[np.int64]) -> list[tuple[int, int]]:
        """The bars that such a placing passes: newer answers overrule them."""
        barred = {(tracklet, person) for tracklet, person in self.barred.tolist()}
        wanted = zip(ids.tolist(), identities.tolist(), strict=True)
        return [pair for pair in wanted if pair in barred]


def read_decided(
    session: Session,
    together: Pairs,
    doubled: Pairs,
    *,
    keep: bool,
    among: NDArray[np.int64] | None = None,
) -> Decided:
    """Read the constraints that hold now.

    Args:
        session: any.
        together: pairs of sightings seen at once, see `match_inputs.Gathered`.
        doubled: pairs of sightings of one person boxed twice.
        keep: whether what earlier runs placed shall stay where it is.
        among: only what concerns these sightings; None: all.
    """
    placed = placements.current_placements(session, among)
    assigned = placed.identity_ids != placements.NOBODY
    held = assigned & placed.by_person
    current = _mapping(placed.tracklet_ids[assigned], placed.identity_ids[assigned])
    pinned = _mapping(placed.tracklet_ids[held], placed.identity_ids[held])
    when = placements.current_assignments(session, pinned)
    barred = bars.barred_by(session)
    said = judgements.list_judgements(session)
    pairs = np.array([(row.query_tracklet, row.tracklet) for row in said], np.int64).reshape(-1, 2)
    same = np.array([row.verdict == "same" for row in said], np.bool_)
    order = np.array([row.decision_id for row in said], np.int64)
    if among is not None:
        concerned = np.isin(pairs, among).all(axis=1)
        pairs, same, order = pairs[concerned], same[concerned], order[concerned]
        barred = barred[np.isin(barred[:, 0], among)]
    constraints = Constraints(
        judged=pairs,
        judged_same=same,
        judged_order=order,
        pinned=np.array(list(pinned.items()), np.int64).reshape(-1, 2),
        pinned_order=np.array([when[each].decision_id for each in pinned], np.int64),
        barred=barred[:, :2],
        barred_order=barred[:, 2],
        kept=current if keep else {},
        current=current,
        together=together,
        doubled=doubled,
    )
    return Decided(
        constraints, current, pinned, barred[:, :2], placed.tracklet_ids[placed.set_aside]
    )


def _mapping(keys: NDArray[np.int64], values: NDArray[np.int64]) -> dict[int, int]:
    return dict(zip(keys.tolist(), values.tolist(), strict=True))
