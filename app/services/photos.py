"""Photos to search by: kept for a day, the people in them found and cut out."""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import BadRequest, NobodyFound
from app.services.actor import Actor
from app.workspace import Workspace
from storage.errors import NotFound
from storage.media import delete_older

KEEP_SECONDS = 24 * 3600
MAX_PIXELS = 60_000_000
CONFIDENCE = 0.35
FILLS = 0.25
DOMINATES = 4.0
"""Somebody who fills a quarter of a photo and is four times as large as anybody else is meant."""
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PhotoPerson:
    """Somebody in a photo; `box` is xyxy in its pixels."""

    index: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo and the people in it, largest first.

    `chosen` is the index of the person it is plainly about, or None where one has to be chosen.
    """

    id: str
    width: int
    height: int
    people: tuple[PhotoPerson, ...]

    @property
    def chosen(self) -> int | None:
        """The only person's index, or that of one beside whom all others are small; else None."""
        if len(self.people) == 1:
            return self.people[0].index
        first, second = (_area(person.box) for person in self.people[:2])
        fills = first >= FILLS * self.width * self.height
        return self.people[0].index if fills and first >= DOMINATES * second else None


def add_photo(actor: Actor, workspace: Workspace, content: bytes) -> Photo:
    """Keep a photo and find the people in it.

    A picture that is itself a close crop of one person, in which the detector sees nobody, counts
    as that person when it is upright (higher than wide).

    Raises:
        BadRequest: not a picture that can be read.
        NobodyFound: nobody is in it.
    """
    image = _open(content)
    folder = workspace.scratch("photos")
    sweep(workspace)
    boxes, confidences = workspace.detector().detect([image])[0]
    boxes = boxes[confidences >= CONFIDENCE]
    height, width = image.shape[:2]
    if not len(boxes):
        if height < 1.5 * width:
            raise NobodyFound(
                "No person was found in this picture. Use one that shows the whole person, "
                "or cut the person out so that the picture is higher than wide."
            )
        boxes = np.array([[0, 0, width, height]], np.float32)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    people = tuple(
        PhotoPerson(index, tuple(float(value) for value in boxes[place]))  # type: ignore[arg-type]
        for index, place in enumerate(np.argsort(-areas, kind="stable"))
    )
    photo = Photo(secrets.token_hex(16), width, height, people)
    Image.fromarray(image).save(folder / f"{photo.id}.jpg", quality=95)
    (folder / f"{photo.id}.json").write_text(
        json.dumps(
            {
                "actor": actor.name,
                "width": width,
                "height": height,
                "boxes": [person.box for person in people],
            }
        ),
        encoding="utf-8",
    )
    return photo


def get_photo(actor: Actor, workspace: Workspace, photo_id: str) -> Photo:
    """A photo kept earlier; NotFound when it is older than a day."""
    note = workspace.scratch("photos") / f"{photo_id}.json"
    if not _ID.fullmatch(photo_id) or not note.is_file():
        raise NotFound("This photo is no longer kept. Upload it again.")
    content = json.loads(note.read_text(encoding="utf-8"))
    if content["actor"] != actor.name:
        raise NotFound("This photo is no longer kept. Upload it again.")
    return Photo(
        photo_id,
        content["width"],
        content["height"],
        tuple(PhotoPerson(i, tuple(box)) for i, box in enumerate(content["boxes"])),
    )


def photo_path(workspace: Workspace, photo_id: str) -> Path:
    """Where a photo's picture lies; NotFound when it is no longer kept."""
    path = workspace.scratch("photos") / f"{photo_id}.jpg"
    if not _ID.fullmatch(photo_id) or not path.is_file():
        raise NotFound("This photo is no longer kept. Upload it again.")
    return path


def photo_crop(
    actor: Actor, workspace: Workspace, photo_id: str, person: int | None
) -> NDArray[np.uint8]:
    """The chosen person of a photo, uint8 RGB (H, W, 3).

    Raises:
        BadRequest: several people and none chosen, or a number that is not there.
    """
    photo = get_photo(actor, workspace, photo_id)
    index = photo.chosen if person is None else person
    if index is None:
        raise BadRequest(
            f"There are {len(photo.people)} people in this photo. Choose one of them: "
            f"0 (the largest) to {len(photo.people) - 1}."
        )
    if not 0 <= index < len(photo.people):
        raise BadRequest(f"This photo has no person {index}; it has {len(photo.people)}.")
    image = np.asarray(Image.open(photo_path(workspace, photo_id)).convert("RGB"))
    x1, y1, x2, y2 = photo.people[index].box
    left, top = max(int(x1), 0), max(int(y1), 0)
    return image[top : max(int(np.ceil(y2)), top + 1), left : max(int(np.ceil(x2)), left + 1)]


def sweep(workspace: Workspace) -> None:
    """Delete photos older than a day."""
    limit = time.time() - KEEP_SECONDS
    for path in workspace.scratch("photos").iterdir():
        delete_older(path, limit)


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _open(content: bytes) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadRequest(
                    f"This picture has {opened.width} × {opened.height} pixels. Make it smaller."
                )
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    # Ultralytics replaces Image.open: what it cannot identify becomes an ImportError of its plugin.
    except (UnidentifiedImageError, OSError, ImportError, Image.DecompressionBombError) as error:
        raise BadRequest(
            "This file is not a picture that can be read. Use a JPEG, PNG or WebP file."
        ) from error
    return np.array(upright)
