"""Tracklets and their boxes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage.records import Removal, TrackletArrays, TrackletNear, TrackletRow, Visible


def add_tracklet(
    session: Session,
    *,
    video_id: int,
    number: int,
    frames: NDArray[np.int32],
    times: NDArray[np.float64],
    boxes: NDArray[np.float32],
    confidences: NDArray[np.float32],
    quality: float,
) -> int:
    """Returns its id."""
    raise NotImplementedError


def get_tracklet(session: Session, tracklet_id: int) -> TrackletRow:
    """NotFound."""
    raise NotImplementedError


def get_tracklets(session: Session, tracklet_ids: Sequence[int]) -> list[TrackletRow]:
    """In the order asked for; those that are gone are left out."""
    raise NotImplementedError


def list_tracklets(
    session: Session,
    visible: Visible,
    *,
    video_ids: Collection[int] | None = None,
    camera_ids: Collection[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> list[TrackletRow]:
    """By video, then time. `start`/`end` (UTC): only trusted starts, overlapping [start, end]."""
    raise NotImplementedError


def tracklet_ids(
    session: Session,
    visible: Visible,
    *,
    video_ids: Collection[int] | None = None,
    camera_ids: Collection[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> NDArray[np.int64]:
    """Ascending ids under the same filters, for the index selector."""
    raise NotImplementedError


def tracklets_at(session: Session, video_id: int, time: float, slack: float) -> list[TrackletNear]:
    """Those of a video that live within `slack` seconds of `time`."""
    raise NotImplementedError


def load_boxes(session: Session, tracklet_id: int) -> TrackletArrays:
    """NotFound."""
    raise NotImplementedError


def load_video_boxes(session: Session, video_id: int) -> dict[int, TrackletArrays]:
    """Of all tracklets of a video, by id."""
    raise NotImplementedError


def count_tracklets(session: Session, visible: Visible) -> int:
    """How many there are."""
    raise NotImplementedError


def last_number(session: Session, video_id: int) -> int:
    """The highest track number of a video, or 0."""
    raise NotImplementedError


def delete_tracklets(session: Session, video_id: int) -> Removal:
    """All of a video's, before it is tracked anew; returns a Removal with videos=0."""
    raise NotImplementedError


def activity(session: Session, video_id: int, bin_seconds: float) -> NDArray[np.int32]:
    """People (tracklets alive) per time bin over the video's duration."""
    raise NotImplementedError
