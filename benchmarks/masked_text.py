"""Hide the text that is burned into retail3's pictures, to see what it does to matching.

Somebody's tracker wrote "ID: n" on people's chests in OpenCV's Hershey font, in many colours. The
shape of "ID:" is known, so it is found by matching the outline of those glyphs on the edges of each
colour channel; the area of the whole text is then painted over from its surroundings. One camera
has names in pure green too, which nothing else in the scene is: those pixels are painted over.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tracking.video import VideoReader

Image = NDArray[np.uint8]
LEAST_MATCH = 0.38
TEXT_WIDTHS = 2.3
"""The whole text is at most so many times as wide as "ID:" (short ids) on people's chests."""


STROKES = (
    ((4, 0), (4, 21)),
    (
        *((12, 0), (12, 21), (19, 21), (22, 20), (24, 18), (25, 16), (26, 13)),
        *((26, 8), (25, 5), (24, 3), (22, 1), (19, 0), (12, 0)),
    ),
    ((34, 13), (34, 14)),
    ((34, 1), (34, 2)),
)
"""I, D and the colon of the Hershey Simplex font: x to the right, y upwards, 21 to a capital."""


def glyphs(scale: float, thickness: int) -> Image:
    """The text "ID:" in the Hershey font, white on black, (h, w) uint8."""
    margin = thickness + 1
    width, height = round(36 * scale) + 2 * margin, round(21 * scale) + 2 * margin
    canvas = np.zeros((height, width), np.uint8)
    for stroke in STROKES:
        points = [(round(x * scale) + margin, round((21 - y) * scale) + margin) for x, y in stroke]
        for start, end in itertools.pairwise(points):
            cv2.line(canvas, start, end, 255, thickness)
    return canvas


def find_text(image: Image, template: Image) -> list[tuple[int, int]]:
    """Upper left corners (x, y) of every "ID:" in an RGB picture."""
    best: NDArray[np.float32] | None = None
    outline = cv2.morphologyEx(template, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    for channel in [*cv2.split(image), cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[:, :, 1]]:
        edges = cv2.morphologyEx(channel, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
        match = cv2.matchTemplate(edges, outline, cv2.TM_CCOEFF_NORMED)
        best = match if best is None else np.maximum(best, match)
    assert best is not None
    found: list[tuple[int, int]] = []
    while True:
        _, value, _, (x, y) = cv2.minMaxLoc(best)
        if value < LEAST_MATCH:
            return found
        found.append((x, y))
        height, width = template.shape
        best[max(y - height, 0) : y + height, max(x - width, 0) : x + width] = 0


def hide(image: Image, template: Image) -> tuple[Image, int]:
    """The picture with every text painted over, and how many there were."""
    corners = find_text(image, template)
    mask = np.zeros(image.shape[:2], np.uint8)
    height, width = template.shape
    for x, y in corners:
        right = x + round(width * TEXT_WIDTHS)
        mask[max(y - 2, 0) : y + height + 2, max(x - 3, 0) : right] = 255
    green = (image[:, :, 1] > 180) & (image[:, :, 0] < 90) & (image[:, :, 2] < 90)
    mask[cv2.dilate(green.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 255
    painted = cv2.inpaint(image, mask, 3, cv2.INPAINT_TELEA) if mask.any() else image
    return np.asarray(painted, np.uint8), len(corners)


def mask_text(video: Path, target: Path, scale: float = 0.7, thickness: int = 2) -> Path:
    """A copy of `video` without its burned-in text; returns `target`."""
    template = glyphs(scale, thickness)
    with VideoReader(video) as reader, av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=round(reader.info.fps))
        stream.width, stream.height, stream.pix_fmt = (
            reader.info.width,
            reader.info.height,
            "yuv420p",
        )
        stream.options = {"crf": "16", "preset": "fast"}
        for frame in reader.frames():
            picture = av.VideoFrame.from_ndarray(hide(frame.image, template)[0], format="rgb24")
            for packet in stream.encode(picture):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target
