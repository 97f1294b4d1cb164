"""Routes: why a sighting is a hit."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import ConfigDict

from app.api.deps import ActorDep, Site, SiteDep
from app.api.search import SearchIn, request_of
from app.api.shapes import Shape
from app.services.why import Pair, Picture, explain_hit
from reid_models.roles import HeatMap, Window

router = APIRouter(tags=["search"])


class WhyIn(SearchIn):
    """A search, and the hit that is asked about."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"examples": [{"tracklets": [3], "cameras": ["lobby"], "hit": 21}]},
    )
    hit: int


class PictureOut(Shape):
    """A picture with its heat map: rows of numbers 0–1 to be stretched over the whole of it.

    `at` is the place whose map it is, as shares of width and height, where there is one;
    `windows` are where the model looked, one after another: left, top, width, height as shares.
    """

    image: str | None
    tracklet: int | None
    heat: tuple[tuple[float, ...], ...]
    at: tuple[float, float] | None
    windows: tuple[Window, ...]


class PairOut(Shape):
    """The two pictures most alike; `kind`: occlusion, relation, share or glimpses."""

    query: PictureOut
    found: PictureOut
    similarity: float
    probability: float | None
    strength: str | None
    kind: str


class FactOut(Shape):
    """Something known besides the looks; `speaks` for, against or neither."""

    about: str
    speaks: str
    text: str


class WhyOut(Shape):
    """Why a sighting is a hit; `whole` and `best` are the halves of `score`, means over queries."""

    hit: int
    model: str
    rank: int
    hits: int
    queries: int
    score: float
    probability: float | None
    strength: str
    whole: float | None
    best: float | None
    pair: PairOut | None
    facts: tuple[FactOut, ...]


@router.post("/search/why")
def why(body: WhyIn, site: SiteDep, actor: ActorDep) -> WhyOut:
    """Tell of one hit of a search why it is there. Takes a second or two, the first time."""
    request = request_of(body, site)
    found = explain_hit(actor, site.workspace, site.explanations, request, body.hit)
    return WhyOut(
        hit=body.hit,
        model=found.model,
        rank=found.rank,
        hits=found.hits,
        queries=found.queries,
        score=found.hit.score,
        probability=found.hit.probability,
        strength=found.hit.strength,
        whole=found.whole,
        best=found.best,
        pair=found.pair and _pair(found.pair, site),
        facts=tuple(
            FactOut(about=fact.about, speaks=fact.speaks, text=fact.text) for fact in found.facts
        ),
    )


def _pair(pair: Pair, site: Site) -> PairOut:
    told = pair.explanation
    return PairOut(
        query=_picture(pair.query, told.left, told.left_at, told.left_windows, site),
        found=_picture(pair.found, told.right, told.right_at, told.right_windows, site),
        similarity=pair.similarity,
        probability=pair.probability,
        strength=pair.strength,
        kind=told.kind,
    )


def _picture(
    picture: Picture,
    heat: HeatMap,
    at: tuple[float, float] | None,
    windows: tuple[Window, ...],
    site: Site,
) -> PictureOut:
    if picture.crop is not None:
        image = site.media_url(picture.crop.media_key)
    else:
        assert picture.photo is not None
        image = site.signer.url(f"photo/{picture.photo.id}/{picture.photo.person}")
    rows = tuple(tuple(round(float(value), 3) for value in row) for row in heat)
    tracklet = picture.crop.tracklet_id if picture.crop else None
    return PictureOut(image=image, tracklet=tracklet, heat=rows, at=at, windows=windows)
