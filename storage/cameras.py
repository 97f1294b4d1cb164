"""Cameras."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from storage import checks
from storage.errors import Conflict, DuplicateName, InvalidInput
from storage.lookup import require
from storage.records import CameraRow, Removal, Visible
from storage.removal import remove_videos
from storage.schema import Camera, Video

LARGEST_OFFSET = 100 * 365.25 * 86400.0


def add_camera(
    session: Session,
    *,
    name: str,
    time_zone: str = "",
    clock_offset: float = 0.0,
    notes: str = "",
) -> CameraRow:
    """Add a camera.

    Args:
        session: a writing one.
        name: unique, up to 200 characters, no slashes.
        time_zone: an IANA name in which naive times are read; "" for the machine's own.
        clock_offset: seconds to add to the camera's clock to get the true time.
        notes: anything.

    Raises:
        DuplicateName: another camera has the name.
        InvalidInput: a value is not as above.
    """
    values = _checked(
        {"name": name, "time_zone": time_zone, "clock_offset": clock_offset, "notes": notes}
    )
    _refuse_taken(session, name, None)
    camera = Camera(**values, version=1)
    session.add(camera)
    session.flush()
    return get_camera(session, camera.id)


def get_camera(session: Session, camera_id: int) -> CameraRow:
    """The camera with this id. NotFound."""
    require(session, Camera, camera_id, "camera")
    return _rows(session, _select().where(Camera.id == camera_id))[0]


def find_camera(session: Session, name: str) -> CameraRow | None:
    """The camera with exactly this name, if there is one."""
    found = _rows(session, _select().where(Camera.name == name))
    return found[0] if found else None


def list_cameras(session: Session, visible: Visible) -> list[CameraRow]:
    """All visible cameras, by name."""
    query = _select().order_by(Camera.name, Camera.id)
    if visible is not None:
        query = query.where(Camera.id.in_(visible))
    return _rows(session, query)


def edit_camera(session: Session, camera_id: int, *, version: int, **changes: Any) -> CameraRow:
    """Change `name`, `time_zone`, `clock_offset` or `notes` of a camera read at `version`.

    Raises:
        Conflict: it was edited since; nothing is changed.
        NotFound, DuplicateName, InvalidInput: as for add_camera.
    """
    values = _checked(changes)
    if "name" in changes:
        _refuse_taken(session, changes["name"], camera_id)
    changed = session.execute(
        update(Camera)
        .where(Camera.id == camera_id, Camera.version == version)
        .values(**values, version=version + 1)
        .returning(Camera.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if changed is None:
        camera = require(session, Camera, camera_id, "camera")
        raise Conflict(
            f"Camera {camera.name} was changed by somebody else meanwhile. Reload it and try again."
        )
    return get_camera(session, camera_id)


def remove_camera(session: Session, camera_id: int) -> Removal:
    """Remove a camera and all its videos with everything derived from them. NotFound."""
    camera = require(session, Camera, camera_id, "camera")
    videos = session.scalars(select(Video.id).where(Video.camera_id == camera_id)).all()
    removal = remove_videos(session, videos)
    session.delete(camera)
    session.flush()
    return removal


def _select() -> Select[Any]:
    videos = (
        select(func.count()).where(Video.camera_id == Camera.id).correlate(Camera).scalar_subquery()
    )
    return select(Camera, videos)


def _rows(session: Session, query: Select[Any]) -> list[CameraRow]:
    found = session.execute(query, execution_options={"populate_existing": True})
    return [
        CameraRow(
            id=camera.id,
            name=camera.name,
            time_zone=camera.time_zone,
            clock_offset=camera.clock_offset,
            notes=camera.notes,
            videos=videos,
            version=camera.version,
            created=camera.created,
        )
        for camera, videos in found
    ]


def _refuse_taken(session: Session, name: str, but: int | None) -> None:
    taken = session.scalar(select(Camera.id).where(Camera.name == name))
    if taken is not None and taken != but:
        raise DuplicateName(f"There is already a camera called {name}. Choose another name.")


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    unknown = values.keys() - {"name", "time_zone", "clock_offset", "notes"}
    if unknown:
        raise InvalidInput(f"A camera has no {', '.join(sorted(unknown))} to change.")
    if "name" in values:
        checks.name(values["name"], "The camera's name")
    if "clock_offset" in values:
        checks.finite(
            values["clock_offset"], "The clock offset (s)", -LARGEST_OFFSET, LARGEST_OFFSET
        )
    if values.get("time_zone"):
        try:
            ZoneInfo(values["time_zone"])
        except (ValueError, KeyError, OSError) as error:
            raise InvalidInput(
                f"There is no time zone {values['time_zone']!r}. Use a name like Europe/Berlin."
            ) from error
    return dict(values)
