"""Routes: two re-ID models side by side on this archive."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.deps import ActorDep, Site, SiteDep
from app.api.shapes import Shape, TrackletOut
from app.services import comparison
from app.services.compared import Compared, Ranked
from app.services.sightings import Sighting

router = APIRouter(tags=["system"])


class CompareIn(BaseModel):
    """Which models, and by which sightings they are asked; none: by a sample of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"a": "person-reidentification-retail-0277", "b": "osnet_x0_25_msmt17"},
            ]
        },
    )
    a: str
    b: str
    tracklets: list[int] = []
    sample: int = Field(comparison.SAMPLE, ge=1, le=200)
    seed: int = Field(0, ge=0)


class RankedOut(TrackletOut):
    """A hit; `right`: whether it shows the query's person, null where that is not known."""

    score: float
    rank: int
    other_rank: int
    right: bool | None

    @classmethod
    def from_ranked(cls, hit: Ranked, site: Site) -> RankedOut:
        """From the service."""
        own = {name: getattr(hit, name) for name in ("score", "rank", "other_rank", "right")}
        seen = TrackletOut.from_sighting(Sighting(hit.row, hit.cover), site)
        return cls(**seen.model_dump(exclude={"start", "end"}), **_times(hit), **own)


class ComparedOut(Shape):
    """One query with the first hits of both models."""

    query: TrackletOut
    a: tuple[RankedOut, ...]
    b: tuple[RankedOut, ...]
    overlap: float
    correlation: float | None
    right: int
    first_a: int | None
    first_b: int | None

    @classmethod
    def from_compared(cls, found: Compared, site: Site) -> ComparedOut:
        """From the service."""
        return cls(
            query=TrackletOut.from_sighting(Sighting(found.row, found.cover), site),
            a=tuple(RankedOut.from_ranked(hit, site) for hit in found.a),
            b=tuple(RankedOut.from_ranked(hit, site) for hit in found.b),
            overlap=found.overlap,
            correlation=found.correlation,
            right=found.right,
            first_a=found.first_a,
            first_b=found.first_b,
        )


class VerdictOut(Shape):
    """Which model finds known people first; `better` is a, b or, where that is not clear, null."""

    source: str
    queries: int
    a_sooner: int
    b_sooner: int
    equal: int
    rank1_a: float
    rank1_b: float
    better: str | None


class ComparisonOut(Shape):
    """Both models on all queries; `overlap` (of the first ten) and `correlation` are means."""

    a: str
    b: str
    sightings: int
    sampled: bool
    overlap: float
    correlation: float | None
    verdict: VerdictOut | None
    queries: tuple[ComparedOut, ...]


@router.post("/models/compare")
def compare_models(body: CompareIn, site: SiteDep, actor: ActorDep) -> ComparisonOut:
    """What either model would show first; 409 `not_embedded` where one has not seen everything."""
    found = comparison.compare_models(
        actor,
        site.workspace,
        body.a,
        body.b,
        chosen=body.tracklets,
        sample=body.sample,
        seed=body.seed,
    )
    verdict = found.verdict
    return ComparisonOut(
        a=found.a,
        b=found.b,
        sightings=found.sightings,
        sampled=found.sampled,
        overlap=found.overlap,
        correlation=found.correlation,
        verdict=verdict and VerdictOut(**{n: getattr(verdict, n) for n in VerdictOut.model_fields}),
        queries=tuple(ComparedOut.from_compared(each, site) for each in found.queries),
    )


def _times(hit: Ranked) -> dict[str, Any]:
    """As times: dumped, they are text already."""
    return {"start": hit.row.start, "end": hit.row.end}
