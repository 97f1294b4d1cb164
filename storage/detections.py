"""Detections, a compressed chunk of video time a row: tracking anew costs no detecting anew."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage import checks
from storage.blobs import pack, unpack
from storage.errors import InvalidInput
from storage.lookup import require
from storage.records import DetectionChunkRow
from storage.schema import Detections, Video


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
    """Store a chunk, in place of one with the same video, settings_key and index.

    Args:
        session: a writing one.
        video_id: which video.
        index: of the chunk, from 0.
        start: seconds of video time, inclusive.
        end: seconds of video time, exclusive.
        settings_key: what the detections depend on (weights, size, rate …) as one word.
        counts: (f,) detections on each analysed frame; integers.
        frames: (f,) int32 frame numbers, ascending.
        times: (f,) float64 seconds, ascending.
        boxes: (sum of counts, 4) float32 xyxy pixels, frame after frame.
        confidences: (sum of counts,) float32, 0–1.

    Raises:
        NotFound: no such video.
        InvalidInput: lengths or types do not fit together.
    """
    require(session, Video, video_id, "video")
    analysed = len(frames)
    if counts.shape != (analysed,) or not np.issubdtype(counts.dtype, np.integer):
        raise InvalidInput(f"Counts are {counts.dtype} {counts.shape}, expected ({analysed},).")
    if (counts < 0).any():
        raise InvalidInput("A frame cannot hold fewer than no detections.")
    total = int(counts.sum())
    checks.array(frames, np.int32, (analysed,), "The chunk's frames")
    checks.array(times, np.float64, (analysed,), "The chunk's times")
    checks.array(boxes, np.float32, (total, 4), "The chunk's boxes")
    checks.array(confidences, np.float32, (total,), "The chunk's confidences")
    checks.ascending(frames, "The chunk's frames")
    session.execute(
        delete(Detections).where(
            Detections.video_id == video_id,
            Detections.settings_key == settings_key,
            Detections.chunk == index,
        )
    )
    session.add(
        Detections(
            video_id=video_id,
            settings_key=settings_key,
            chunk=index,
            start=checks.finite(start, "The chunk's start (s)"),
            end=checks.finite(end, "The chunk's end (s)", start),
            blob=pack(counts.astype(np.int32), frames, times, boxes, confidences),
        )
    )
    session.flush()


def load_chunks(session: Session, video_id: int, settings_key: str) -> list[DetectionChunkRow]:
    """A video's chunks made under these settings, by index; exactly what was stored."""
    found = session.execute(
        select(Detections.chunk, Detections.start, Detections.end, Detections.blob)
        .where(Detections.video_id == video_id, Detections.settings_key == settings_key)
        .order_by(Detections.chunk)
    )
    return [
        DetectionChunkRow(index, start, end, settings_key, *unpack(blob))
        for index, start, end, blob in found
    ]


def delete_chunks(session: Session, video_id: int) -> int:
    """Delete all of a video's chunks, whatever their settings; returns how many there were."""
    mine = Detections.video_id == video_id
    count = session.scalar(select(func.count()).select_from(Detections).where(mine)) or 0
    session.execute(delete(Detections).where(mine))
    return count
