"""How good a picture of its person a crop is: pure maths, no files.

A crop is as good as its weakest side, so the parts are multiplied: a sharp, large crop of somebody
half hidden is a poor one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tracking.geometry import covered
from tracking.values import Box, CropQuality

FULL_SIZE = 256.0  # height in pixels from which more brings nothing
_UPRIGHT = 2.5  # height over width of a standing person
_EDGE = 2.0  # pixels
_HALF_SHARP = 150.0  # variance of the Laplacian of a crop that is neither sharp nor blurred
_LOOKED_AT = (48, 96)  # sharpness is judged at one size, or small crops would always win


def crop_quality(
    crop: NDArray[np.uint8],
    box: Box,
    confidence: float,
    others: NDArray[np.float32],
    frame_size: tuple[int, int],
) -> CropQuality:
    """Judge one crop.

    Args:
        crop: uint8 RGB (height, width, 3), the box cut out.
        box: (4,) xyxy in pixels of the frame.
        confidence: the detector's, 0–1.
        others: (n, 4) boxes of the other people in the frame.
        frame_size: (width, height) of the frame in pixels.
    """
    sharp = sharpness(crop)
    size = min(1.0, max(0.0, float(box[3] - box[1])) / FULL_SIZE)
    cut = truncation(box, frame_size)
    hidden = overlap(box, others)
    score = size**0.5 * sharp**0.25 * confidence**0.5 * (1 - 0.7 * cut) * (1 - 0.8 * hidden)
    return CropQuality(
        sharpness=sharp,
        size=size,
        truncation=cut,
        overlap=hidden,
        confidence=confidence,
        score=min(1.0, max(0.0, score)),
    )


def sharpness(crop: NDArray[np.uint8]) -> float:
    """0 (flat or blurred) to 1, from the variance of the Laplacian at a fixed size."""
    small = cv2.resize(crop, _LOOKED_AT, interpolation=cv2.INTER_AREA)
    variance = float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
    return variance / (variance + _HALF_SHARP)


def truncation(box: Box, frame_size: tuple[int, int]) -> float:
    """How much of a standing person the frame's edge seems to cut off, 0 (nothing) to 1.

    Only a box at the edge can be cut; what is missing is told from its shape.
    """
    x1, y1, x2, y2 = (float(v) for v in box)
    width, height = max(x2 - x1, 1e-6), max(y2 - y1, 1e-6)
    missing = 0.0
    if x1 <= _EDGE or x2 >= frame_size[0] - _EDGE:
        missing = max(missing, 0.1, 1 - width * _UPRIGHT / height)
    if y1 <= _EDGE or y2 >= frame_size[1] - _EDGE:
        missing = max(missing, 0.1, 1 - height / (width * _UPRIGHT))
    return min(1.0, missing)


def overlap(box: Box, others: NDArray[np.float32]) -> float:
    """Share of a box that others' boxes cover, 0–1 (where three meet, at most too much)."""
    if not len(others):
        return 0.0
    return float(min(1.0, covered(box[None], others).sum()))
