"""Crops of tracklets: keyframes (the best, for pictures) and strips (even in time, for video)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from storage import checks
from storage.lookup import in_batches, require
from storage.media import check_key
from storage.records import CropRow, NewCrop
from storage.schema import CROP_KINDS, Crop, Tracklet


def add_crops(session: Session, tracklet_id: int, crops: Sequence[NewCrop]) -> list[int]:
    """Store crops of a tracklet, their pictures already being in the media store.

    Returns ids in the order given. NotFound (tracklet), InvalidInput.
    """
    require(session, Tracklet, tracklet_id, "tracklet")
    values = [_values(tracklet_id, crop) for crop in crops]
    if not values:
        return []
    statement = insert(Crop).returning(Crop.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, values))


def get_crop(session: Session, crop_id: int) -> CropRow:
    """The crop with this id. NotFound."""
    return _row(require(session, Crop, crop_id, "crop"))


def list_crops(
    session: Session, tracklet_ids: Sequence[int], kind: str | None = None
) -> list[CropRow]:
    """Crops of tracklets, by tracklet id, then kind, then time."""
    rows: list[CropRow] = []
    for batch in in_batches(sorted({int(each) for each in tracklet_ids})):
        query = select(Crop).where(Crop.tracklet_id.in_(batch))
        if kind is not None:
            query = query.where(Crop.kind == checks.one_of(kind, CROP_KINDS, "The kind of crop"))
        rows += _rows(session, query.order_by(Crop.tracklet_id, Crop.kind, Crop.time, Crop.id))
    return rows


def covers(session: Session, tracklet_ids: Sequence[int]) -> dict[int, CropRow]:
    """The best keyframe (the earliest among equals) of each tracklet that has one, by tracklet."""
    best: dict[int, CropRow] = {}
    for crop in list_crops(session, tracklet_ids, "keyframe"):
        known = best.get(crop.tracklet_id)
        if known is None or crop.quality > known.quality:
            best[crop.tracklet_id] = crop
    return best


def _values(tracklet_id: int, crop: NewCrop) -> dict[str, Any]:
    x1, y1, x2, y2 = (checks.finite(each, "The crop's box") for each in crop.box)
    return {
        "tracklet_id": tracklet_id,
        "kind": checks.one_of(crop.kind, CROP_KINDS, "The kind of crop"),
        "media_key": check_key(crop.media_key),
        "frame": int(crop.frame),
        "time": checks.finite(crop.time, "The crop's time (s)"),
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "width": int(checks.finite(crop.width, "The crop's width", 1)),
        "height": int(checks.finite(crop.height, "The crop's height", 1)),
        "quality": checks.finite(crop.quality, "The crop's quality", 0, 1),
        "size": int(checks.finite(crop.size, "The crop's size (bytes)", 0)),
        "parts": {name: float(value) for name, value in crop.parts.items()},
    }


def _rows(session: Session, query: Select[Any]) -> list[CropRow]:
    return [_row(found) for found in session.scalars(query)]


def _row(crop: Crop) -> CropRow:
    return CropRow(
        id=crop.id,
        tracklet_id=crop.tracklet_id,
        kind=crop.kind,
        media_key=crop.media_key,
        frame=crop.frame,
        time=crop.time,
        box=(crop.x1, crop.y1, crop.x2, crop.y2),
        width=crop.width,
        height=crop.height,
        quality=crop.quality,
        size=crop.size,
        parts=crop.parts,
    )
