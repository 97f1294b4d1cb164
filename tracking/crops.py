"""Choosing a tracklet's pictures while it is still growing, in bounded memory.

Keyframes are the best ones, spread over its time. The strip is evenly spaced and never filtered:
whether a frame is of use is for the model to say that reads it. Both are chosen from the
tracklet's own frames alone, so the same frames always give the same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracking.quality import crop_quality
from tracking.values import Box, Crop, CropKind, CropQuality

KEYFRAMES = 8
STRIP = 32
JPEG_QUALITY = 92
HIGHEST = 256  # pixels
_FIRST_SPAN_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    frame: int
    time: float
    box: Box
    jpeg: bytes
    width: int
    height: int
    quality: CropQuality

    def crop(self, kind: CropKind) -> Crop:
        return Crop(
            kind,
            self.frame,
            self.time,
            self.box,
            self.jpeg,
            self.width,
            self.height,
            self.quality,
        )


class CropCollector:
    """The pictures of one open tracklet; holds at most 64 + 16 JPEGs however long it grows."""

    def __init__(self) -> None:
        self._seen = 0
        self._stride = 1
        self._strip: list[_Shot] = []
        self._start = 0.0
        self._span = _FIRST_SPAN_S
        self._best: dict[int, _Shot] = {}

    def add(
        self,
        frame: int,
        time: float,
        image: NDArray[np.uint8],
        box: Box,
        confidence: float,
        others: NDArray[np.float32],
    ) -> None:
        """Look at the tracklet's next frame.

        Args:
            frame: its number.
            time: seconds.
            image: uint8 RGB (height, width, 3), the whole frame.
            box: (4,) xyxy within it.
            confidence: the detector's, 0–1.
            others: (n, 4) boxes of the other people in it.
        """
        if not self._seen:
            self._start = time
        pixels = cut(image, box)
        size = (image.shape[1], image.shape[0])
        quality = crop_quality(pixels, box, confidence, others, size)
        in_strip = self._seen % self._stride == 0
        span = int((time - self._start) / self._span)
        best = self._best.get(span)
        is_best = best is None or quality.score > best.quality.score
        self._seen += 1
        if not (in_strip or is_best):
            return
        height, width = pixels.shape[:2]
        shot = _Shot(frame, time, box, _jpeg(pixels), width, height, quality)
        if in_strip:
            self._strip.append(shot)
            if len(self._strip) == 2 * STRIP:
                self._strip = self._strip[::2]
                self._stride *= 2
        if is_best:
            self._best[span] = shot
            while len(self._best) > 2 * KEYFRAMES:
                self._widen()

    def finish(self) -> tuple[Crop, ...]:
        """The chosen pictures: keyframes in time order, then the strip in time order."""
        keyframes = _spread_best(list(self._best.values()))
        strip = _evenly(self._strip)
        return (*(s.crop("keyframe") for s in keyframes), *(s.crop("strip") for s in strip))

    def _widen(self) -> None:
        self._span *= 2
        merged: dict[int, _Shot] = {}
        for span, shot in self._best.items():
            rival = merged.get(span // 2)
            if rival is None or shot.quality.score > rival.quality.score:
                merged[span // 2] = shot
        self._best = merged


def cut(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut a box out of a frame, at most HIGHEST pixels high, never enlarged.

    Args:
        image: uint8 RGB (height, width, 3).
        box: (4,) xyxy; what lies outside the frame is left out.

    Returns:
        uint8 RGB, at least one pixel.
    """
    height, width = image.shape[:2]
    x1 = min(max(int(np.floor(box[0])), 0), width - 1)
    y1 = min(max(int(np.floor(box[1])), 0), height - 1)
    x2 = min(max(int(np.ceil(box[2])), x1 + 1), width)
    y2 = min(max(int(np.ceil(box[3])), y1 + 1), height)
    pixels = image[y1:y2, x1:x2]
    if y2 - y1 > HIGHEST:
        narrow = max(1, round((x2 - x1) * HIGHEST / (y2 - y1)))
        pixels = cv2.resize(pixels, (narrow, HIGHEST), interpolation=cv2.INTER_AREA)
    return pixels


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return bytes(encoded)


def _spread_best(shots: list[_Shot]) -> list[_Shot]:
    """At most KEYFRAMES: the best of each eighth of the time, then the best of the rest."""
    if len(shots) <= KEYFRAMES:
        return sorted(shots, key=lambda s: s.frame)
    first = min(s.time for s in shots)
    length = max(s.time for s in shots) - first
    by_score = sorted(shots, key=lambda s: (-s.quality.score, s.frame))
    chosen: dict[int, _Shot] = {}
    for shot in by_score:
        chosen.setdefault(min(KEYFRAMES - 1, int((shot.time - first) / length * KEYFRAMES)), shot)
    picked = list(chosen.values())
    rest = [s for s in by_score if all(s is not p for p in picked)]
    picked += rest[: KEYFRAMES - len(picked)]
    return sorted(picked, key=lambda s: s.frame)


def _evenly(shots: list[_Shot]) -> list[_Shot]:
    """At most STRIP, as evenly in time as there are frames; first and last always."""
    if len(shots) <= STRIP:
        return shots
    times = np.array([s.time for s in shots])
    wanted = np.linspace(times[0], times[-1], STRIP)
    nearest = np.unique(np.abs(times[None] - wanted[:, None]).argmin(axis=1))
    return [shots[i] for i in nearest.tolist()]
