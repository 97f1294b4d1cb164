"""How many people a detector finds at another detector's precision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.geometry import iou

LEAST_IOU = 0.5
"""From this overlap a box is the person's."""

LEAST_HEIGHT = 80.0
"""People lower than this, in pixels, count neither as missed nor as found."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Who is on a picture.

    Args:
        boxes: (n, 4) xyxy in pixels.
        counted: (n,) False for boxes of which nothing is asked: hardly visible, not labelled well.
    """

    boxes: NDArray[np.float32]
    counted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a detector made of some pictures.

    Args:
        confidences: (n,) of every box that counts, 0–1.
        right: (n,) whether it is a person's.
        people: how many there were to find.
    """

    confidences: NDArray[np.float32]
    right: NDArray[np.bool_]
    people: int


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold and what it gives; precision is 1 where nothing is shown."""

    threshold: float
    precision: float
    recall: float


def judge(
    truth: Truth,
    boxes: NDArray[np.float32],
    confidences: NDArray[np.float32],
    least_height: float = LEAST_HEIGHT,
) -> Outcome:
    """Compare a picture's boxes with the truth.

    The surest box takes the free person it overlaps most, at `LEAST_IOU` or more; a second box on
    somebody is wrong. A box on somebody who does not count, or that is itself too low and on
    nobody, is left out.

    Args:
        truth: who is there.
        boxes: (n, 4) xyxy.
        confidences: (n,) 0–1.
        least_height: pixels; people lower than this do not count.
    """
    heights = truth.boxes[:, 3] - truth.boxes[:, 1]
    counted = truth.counted & (heights >= least_height)
    overlaps = iou(boxes, truth.boxes)
    free = np.ones(len(truth.boxes), np.bool_)
    kept: list[tuple[float, bool]] = []
    for box in np.argsort(-confidences, kind="stable"):
        # People who count come first, so that nobody's box is lost to a neighbour who does not.
        person = _best(overlaps[box], free & counted)
        if person is not None:
            free[person] = False
            kept.append((float(confidences[box]), True))
        elif _best(overlaps[box], ~counted) is not None:
            continue
        elif boxes[box, 3] - boxes[box, 1] >= least_height:
            kept.append((float(confidences[box]), False))
    return Outcome(
        np.array([confidence for confidence, _ in kept], np.float32),
        np.array([right for _, right in kept], np.bool_),
        int(counted.sum()),
    )


def pooled(outcomes: Iterable[Outcome]) -> Outcome:
    """Several pictures as one."""
    every = list(outcomes)
    return Outcome(
        np.concatenate([each.confidences for each in every] or [np.zeros(0, np.float32)]),
        np.concatenate([each.right for each in every] or [np.zeros(0, np.bool_)]),
        sum(each.people for each in every),
    )


def at_threshold(outcome: Outcome, threshold: float) -> Point:
    """Precision and recall of the boxes with at least this confidence."""
    shown = outcome.confidences >= np.float32(threshold)
    hits = int(np.sum(outcome.right & shown))
    count = int(np.sum(shown))
    return Point(
        threshold,
        hits / count if count else 1.0,
        hits / outcome.people if outcome.people else 0.0,
    )


def at_precision(outcome: Outcome, precision: float) -> Point:
    """The threshold that finds most people with at least this precision, 0–1."""
    order = np.argsort(-outcome.confidences, kind="stable")
    confidences, hits = outcome.confidences[order], np.cumsum(outcome.right[order])
    # A threshold shows all boxes of one confidence or none: look behind the last of each.
    last = np.flatnonzero(np.append(confidences[1:] != confidences[:-1], True)[: len(order)])
    good = [at for at in last if hits[at] / (at + 1) >= precision - 1e-9]
    if not good:
        return Point(1.0, 1.0, 0.0)
    best = max(good, key=lambda at: (hits[at], -at))
    return Point(
        float(confidences[best]),
        float(hits[best] / (best + 1)),
        float(hits[best] / outcome.people) if outcome.people else 0.0,
    )


def _best(overlaps: NDArray[np.float32], allowed: NDArray[np.bool_]) -> int | None:
    shares = np.where(allowed, overlaps, -1.0)
    if not len(shares) or shares.max() < LEAST_IOU:
        return None
    return int(shares.argmax())
