"""People made of arrays: boxes that move as asked, and a detector that reads them from pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tracking.values import Box, FrameDetections

COLOURS = ((250, 60, 60), (60, 250, 60), (60, 60, 250))


def box_of(x: float, y: float = 40.0, width: float = 30.0, height: float = 80.0) -> Box:
    """An upright box by its left upper corner."""
    return np.array([x, y, x + width, y + height], dtype=np.float32)


def moment(
    frame: int, time: float, boxes: Sequence[Box], confidences: Sequence[float] | None = None
) -> FrameDetections:
    """Detections of one frame, certain ones unless said otherwise."""
    stacked = np.stack(boxes) if len(boxes) else np.empty((0, 4), np.float32)
    certain = np.full(len(boxes), 0.9) if confidences is None else np.array(confidences)
    return FrameDetections(frame, time, stacked.astype(np.float32), certain.astype(np.float32))


class BlockDetector:
    """Finds people painted as blocks of colour: quick, exact, and made from real pixels."""

    device = "cpu"

    def __init__(self) -> None:
        self.seen = 0
        self.batches: list[int] = []

    def detect(
        self, images: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """See `tracking.pipeline.Detector`."""
        self.seen += len(images)
        self.batches.append(len(images))
        return [self._find(image.astype(np.int16)) for image in images]

    def _find(self, image: NDArray[np.int16]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        boxes = []
        for channel in range(3):
            others = [c for c in range(3) if c != channel]
            mask = image[..., channel] - image[..., others].max(axis=-1) > 80
            ys, xs = np.nonzero(mask)
            if len(ys) > 200:
                boxes.append([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        return (
            np.array(boxes, np.float32).reshape(-1, 4),
            np.full(len(boxes), 0.9, np.float32),
        )


def write_scene(path: Path, seconds: float = 12.0, rate: int = 10) -> Path:
    """Three blocks: one walks through, one stays, one leaves in the middle and comes back."""
    rng = np.random.default_rng(7)
    ground = rng.integers(90, 130, (144, 192, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 192, 144, "yuv420p"
        for number in range(int(seconds * rate)):
            time = number / rate
            image = ground.copy()
            corners = [(int(5 + time * 12), 10), (20, 80), (120, 80)]
            for i, (x, y) in enumerate(corners):
                away = i == 2 and 4.0 <= time < 7.0
                if not away and x < 160:
                    image[y : y + 60, x : x + 24] = COLOURS[i]
                    image[y + 10 : y + 20, x + 4 : x + 20] //= 2
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path
