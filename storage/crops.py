"""Crops of tracklets: keyframes and strips."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.records import CropRow, NewCrop


def add_crops(session: Session, tracklet_id: int, crops: Sequence[NewCrop]) -> list[int]:
    """Ids in the order given."""
    raise NotImplementedError


def get_crop(session: Session, crop_id: int) -> CropRow:
    """NotFound."""
    raise NotImplementedError


def list_crops(
    session: Session, tracklet_ids: Sequence[int], kind: str | None = None
) -> list[CropRow]:
    """By tracklet id, kind, then time."""
    raise NotImplementedError


def covers(session: Session, tracklet_ids: Sequence[int]) -> dict[int, CropRow]:
    """The best keyframe of each tracklet that has one."""
    raise NotImplementedError
