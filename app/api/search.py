"""Routes: photos and search."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.api.deps import ActorDep, Site, SiteDep
from app.api.shapes import Box, HitOut
from app.errors import BadRequest
from app.services import photos
from app.services.search import PhotoQuery, SearchRequest, search

router = APIRouter(tags=["search"])
MAX_PHOTO_BYTES = 40 << 20


class PhotoPersonOut(BaseModel):
    """Somebody in a photo; `box` is xyxy in its pixels."""

    index: int
    box: Box


class PhotoOut(BaseModel):
    """A photo and the people in it, largest first; `chosen` is null where one must be chosen."""

    id: str
    width: int
    height: int
    image: str
    people: list[PhotoPersonOut]
    chosen: int | None


class PhotoIn(BaseModel):
    """A person in a photo."""

    model_config = ConfigDict(extra="forbid")
    id: str
    person: int | None = None


class SearchIn(BaseModel):
    """Who to look for, and where."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"tracklets": [3], "cameras": ["lobby"], "limit": 20}],
        },
    )
    tracklets: list[int] = []
    identities: list[int] = []
    photos: list[PhotoIn] = []
    cameras: list[str] = []
    start: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")
    limit: int | None = Field(None, ge=1, le=1000)
    same_camera: bool = False
    video_ids: list[int] = []


class QueryOut(BaseModel):
    """One part of the query."""

    kind: str
    tracklet: int | None = None
    photo: str | None = None
    person: int | None = None
    camera: str | None = None
    thumbnail: str | None = None


class NotSearchedOut(BaseModel):
    """A camera in which nothing could be found, and why."""

    camera: str
    reason: str


class SearchedOut(BaseModel):
    """What was looked through, by which model."""

    tracklets: int
    cameras: tuple[str, ...]
    model: str
    calibrated: bool


class SearchOut(BaseModel):
    """Hits, best first; those of the query's own cameras come last unless `same_camera`."""

    query: list[QueryOut]
    hits: list[HitOut]
    searched: SearchedOut
    not_searched: list[NotSearchedOut]


@router.post("/photos", status_code=201)
async def add_photo(request: Request, site: SiteDep, actor: ActorDep) -> PhotoOut:
    """Send a picture as the raw body; the people in it are found. It is kept for a day."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_PHOTO_BYTES:
            raise BadRequest("This picture is larger than 40 MB. Make it smaller.")
    photo = await run_in_threadpool(photos.add_photo, actor, site.workspace, bytes(content))
    return PhotoOut(
        id=photo.id,
        width=photo.width,
        height=photo.height,
        image=site.signer.url(f"photo/{photo.id}"),
        people=[PhotoPersonOut(index=each.index, box=each.box) for each in photo.people],
        chosen=photo.chosen,
    )


def request_of(body: SearchIn, site: Site) -> SearchRequest:
    """What is asked for, as the service takes it."""
    return SearchRequest(
        tracklets=tuple(dict.fromkeys(body.tracklets)),
        identities=tuple(dict.fromkeys(body.identities)),
        photos=tuple(PhotoQuery(photo.id, photo.person) for photo in body.photos),
        cameras=tuple(body.cameras),
        start=body.start,
        end=body.end,
        limit=body.limit or site.workspace.settings.search.limit,
        same_camera=body.same_camera,
        video_ids=tuple(body.video_ids),
    )


@router.post("/search")
def run_search(body: SearchIn, site: SiteDep, actor: ActorDep) -> SearchOut:
    """Find a person again."""
    request = request_of(body, site)
    result = search(actor, site.workspace, request)
    asked = [
        QueryOut(
            kind="tracklet",
            tracklet=row.id,
            camera=row.camera,
            thumbnail=site.media_url(
                result.query_covers[row.id].media_key if row.id in result.query_covers else None
            ),
        )
        for row in result.query_tracklets
    ]
    asked += [
        QueryOut(
            kind="photo",
            photo=photo.id,
            person=photo.person,
            thumbnail=site.signer.url(f"photo/{photo.id}"),
        )
        for photo in request.photos
    ]
    return SearchOut(
        query=asked,
        hits=[HitOut.from_hit(hit, site) for hit in result.hits],
        searched=SearchedOut(
            tracklets=result.searched,
            cameras=result.searched_cameras,
            model=result.model,
            calibrated=result.calibrated,
        ),
        not_searched=[
            NotSearchedOut(camera=each.camera, reason=each.reason) for each in result.not_searched
        ],
    )
