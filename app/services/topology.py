"""Which cameras share people, how long the walk takes, whose clock is wrong.

What a person enters here wins over the configuration; both are hard. What runs learn is a hint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.library import edit_camera, find_camera, list_cameras
from app.services.match_inputs import as_sightings
from app.services.match_scope import RunInForce
from app.settings import Settings
from app.workspace import Workspace
from storage import audit, cameras, placements, tracklets
from storage import topology as stored_topology
from storage.records import CameraRow, Visible
from tracking.topology import Learnt, Passage, Topology, clock_offsets


@dataclass(frozen=True, slots=True)
class LearntTimes:
    """Walking times that a run learnt: seconds, and a histogram of (seconds, people)."""

    count: int
    p05: float
    median: float
    p95: float
    histogram: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class CameraPairView:
    """What is known of going from one camera to another.

    Args:
        from_camera, to_camera: names.
        relation: unknown, overlapping or apart.
        least_seconds: nobody is quicker.
        typical_seconds: how long it usually takes.
        source: who says so: entered, config, or none.
        learnt: from the links of the latest run; a hint only.
    """

    from_camera: str
    to_camera: str
    relation: str = "unknown"
    least_seconds: float | None = None
    typical_seconds: float | None = None
    source: str = "none"
    learnt: LearntTimes | None = None


@dataclass(frozen=True, slots=True)
class ClockView:
    """By how much a camera's clock seems to be wrong.

    Args:
        camera: its name.
        offset_seconds: what its clock offset should become.
        people: confirmed people that say so.
        spread_seconds: how far they differ.
        version: of the camera, for accepting.
    """

    camera: str
    offset_seconds: float
    people: int
    spread_seconds: float
    version: int


def list_pairs(actor: Actor, workspace: Workspace) -> list[CameraPairView]:
    """Every ordered pair of cameras, known or not, by name."""
    with workspace.database.read() as session:
        seen = cameras.list_cameras(session, actor.cameras)
        known = _known(session, workspace.settings, seen, actor.cameras)
    return [
        known.get((one.id, other.id), CameraPairView(one.name, other.name))
        for one in seen
        for other in seen
        if one.id != other.id
    ]


def set_pair(
    actor: Actor,
    workspace: Workspace,
    from_camera: str,
    to_camera: str,
    relation: str,
    least_seconds: float | None = None,
    typical_seconds: float | None = None,
) -> CameraPairView:
    """Enter what is known of a pair. The relation holds both ways, the times from → to.

    Raises:
        NotFound, InvalidInput, BadRequest (a camera and itself).
    """
    one = find_camera(actor, workspace, from_camera)
    other = find_camera(actor, workspace, to_camera)
    if one.id == other.id:
        raise BadRequest("Choose two cameras: times within one camera are learnt by themselves.")
    with workspace.database.write() as session:
        known = _known(session, workspace.settings, [one, other], actor.cameras)
        stored_topology.set_pair(
            session,
            one.id,
            other.id,
            relation=relation,
            least_seconds=least_seconds,
            typical_seconds=typical_seconds,
        )
        back = known.get((other.id, one.id), CameraPairView(to_camera, from_camera))
        if back.relation != relation:
            stored_topology.set_pair(
                session,
                other.id,
                one.id,
                relation=relation,
                least_seconds=back.least_seconds,
                typical_seconds=back.typical_seconds,
            )
        details = {"relation": relation, "least": least_seconds, "typical": typical_seconds}
        audit.record(session, actor.name, "topology.set", f"cameras {one.id} {other.id}", details)
        return _known(session, workspace.settings, [one, other], actor.cameras)[one.id, other.id]


def known_topology(session: Session, settings: Settings, visible: Visible = None) -> Topology:
    """What was entered or configured, as linking takes it."""
    seen = cameras.list_cameras(session, visible)
    return Topology(
        {
            pair: Passage(
                relation=view.relation,  # type: ignore[arg-type]
                least_seconds=view.least_seconds,
                typical_seconds=view.typical_seconds,
            )
            for pair, view in _known(session, settings, seen, visible).items()
            if view.source != "none"
        }
    )


def unknown_names(session: Session, settings: Settings) -> list[str]:
    """Cameras that the configured topology names and the store does not have."""
    names = {row.name for row in cameras.list_cameras(session, None)}
    asked = {
        name for pair in settings.matching.topology for name in (pair.from_camera, pair.to_camera)
    }
    return sorted(asked - names)


def learnt_as_plain(learnt: Mapping[tuple[int, int], Learnt]) -> list[dict[str, Any]]:
    """Learnt walking times as JSON values, cameras by id."""
    return [
        {
            "from": pair[0],
            "to": pair[1],
            "count": times.count,
            "p05": times.p05,
            "median": times.median,
            "p95": times.p95,
            "histogram": [
                [float(middle), int(count)]
                for middle, count in zip(
                    (times.edges[:-1] + times.edges[1:]) / 2, times.counts, strict=True
                )
            ],
        }
        for pair, times in learnt.items()
    ]


def remember_learnt(session: Session, learnt: Sequence[Mapping[str, Any]], run: RunInForce) -> None:
    """Keep the walking times that a run learnt (`learnt_as_plain`) in place of earlier ones.

    Those between cameras that the run did not look at stay.
    """
    there = {row.id for row in cameras.list_cameras(session, None)}
    earlier = {
        (row.from_camera, row.to_camera): row.learnt
        for row in stored_topology.list_pairs(session, None)
        if row.learnt and not run.covers((row.from_camera, row.to_camera))
    }
    stored_topology.set_learnt(
        session,
        earlier
        | {
            (each["from"], each["to"]): {
                name: value for name, value in each.items() if name not in ("from", "to")
            }
            for each in learnt
            if {each["from"], each["to"]} <= there
        },
    )


def usual_times(session: Session, visible: Visible) -> dict[tuple[int, int], LearntTimes]:
    """(from, to) camera ids → learnt walking times."""
    return {
        (row.from_camera, row.to_camera): _learnt(row.learnt)
        for row in stored_topology.list_pairs(session, visible)
        if row.learnt
    }


def clock_proposals(actor: Actor, workspace: Workspace) -> list[ClockView]:
    """Clock offsets that the people whom somebody confirmed by hand speak for."""
    with workspace.database.read() as session:
        placed = placements.current_placements(session)
        sure = placed.by_person & (placed.identity_ids != placements.NOBODY) & ~placed.set_aside
        people = dict(
            zip(placed.tracklet_ids[sure].tolist(), placed.identity_ids[sure].tolist(), strict=True)
        )
        rows = [
            row
            for row in tracklets.get_tracklets(session, list(people))
            if actor.may_see(row.camera_id)
        ]
    of = np.array([people[row.id] for row in rows], np.int64)
    by_id = {camera.id: camera for camera in list_cameras(actor, workspace)}
    return [
        ClockView(
            camera=by_id[found.camera].name,
            offset_seconds=round(by_id[found.camera].clock_offset + found.offset_seconds, 1),
            people=found.people,
            spread_seconds=round(found.spread_seconds, 1),
            version=by_id[found.camera].version,
        )
        for found in clock_offsets(as_sightings(rows), of)
        if found.camera in by_id
    ]


def accept_clock(
    actor: Actor, workspace: Workspace, camera: str, offset_seconds: float, version: int
) -> CameraRow:
    """Set a camera's clock offset, as proposed. Conflict when the camera was edited since."""
    row = find_camera(actor, workspace, camera)
    return edit_camera(actor, workspace, row.id, version=version, clock_offset=offset_seconds)


