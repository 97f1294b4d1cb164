"""Cutting a clip that browsers play, with the person boxed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracking.errors import ClipError
from tracking.values import Box
from tracking.video import Frame, VideoReader

_TICK = Fraction(1, 90_000)
_MOST_FPS = 25.0
_COLOUR = (255, 176, 0)  # amber: shows on dark clothes and light floors, and to the colour-blind
_OPTIONS = {"preset": "veryfast", "crf": "23", "threads": "2"}


def cut_clip(
    path: Path,
    start: float,
    end: float,
    boxes_at: Callable[[float], Box | None],
    out: Path,
    max_height: int = 480,
) -> None:
    """Write an MP4 (H.264, yuv420p, index in front) of a part of a video.

    The file appears complete or not at all.

    Args:
        path: the video.
        start: seconds where the clip begins.
        end: seconds where it ends, more than `start`; it may lie beyond the video's end.
        boxes_at: the person's box (4,) at a time in seconds, in pixels of the upright frame, or
            None where there is none.
        out: where to write it; replaced if there.
        max_height: pixels; higher pictures are made smaller.

    Raises:
        ClipError: nothing between `start` and `end`, or no room to write.
        VideoError: the video can't be read.
    """
    if not start < end:
        raise ClipError(f"A clip of '{path.name}' can't run from {start:.2f} s to {end:.2f} s.")
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{out.stem}-", suffix=".mp4", dir=out.parent)
    os.close(handle)
    part = Path(name)
    try:
        with VideoReader(path) as reader:
            rate = reader.info.fps if 0 < reader.info.fps <= _MOST_FPS else _MOST_FPS
            # Only a file that is too fast is thinned: each frame of others is wanted.
            fps = None if reader.info.fps <= _MOST_FPS * 1.2 else _MOST_FPS
            written = _encode(
                reader.frames(fps, max(0.0, start), end), boxes_at, part, rate, max_height
            )
        if not written:
            raise ClipError(
                f"'{path.name}' shows nothing between {start:.1f} s and {end:.1f} s. "
                "The video may be shorter or damaged there."
            )
        os.chmod(part, 0o644)
        os.replace(part, out)
    except (av.error.FFmpegError, OSError) as error:
        raise ClipError(
            f"The clip of '{path.name}' could not be written to '{out}': {error}. "
            "Check the room on that disk."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _encode(
    frames: Iterator[Frame],
    boxes_at: Callable[[float], Box | None],
    out: Path,
    rate: float,
    max_height: int,
) -> int:
    written = 0
    first = 0.0
    last_pts = -1
    with av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream: Any = None
        for frame in frames:
            picture = _boxed(frame.image, boxes_at(frame.time), max_height)
            if stream is None:
                first = frame.time
                stream = container.add_stream(
                    "libx264", rate=Fraction(rate).limit_denominator(1001), options=dict(_OPTIONS)
                )
                stream.width, stream.height = picture.shape[1], picture.shape[0]
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = _TICK
            shot = av.VideoFrame.from_ndarray(picture, format="rgb24")
            last_pts = max(last_pts + 1, round((frame.time - first) / _TICK))
            shot.pts, shot.time_base = last_pts, _TICK
            container.mux(stream.encode(shot))
            written += 1
        if stream is not None:
            container.mux(stream.encode())
    return written


def _boxed(image: NDArray[np.uint8], box: Box | None, max_height: int) -> NDArray[np.uint8]:
    """The frame, made smaller to even sides as the codec needs them, the box drawn into it."""
    height, width = image.shape[:2]
    scale = min(1.0, max_height / height)
    even_width = max(2, round(width * scale / 2) * 2)
    even_height = max(2, round(height * scale / 2) * 2)
    if (even_width, even_height) == (width, height):
        small = image.copy()
    else:
        small = cv2.resize(image, (even_width, even_height), interpolation=cv2.INTER_AREA)
    if box is not None:
        ratio = np.array([even_width / width, even_height / height] * 2)
        x1, y1, x2, y2 = (round(float(v)) for v in box * ratio)
        thickness = max(2, even_height // 160)
        cv2.rectangle(small, (x1, y1), (x2, y2), (0, 0, 0), thickness + 2)
        cv2.rectangle(small, (x1, y1), (x2, y2), _COLOUR, thickness)
    return small
