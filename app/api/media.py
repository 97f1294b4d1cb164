"""Routes: pictures and clips, only by signed link."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from app.api.deps import ActorDep, Site, SiteDep
from app.errors import BadRequest
from app.services.actor import Actor
from app.services.crops import encode_crop
from app.services.photos import photo_crop, photo_path

router = APIRouter(tags=["media"])
_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
_CACHE = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


@router.get("/media/{path:path}", response_class=Response)
def get_media(path: str, token: str, site: SiteDep, actor: ActorDep) -> Response:
    """A picture or clip by its path. 403 without a valid token; byte ranges are served."""
    if not site.signer.allows(path, token):
        body = "This link has expired. Reload the page."
        return Response(body, 403, media_type="text/plain")
    kind, _, rest = path.partition("/")
    if kind == "store":
        file = site.workspace.media.path(rest)
        return FileResponse(file, media_type=_TYPES.get(file.suffix), headers=_CACHE)
    if kind == "photo" and "/" in rest:
        return _person(rest, site, actor)
    if kind == "photo":
        return FileResponse(
            photo_path(site.workspace, rest), media_type="image/jpeg", headers=_CACHE
        )
    if kind == "frame":
        return _frame(rest, site, actor)
    raise BadRequest(f"There is no kind of media called {kind!r}.")


def _person(rest: str, site: Site, actor: Actor) -> Response:
    """One person of a photo, as search sees them."""
    photo, _, person = rest.partition("/")
    jpeg = encode_crop(photo_crop(actor, site.workspace, photo, int(person)))
    return Response(jpeg, media_type="image/jpeg", headers=_CACHE)


def _frame(rest: str, site: Site, actor: Actor) -> Response:
    video, _, milliseconds = rest.partition("/")
    jpeg = site.pictures.jpeg(actor, int(video), int(milliseconds) / 1000)
    return Response(jpeg, media_type="image/jpeg", headers=_CACHE)