def _known(
    session: Session, settings: Settings, seen: list[CameraRow], visible: Visible
) -> dict[tuple[int, int], CameraPairView]:
    names = {row.id: row.name for row in seen}
    ids = {name: each for each, name in names.items()}
    found: dict[tuple[int, int], CameraPairView] = {}
    for pair in settings.matching.topology:
        if pair.from_camera in ids and pair.to_camera in ids:
            found[ids[pair.from_camera], ids[pair.to_camera]] = CameraPairView(
                pair.from_camera,
                pair.to_camera,
                pair.relation,
                pair.least_seconds,
                pair.typical_seconds,
                "config",
            )
    for row in stored_topology.list_pairs(session, visible):
        key = row.from_camera, row.to_camera
        if not set(key) <= names.keys():
            continue
        said = found.get(key, CameraPairView(names[key[0]], names[key[1]]))
        entered = row.source == "entered"
        found[key] = CameraPairView(
            said.from_camera,
            said.to_camera,
            row.relation if entered else said.relation,
            row.least_seconds if entered else said.least_seconds,
            row.typical_seconds if entered else said.typical_seconds,
            "entered" if entered else said.source,
            _learnt(row.learnt) if row.learnt else None,
        )
    return found


def _learnt(values: Mapping[str, Any]) -> LearntTimes:
    return LearntTimes(
        count=int(values["count"]),
        p05=float(values["p05"]),
        median=float(values["median"]),
        p95=float(values["p95"]),
        histogram=tuple((float(at), int(count)) for at, count in values["histogram"]),
    )
