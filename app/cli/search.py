"""`search`: find a person again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import NOTES, show, state_of
from app.cli.videos import parse_time
from app.errors import BadRequest, NobodyFound
from app.services import photos
from app.services.actor import OWNER
from app.services.guesses import localise
from app.services.library import zone_of
from app.services.search import PhotoQuery, SearchRequest
from app.services.search import search as run
from app.times import iso
from app.workspace import Workspace

COLUMNS = ("tracklet", "camera", "video", "offset_start", "offset_end", "probability", "strength")


def search(
    context: typer.Context,
    tracklet: Annotated[list[int] | None, typer.Option(help="Id of a sighting.")] = None,
    identity: Annotated[
        list[int] | None, typer.Option(help="Id of a person: by the best of all sightings.")
    ] = None,
    photo: Annotated[list[Path] | None, typer.Option(help="Picture of the person.")] = None,
    person: Annotated[
        list[int] | None,
        typer.Option(help="Which person in each photo, where several are in it."),
    ] = None,
    camera: Annotated[list[str] | None, typer.Option(help="Look in this camera only.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="ISO time.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="ISO time.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Hits shown (50).")] = None,
    same_camera: Annotated[
        bool, typer.Option("--same-camera", help="One order over all cameras.")
    ] = False,
) -> None:
    """Find a person again, other cameras first, best first."""
    state = state_of(context)
    workspace = state.workspace()
    request = SearchRequest(
        tracklets=tuple(dict.fromkeys(tracklet or ())),
        identities=tuple(dict.fromkeys(identity or ())),
        photos=_photos(workspace, photo or [], person or []),
        cameras=tuple(camera or ()),
        start=_time(workspace, since),
        end=_time(workspace, until),
        limit=limit or workspace.settings.search.limit,
        same_camera=same_camera,
    )
    result = run(OWNER, workspace, request)
    rows = [
        {
            "tracklet": hit.tracklet.id,
            "camera": hit.tracklet.camera,
            "video": hit.tracklet.video,
            "start": iso(hit.tracklet.start),
            "end": iso(hit.tracklet.end),
            "offset_start": round(hit.tracklet.offset_start, 3),
            "offset_end": round(hit.tracklet.offset_end, 3),
            "probability": None if hit.probability is None else round(hit.probability, 4),
            "strength": hit.strength,
            "crop": str(workspace.media.path(hit.crops[0].media_key)) if hit.crops else None,
        }
        for hit in result.hits
    ]
    for missing in result.not_searched:
        NOTES.print(f"Not found in {missing.camera}: {missing.reason}.", highlight=False)
    show(state, rows, COLUMNS, "Nobody else was seen in what was searched.")


def _photos(workspace: Workspace, files: list[Path], people: list[int]) -> tuple[PhotoQuery, ...]:
    if people and len(people) != len(files):
        raise BadRequest("Give --person once a photo, in the same order.")
    found = []
    for place, file in enumerate(files):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise BadRequest(f"Cannot read the photo {file}: {error.strerror}.") from error
        try:
            photo = photos.add_photo(OWNER, workspace, content)
        except (BadRequest, NobodyFound) as error:
            raise type(error)(f"{file}: {error}") from error
        if photo.chosen is None and not people:
            boxes = "; ".join(
                f"{each.index}: " + ",".join(f"{value:.0f}" for value in each.box)
                for each in photo.people
            )
            raise BadRequest(
                f"{file} shows {len(photo.people)} people. Choose one with --person N ({boxes})."
            )
        found.append(PhotoQuery(photo.id, people[place] if people else photo.chosen))
    return tuple(found)


def _time(workspace: Workspace, text: str | None) -> datetime | None:
    if text is None:
        return None
    return localise(parse_time(text), zone_of(workspace, None)).astimezone(UTC)
