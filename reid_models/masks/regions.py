"""Masks of a person and of three body regions, from key points, from stripes, or as given.

Key points are COCO's 17: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, left
before right. A region is the union of capsules along its limbs:

    head    nose, eyes, ears, and all above the line of the shoulders
    upper   shoulders, elbows, wrists, hips, and the quadrilateral between shoulders and hips
    lower   hips, knees, ankles

The paper (MGRAN, Zhou & Yu, 2020) names neither number nor make-up of its regions; three follow
from its four networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.errors import CropInvalid

__all__ = [
    "REGIONS",
    "BodyMasks",
    "MaskSource",
    "Masks",
    "binarise",
    "bounding_rectangles",
    "from_pose",
    "given",
    "stripes",
]

REGIONS = ("head", "upper", "lower")
"""In the order in which every array of regions holds them; before them comes the whole person."""
Masks = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]
MaskSource = Literal["given", "pose", "stripes"]
THRESHOLD = 0.5
"""A mask value of just this counts as inside."""
SURE = 0.2
"""Least score of a key point that is believed."""
_BORDERS = ((0.0, 0.2), (0.2, 0.55), (0.55, 1.0))
_SHOULDERS, _HIPS = (5, 6), (11, 12)
_LIMBS: dict[str, tuple[tuple[int, int], ...]] = {
    "head": ((0, 1), (0, 2), (1, 3), (2, 4), (0, 0)),
    "upper": ((5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12)),
    "lower": ((11, 12), (11, 13), (13, 15), (12, 14), (14, 16)),
}
_THICKNESS = 0.12
"""A capsule's radius as a share of the distance from shoulders to hips."""
_THICKNESS_OF_CROP = 0.06
"""Its radius as a share of the crop's height, where that distance is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyMasks:
    """Where a person is in a crop, and which part of them."""

    masks: Masks
    """bool (4, H, W): the person, then `REGIONS`; all false where a region cannot be seen."""
    source: MaskSource
    flagged: bool
    """Whether any of it is a guess by height alone, because key points or masks were missing."""

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(4,): which masks are not empty."""
        return np.asarray(self.masks.any(axis=(1, 2)), np.bool_)


def binarise(mask: Floats) -> Masks:
    """Values 0–1 to inside or outside; one half is inside."""
    return np.asarray(mask >= THRESHOLD, np.bool_)


def stripes(height: int, width: int) -> BodyMasks:
    """The guess where nothing is known: fifths of the height, the whole crop as the person."""
    masks = np.zeros((4, height, width), np.bool_)
    masks[0] = True
    for number, (top, bottom) in enumerate(_BORDERS, 1):
        masks[number, round(top * height) : round(bottom * height)] = True
    return BodyMasks(masks, "stripes", flagged=True)


def given(person: Floats, regions: Floats) -> BodyMasks:
    """Masks from elsewhere.

    Args:
        person: (H, W), 0–1 or bool.
        regions: (3, H, W), head, upper and lower body; cut to the person.

    Raises:
        CropInvalid: the shapes do not fit.
    """
    if person.ndim != 2 or regions.shape != (len(REGIONS), *person.shape):
        raise CropInvalid(
            f"A person's mask (H, W) comes with three regions (3, H, W), not {person.shape} with "
            f"{regions.shape}. Give masks of one crop."
        )
    body = binarise(person)
    return BodyMasks(np.concatenate([body[None], binarise(regions) & body]), "given", flagged=False)


