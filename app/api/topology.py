"""Routes: which cameras share people, walking times, clocks that are wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import CameraOut, Shape
from app.services import topology
from app.services.topology import CameraPairView

router = APIRouter(tags=["topology"])


class CameraPairIn(BaseModel):
    """What is known of a pair of cameras. The relation holds both ways, the times from → to."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"from": "Lobby", "to": "Plaza", "relation": "apart", "least_seconds": 20}]
        },
    )
    from_camera: str = Field(alias="from")
    to_camera: str = Field(alias="to")
    relation: Literal["unknown", "overlapping", "apart"]
    least_seconds: float | None = Field(None, ge=0)
    typical_seconds: float | None = Field(None, gt=0)


class ClockIn(BaseModel):
    """The clock offset to set, as proposed; `version` is the camera's that the person saw."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"camera": "Lobby", "offset_seconds": -12.5, "version": 1}]
        },
    )
    camera: str
    offset_seconds: float
    version: int


class LearntOut(Shape):
    """Walking times that a run learnt, in seconds; a hint only."""

    count: int
    p05: float
    median: float
    p95: float
    histogram: tuple[tuple[float, int], ...]


class CameraPairOut(Shape):
    """What is known of going from one camera to another."""

    from_camera: str = Field(serialization_alias="from")
    to_camera: str = Field(serialization_alias="to")
    relation: str
    least_seconds: float | None
    typical_seconds: float | None
    source: str
    learnt: LearntOut | None

    @classmethod
    def from_view(cls, view: CameraPairView) -> CameraPairOut:
        """From the topology service."""
        return cls(**asdict(view))


class ClockOut(Shape):
    """By how much a camera's clock seems to be wrong; `offset_seconds` is what to set."""

    camera: str
    offset_seconds: float
    people: int
    spread_seconds: float
    version: int


@router.get("/topology")
def list_pairs(site: SiteDep, actor: ActorDep) -> dict[str, list[CameraPairOut]]:
    """Every ordered pair of cameras, with what was entered, configured or learnt."""
    found = topology.list_pairs(actor, site.workspace)
    return {"pairs": [CameraPairOut.from_view(each) for each in found]}


@router.put("/topology")
def set_pair(body: CameraPairIn, site: SiteDep, actor: ActorDep) -> CameraPairOut:
    """Enter what is known of a pair; later runs hold to it."""
    view = topology.set_pair(
        actor,
        site.workspace,
        body.from_camera,
        body.to_camera,
        body.relation,
        body.least_seconds,
        body.typical_seconds,
    )
    return CameraPairOut.from_view(view)


@router.get("/topology/clocks")
def list_clocks(site: SiteDep, actor: ActorDep) -> dict[str, list[ClockOut]]:
    """Clocks that seem wrong by the people whom somebody confirmed."""
    found = topology.clock_proposals(actor, site.workspace)
    return {"proposals": [ClockOut(**asdict(each)) for each in found]}


@router.post("/topology/clocks")
def accept_clock(body: ClockIn, site: SiteDep, actor: ActorDep) -> CameraOut:
    """Set a camera's clock offset; 409 when the camera was changed since."""
    row = topology.accept_clock(
        actor, site.workspace, body.camera, body.offset_seconds, body.version
    )
    return CameraOut.from_row(row)
