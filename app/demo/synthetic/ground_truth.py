"""What is really there: boxes, visible shares, places in the world, as MOT text and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.backdrop import SUPERSAMPLING
from app.demo.synthetic.drawing import Silhouette
from app.demo.synthetic.world import Eye

LEAST_FRACTION = 0.5
"""Below this visible fraction a box is don't-care in the MOT files."""

LEAST_HEIGHT = 60
"""Below this visible height, in pixels of a picture 540 high, a box is don't-care."""

FORMAT = 1

Box = tuple[int, int, int, int]

_NOTHING: Box = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person on one frame.

    Args:
        person: index into the cast, from 0.
        amodal: x0, y0, x1, y1 in pixels: all that the person would cover, past the edge too.
        visible: the same of what is seen; zeros if nothing is.
        fraction: pixels seen / pixels the person alone would cover, past the edge too; 0–1.
        x: world metres.
        y: world metres.
        yaw: radians.
    """

    person: int
    amodal: Box
    visible: Box
    fraction: float
    x: float
    y: float
    yaw: float


def sighting(
    person: int, alone: Silhouette, people: NDArray[np.int16], x: float, y: float, yaw: float
) -> Sighting | None:
    """Measure a person on a frame; None if they are wholly outside the picture.

    Args:
        person: their number in `people`.
        alone: what they would cover alone.
        people: (H, W) who is seen at each pixel.
        x: world metres.
        y: world metres.
        yaw: radians.
    """
    height, width = people.shape
    own = whole_pixels(alone)
    box = extent(own, alone.x0, alone.y0)
    if box == _NOTHING or box[0] >= width or box[1] >= height or box[2] <= 0 or box[3] <= 0:
        return None
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    seen = people[y0:y1, x0:x1] == person
    fraction = float(seen.sum()) / float(own.sum())
    return Sighting(person, box, extent(seen, x0, y0), fraction, x, y, yaw)


def whole_pixels(alone: Silhouette) -> NDArray[np.bool_]:
    """(h, w) the pixels of which a silhouette covers at least half."""
    rows, columns = alone.mask.shape
    if rows == 0:
        return np.zeros((0, 0), np.bool_)
    s = SUPERSAMPLING
    counts = alone.mask.reshape(rows // s, s, columns // s, s).sum(axis=(1, 3))
    return np.asarray(counts * 2 >= s * s, dtype=np.bool_)


def extent(mask: NDArray[np.bool_], x0: int, y0: int) -> Box:
    """The tight box of a mask whose corner lies at `x0`, `y0`; zeros if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return _NOTHING
    return (
        x0 + int(columns[0]),
        y0 + int(rows[0]),
        x0 + int(columns[-1]) + 1,
        y0 + int(rows[-1]) + 1,
    )


def mot_lines(frames: Sequence[Sequence[Sighting]], height: int) -> str:
    """MOT text: frame and id from 1, the visible box, flag 1, class 1, the visible fraction.

    The fraction is written as 0 (don't-care) below `LEAST_FRACTION` or `LEAST_HEIGHT`.

    Args:
        frames: the sightings of every frame.
        height: of the picture, pixels.
    """
    lines = []
    for number, sightings in enumerate(frames, start=1):
        for one in sightings:
            x0, y0, x1, y1 = one.visible
            if x1 <= x0:
                continue
            small = y1 - y0 < LEAST_HEIGHT * height / 540
            fraction = _number(one.fraction, 3)
            counted = 0 if small or fraction < LEAST_FRACTION else fraction
            box = f"{x0},{y0},{x1 - x0},{y1 - y0}"
            lines.append(f"{number},{one.person + 1},{box},1,1,{counted}\n")
    return "".join(lines)


def truth_json(
    eyes: Sequence[Eye],
    frames: Sequence[Sequence[Sequence[Sighting]]],
    people: Sequence[str],
    fps: float,
) -> dict[str, Any]:
    """All of the truth as JSON-ready values; columns, one row a person and frame.

    Args:
        eyes: the cameras.
        frames: for each camera the sightings of every frame.
        people: what each person looks like, in words.
        fps: frames a second.
    """
    return {
        "format": FORMAT,
        "fps": fps,
        "people": [{"id": i + 1, "looks": text} for i, text in enumerate(people)],
        "cameras": [
            {
                "name": eye.name,
                "file": f"{eye.stem}.mp4",
                "width": eye.camera.width,
                "height": eye.camera.height,
                "frames": len(own),
                "focal": round(eye.camera.focal, 4),
                "eye": _rounded(eye.camera.eye),
                "rotation": [_rounded(row) for row in eye.camera.rotation],
                "matrix": [_rounded(row) for row in eye.camera.matrix],
                "seen": _columns(own),
            }
            for eye, own in zip(eyes, frames, strict=True)
        ],
    }


def write_truth(folder: Path, truth: dict[str, Any], texts: dict[str, str]) -> None:
    """Write `ground_truth.json` and `<camera>.txt` each into a folder.

    Args:
        folder: made if it is not there.
        truth: `truth_json`'s answer.
        texts: camera's name → its `mot_lines`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    compact = json.dumps(truth, separators=(",", ":"))
    (folder / "ground_truth.json").write_text(compact + "\n")
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)


def _columns(frames: Sequence[Sequence[Sighting]]) -> dict[str, list[Any]]:
    rows = [(number, one) for number, own in enumerate(frames, start=1) for one in own]
    return {
        "frame": [number for number, _ in rows],
        "id": [one.person + 1 for _, one in rows],
        "amodal": [list(one.amodal) for _, one in rows],
        "visible": [list(one.visible) for _, one in rows],
        "fraction": [_number(one.fraction, 3) for _, one in rows],
        "x": [_number(one.x, 2) for _, one in rows],
        "y": [_number(one.y, 2) for _, one in rows],
        "yaw": [_number((one.yaw + np.pi) % (2 * np.pi) - np.pi, 2) for _, one in rows],
    }


def _number(value: float, digits: int) -> float | int:
    """Rounded, whole numbers without a point."""
    short = round(float(value), digits)
    return int(short) if short == int(short) else short


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 6) for v in values]
