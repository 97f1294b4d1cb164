"""Something in the way, on purpose: tracklets with a passer-by or a piece of furniture pasted over.

For training and for measuring what hides people does to a model, and what helps against it. Every
paste comes with its mask, so that how well hidden places are found can be told too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.errors import CropInvalid
from reid_models.roles import Crop

__all__ = ["Masks", "Occluded", "OccluderKind", "occlude"]

Masks = npt.NDArray[np.bool_]
OccluderKind = Literal["person", "furniture"]


@dataclass(frozen=True, slots=True, eq=False)
class Occluded:
    """A strip with something in the way of some frames."""

    crops: tuple[Crop, ...]
    """uint8 RGB (H, W, 3) each; frames where nothing is pasted are the very arrays given."""
    masks: tuple[Masks, ...]
    """bool (H, W) each: where what was pasted lies."""
    kind: OccluderKind

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """(T,): which share of each frame is hidden."""
        return np.array([mask.mean() for mask in self.masks])


def occlude(
    strip: Sequence[Crop],
    others: Sequence[Crop],
    rng: np.random.Generator,
    *,
    kind: OccluderKind | None = None,
    share: float = 0.4,
) -> Occluded:
    """Paste one occluder over consecutive frames of a strip.

    A passer-by is another person's crop, cut out by the outline of a standing body; they cross the
    picture from one side to the other. Furniture is a block of one colour with a lighter top and
    darker legs; it stands in the way of everything below a height, which drifts a little.

    Args:
        strip: T crops in time order, of any sizes.
        others: crops of other people, at least one where a passer-by may be drawn.
        rng: decides everything; the same state gives the same result.
        kind: None: either, drawn.
        share: of the frames that are hidden in part, 0–1; at least one frame is.

    Raises:
        CropInvalid: the strip is empty, or a passer-by is wanted and there is nobody else.
    """
    if not strip:
        raise CropInvalid("A strip without crops cannot be occluded. Give at least one crop.")
    kind = kind or ("person" if rng.random() < 0.5 else "furniture")
    if kind == "person" and not others:
        raise CropInvalid("A passer-by needs a crop of somebody else. Give others, or furniture.")
    count = min(len(strip), max(1, round(share * len(strip))))
    begin = int(rng.integers(0, len(strip) - count + 1))
    crops, masks = list(strip), [np.zeros(crop.shape[:2], np.bool_) for crop in strip]
    paste = _passer_by(others, rng) if kind == "person" else _furniture(rng)
    for step in range(count):
        place = begin + step
        when = (step + 0.5) / count
        crops[place], masks[place] = paste.onto(strip[place], when)
    return Occluded(tuple(crops), tuple(masks), kind)


@dataclass(frozen=True, slots=True, eq=False)
class _Paste:
    """What is in the way, and how it moves; measures are shares of the crop's sides."""

    picture: Crop
    outline: Masks
    """As large as the picture: what of it is pasted."""
    height: float
    width: float
    start: tuple[float, float]
    """Left edge and top edge at first."""
    end: tuple[float, float]

    def onto(self, crop: Crop, when: float) -> tuple[Crop, Masks]:
        """The crop with this on it at a time of 0–1, and where."""
        rows, columns = crop.shape[:2]
        high, wide = max(1, round(self.height * rows)), max(1, round(self.width * columns))
        left = round((self.start[0] + when * (self.end[0] - self.start[0])) * columns)
        top = round((self.start[1] + when * (self.end[1] - self.start[1])) * rows)
        picture = cv2.resize(self.picture, (wide, high), interpolation=cv2.INTER_AREA)
        shape = cv2.resize(self.outline.astype(np.uint8), (wide, high), interpolation=0) > 0
        mask = np.zeros((rows, columns), np.bool_)
        spans = (
            slice(max(0, top), min(rows, top + high)),
            slice(max(0, left), min(columns, left + wide)),
        )
        inside = tuple(
            slice(span.start - edge, span.stop - edge)
            for span, edge in zip(spans, (top, left), strict=True)
        )
        hidden = crop.copy()
        if spans[0].start < spans[0].stop and spans[1].start < spans[1].stop:
            mask[spans] = shape[inside]
            hidden[spans][shape[inside]] = picture[inside][shape[inside]]
        return hidden, mask


def _passer_by(others: Sequence[Crop], rng: np.random.Generator) -> _Paste:
    picture = others[int(rng.integers(len(others)))]
    high, wide = 128, 64
    outline = np.zeros((high, wide), np.uint8)
    cv2.ellipse(outline, (32, 16), (11, 15), 0, 0, 360, 1, -1)
    cv2.ellipse(outline, (32, 56), (22, 34), 0, 0, 360, 1, -1)
    cv2.ellipse(outline, (32, 102), (15, 40), 0, 0, 360, 1, -1)
    size = rng.uniform(0.8, 1.2)
    top = rng.uniform(-0.1, 0.35)
    width = size * rng.uniform(0.7, 1.0)
    # In the middle frame it covers the person's middle or comes close to it.
    reach = rng.uniform(0.15, 0.6)
    middle = 0.5 - width / 2 + rng.uniform(-0.2, 0.2)
    ends = [(middle - reach, top), (middle + reach, top + rng.uniform(-0.05, 0.05))]
    if rng.random() < 0.5:
        ends.reverse()
    return _Paste(
        cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA),
        outline > 0,
        size,
        width,
        ends[0],
        ends[1],
    )


def _furniture(rng: np.random.Generator) -> _Paste:
    high, wide = 64, 64
    colour = rng.uniform(30, 200, 3) * 0.4 + rng.uniform(30, 200) * 0.6
    picture = np.empty((high, wide, 3), np.float64)
    picture[:] = colour
    picture[: rng.integers(4, 12)] *= 1.25
    for leg in rng.integers(4, wide - 8, int(rng.integers(0, 4))):
        picture[12:, leg : leg + int(rng.integers(2, 5))] *= 0.6
    picture += rng.normal(0, 6, picture.shape)
    height, width = rng.uniform(0.3, 0.6), rng.uniform(0.9, 1.6)
    left = 0.5 - width / 2 + rng.uniform(-0.3, 0.3)
    top = 1.0 - height + rng.uniform(-0.05, 0.05)
    drift = rng.uniform(-0.2, 0.2)
    return _Paste(
        picture.clip(0, 255).astype(np.uint8),
        np.ones((high, wide), np.bool_),
        height + 0.1,
        width,
        (left, top),
        (left + drift, top + rng.uniform(-0.05, 0.05)),
    )
