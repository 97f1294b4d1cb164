"""Pictures into an H.264 file, the same bytes on every run of one machine."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

_OPTIONS = {"crf": "28", "preset": "slow", "threads": "1", "g": "50"}
"""One thread: what x264 writes depends on how many it has, not on how quick they are."""


class VideoWriter:
    """Writes RGB pictures one after the other; use as a context.

    Args:
        path: the file, replaced if it is there.
        width: pixels, even.
        height: pixels, even.
        fps: frames a second.
    """

    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        self._container = av.open(str(path), "w", options={"movflags": "faststart"})
        rate = Fraction(fps).limit_denominator(1001)
        self._stream: Any = self._container.add_stream("libx264", rate=rate, options=dict(_OPTIONS))
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode())
        self._container.close()

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append a picture, (height, width, 3) uint8 RGB."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        self._container.mux(self._stream.encode(frame))
