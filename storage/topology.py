"""What is known of going from one camera to another: entered by people, learnt by runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import checks
from storage.columns import now
from storage.errors import InvalidInput
from storage.lookup import require
from storage.people_records import TopologyRow
from storage.records import Visible
from storage.schema import Camera
from storage.schema_people import RELATIONS, TOPOLOGY_SOURCES, TopologyPair

LONGEST_WALK = 30 * 86400.0


def set_pair(
    session: Session,
    from_camera: int,
    to_camera: int,
    *,
    relation: str,
    least_seconds: float | None = None,
    typical_seconds: float | None = None,
    source: str = "entered",
) -> TopologyRow:
    """Set what a person says of a pair; what was learnt stays beside it.

    Args:
        session: a writing one.
        from_camera: id of the camera that somebody leaves.
        to_camera: id of the camera that they come to; the same: back into its view.
        relation: unknown, overlapping or apart.
        least_seconds: nobody is quicker.
        typical_seconds: how long it usually takes.
        source: entered, config, learnt or none.

    Raises:
        NotFound, InvalidInput.
    """
    checks.one_of(relation, RELATIONS, "The relation")
    checks.one_of(source, TOPOLOGY_SOURCES, "The source")
    for value, what in ((least_seconds, "least"), (typical_seconds, "typical")):
        if value is not None:
            checks.finite(value, f"The {what} time (s)", 0, LONGEST_WALK)
    if None not in (least_seconds, typical_seconds) and least_seconds > typical_seconds:  # type: ignore[operator]
        raise InvalidInput("The least time is longer than the typical one. Swap them.")
    pair = _pair(session, from_camera, to_camera)
    pair.relation, pair.source, pair.updated = relation, source, now()
    pair.least_seconds, pair.typical_seconds = least_seconds, typical_seconds
    session.flush()
    return _row(pair)


def set_learnt(session: Session, learnt: Mapping[tuple[int, int], Mapping[str, Any]]) -> None:
    """Replace everything that was learnt before: (from, to) camera ids → JSON values."""
    session.execute(
        update(TopologyPair).values(learnt=None).execution_options(synchronize_session=False)
    )
    session.expire_all()
    for (from_camera, to_camera), values in learnt.items():
        pair = _pair(session, from_camera, to_camera)
        pair.learnt, pair.updated = dict(values), now()
    session.flush()


def list_pairs(session: Session, visible: Visible) -> list[TopologyRow]:
    """Every pair of visible cameras of which something is known, by camera ids."""
    query = select(TopologyPair).order_by(TopologyPair.from_camera, TopologyPair.to_camera)
    if visible is not None:
        query = query.where(
            TopologyPair.from_camera.in_(visible), TopologyPair.to_camera.in_(visible)
        )
    return [_row(found) for found in session.scalars(query)]


def _pair(session: Session, from_camera: int, to_camera: int) -> TopologyPair:
    for camera in (from_camera, to_camera):
        require(session, Camera, camera, "camera")
    found = session.scalar(
        select(TopologyPair).where(
            TopologyPair.from_camera == from_camera, TopologyPair.to_camera == to_camera
        )
    )
    if found is None:
        found = TopologyPair(
            from_camera=from_camera,
            to_camera=to_camera,
            relation="unknown",
            source="none",
            learnt=None,
        )
        session.add(found)
    return found


def _row(pair: TopologyPair) -> TopologyRow:
    return TopologyRow(
        from_camera=pair.from_camera,
        to_camera=pair.to_camera,
        relation=pair.relation,
        least_seconds=pair.least_seconds,
        typical_seconds=pair.typical_seconds,
        source=pair.source,
        learnt=pair.learnt,
        updated=pair.updated,
    )
