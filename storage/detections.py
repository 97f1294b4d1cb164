"""Detections, a compressed chunk of video time a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage.records import DetectionChunkRow


def add_chunk(
    session: Session,
    video_id: int,
    index: int,
    start: float,
    end: float,
    settings_key: str,
    counts: NDArray[np.integer[Any]],
    frames: NDArray[np.int32],
    times: NDArray[np.float64],
    boxes: NDArray[np.float32],
    confidences: NDArray[np.float32],
) -> None:
    """Replaces a chunk with the same video, settings_key and index."""
    raise NotImplementedError


def load_chunks(session: Session, video_id: int, settings_key: str) -> list[DetectionChunkRow]:
    """By index."""
    raise NotImplementedError


def delete_chunks(session: Session, video_id: int) -> int:
    """All of a video's, whatever their settings; returns how many."""
    raise NotImplementedError
