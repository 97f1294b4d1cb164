"""Cameras."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from storage.records import CameraRow, Removal, Visible


def add_camera(
    session: Session,
    *,
    name: str,
    time_zone: str = "",
    clock_offset: float = 0.0,
    notes: str = "",
) -> CameraRow:
    """DuplicateName, InvalidInput."""
    raise NotImplementedError


def get_camera(session: Session, camera_id: int) -> CameraRow:
    """NotFound."""
    raise NotImplementedError


def find_camera(session: Session, name: str) -> CameraRow | None:
    """By its exact name."""
    raise NotImplementedError


def list_cameras(session: Session, visible: Visible) -> list[CameraRow]:
    """By name."""
    raise NotImplementedError


def edit_camera(session: Session, camera_id: int, *, version: int, **changes: Any) -> CameraRow:
    """Change name, time_zone, clock_offset, notes. Conflict on a lost race."""
    raise NotImplementedError


def remove_camera(session: Session, camera_id: int) -> Removal:
    """With all its videos."""
    raise NotImplementedError