def from_pose(points: Floats, height: int, width: int, person: Floats | None = None) -> BodyMasks:
    """Masks from key points, cut to the person's mask if there is one.

    A region without a sure key point is guessed by its stripe and flagged; so is everything when no
    point is sure.

    Args:
        points: (17, 3): x, y in pixels of the crop, score 0–1.
        height: of the crop.
        width: of the crop.
        person: (H, W) 0–1; None: the person is what the regions cover together.

    Raises:
        CropInvalid: points or mask of another shape.
    """
    if points.shape != (17, 3) or (person is not None and person.shape != (height, width)):
        raise CropInvalid(
            f"Key points are (17, 3) and a mask as large as its crop ({height}, {width}), not "
            f"{points.shape} and {None if person is None else person.shape}."
        )
    guess = stripes(height, width)
    sure = points[:, 2] >= SURE
    if not sure.any():
        if person is None:
            return guess
        body = binarise(person)
        return BodyMasks(
            guess.masks & (body if body.any() else guess.masks[0]), "pose", flagged=True
        )
    radius = _radius(points, sure, height)
    found = np.zeros((len(REGIONS), height, width), np.bool_)
    for number, name in enumerate(REGIONS):
        found[number] = _capsules(points, sure, _LIMBS[name], radius, height, width)
    found[1] |= _torso(points, sure, height, width)
    _cut_at_lines(found, points, sure, radius)
    missing = ~found.any(axis=(1, 2))
    found[missing] = guess.masks[1:][missing]
    body = np.logical_or.reduce(found) if person is None else binarise(person)
    if not body.any():
        body = np.logical_or.reduce(found)
    return BodyMasks(
        np.concatenate([body[None], found & body]), "pose", flagged=bool(missing.any())
    )


def bounding_rectangles(body: BodyMasks) -> BodyMasks:
    """Part level: each region's bounding rectangle in its place; the person stays."""
    masks = body.masks.copy()
    for mask in masks[1:]:
        if mask.any():
            rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
            mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return BodyMasks(masks, body.source, body.flagged)


def _middle(points: Floats, sure: Masks, pair: tuple[int, int]) -> npt.NDArray[np.float64] | None:
    kept = [index for index in pair if sure[index]]
    return np.asarray(points[kept, :2].mean(axis=0), np.float64) if kept else None


def _radius(points: Floats, sure: Masks, height: int) -> float:
    shoulders, hips = _middle(points, sure, _SHOULDERS), _middle(points, sure, _HIPS)
    if shoulders is None or hips is None:
        return max(1.0, _THICKNESS_OF_CROP * height)
    return max(1.0, _THICKNESS * float(np.linalg.norm(shoulders - hips)))


def _capsules(
    points: Floats,
    sure: Masks,
    limbs: tuple[tuple[int, int], ...],
    radius: float,
    height: int,
    width: int,
) -> Masks:
    canvas = np.zeros((height, width), np.uint8)
    thickness = max(1, round(2 * radius))
    for first, second in limbs:
        ends = [i for i in (first, second) if sure[i]]
        if ends:
            line = [tuple(round(float(v)) for v in points[i, :2]) for i in (ends[0], ends[-1])]
            cv2.line(canvas, line[0], line[1], 1, thickness)
    return canvas > 0


def _torso(points: Floats, sure: Masks, height: int, width: int) -> Masks:
    corners = [i for i in (5, 6, 12, 11) if sure[i]]
    canvas = np.zeros((height, width), np.uint8)
    if len(corners) >= 3:
        cv2.fillConvexPoly(canvas, cv2.convexHull(points[corners, :2].round().astype(np.int32)), 1)
    return canvas > 0


def _cut_at_lines(found: Masks, points: Floats, sure: Masks, radius: float) -> None:
    """The head ends at the shoulders, the legs begin at the hips."""
    shoulders, hips = _middle(points, sure, _SHOULDERS), _middle(points, sure, _HIPS)
    if shoulders is not None:
        line = max(0, round(shoulders[1]))
        found[0, line:] = False
        # A face looks up and a neck is seen: the head reaches down to the shoulders.
        if sure[:5].any():
            x = float(points[:5][sure[:5], 0].mean())
            top = max(0, round(float(points[:5][sure[:5], 1].min() - 2 * radius)))
            left, right = max(0, round(x - 1.5 * radius)), max(0, round(x + 1.5 * radius)) + 1
            found[0, top:line, left:right] = True
    if hips is not None:
        found[2, : max(0, round(hips[1]))] = False
