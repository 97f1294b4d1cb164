"""Labelled footage: who is in which box, and the clicks whose answer is known."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LEAST_IOU = 0.5
LEAST_VISIBILITY = 0.4


@dataclass(frozen=True, slots=True)
class Click:
    """A click on a person whose identity is known.

    `frame` counts from 1. `expected` are the other cameras in which the person is well visible.
    """

    camera: str
    frame: int
    x: float
    y: float
    person: int
    expected: tuple[str, ...]
    note: str

    @property
    def kind(self) -> str:
        """easy, hard, or alone: seen in no other camera, so that there is no right answer."""
        if not self.expected:
            return "alone"
        return "hard" if "hard" in self.note else "easy"


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled boxes of one camera: frame (from 1) → [(person, xyxy, visibility)]."""

    camera: str
    boxes: dict[int, list[tuple[int, NDArray[np.float32], float]]]

    def person_of(
        self, frames: NDArray[np.int32], boxes: NDArray[np.float32]
    ) -> tuple[int | None, float]:
        """Who a tracklet shows: the label that most of its boxes overlap, and that share.

        Args:
            frames: (n,) frame numbers from 0.
            boxes: (n, 4) xyxy.

        Returns:
            The person, or None when no labelled box was met; and the share of the tracklet's
            boxes on labelled frames that overlap this person's.
        """
        votes: Counter[int] = Counter()
        looked = 0
        for frame, box in zip(frames, boxes, strict=True):
            labelled = self.boxes.get(int(frame) + 1)
            if not labelled:
                continue
            looked += 1
            overlap, person = max((iou(box, found), who) for who, found, _ in labelled)
            if overlap >= LEAST_IOU:
                votes[person] += 1
        if not votes:
            return None, 0.0
        person, count = votes.most_common(1)[0]
        return person, count / looked


def read_labels(folder: Path) -> dict[str, Labels]:
    """Every `<camera>.txt` of a labels folder, boxes that are well visible or not."""
    found = {}
    for path in sorted(folder.glob("*.txt")):
        boxes: dict[int, list[tuple[int, NDArray[np.float32], float]]] = {}
        for line in path.read_text().splitlines():
            frame, person, x, y, width, height, _, _, visibility = map(float, line.split(","))
            box = np.array([x, y, x + width, y + height], np.float32)
            boxes.setdefault(int(frame), []).append((int(person), box, visibility))
        found[path.stem] = Labels(path.stem, boxes)
    return found


def read_clicks(path: Path) -> list[Click]:
    """The rows of a queries.csv."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Click(
                camera=row["camera"],
                frame=int(row["frame"]),
                x=float(row["x"]),
                y=float(row["y"]),
                person=int(row["person_id"]),
                expected=tuple(
                    name for name in row["cameras_visible"].split() if name != row["camera"]
                ),
                note=row["note"],
            )
            for row in csv.DictReader(file)
        ]


def iou(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Intersection over union of two xyxy boxes."""
    corner = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    shared = float(np.prod(np.maximum(corner, 0.0)))
    area = float(np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2])) - shared
    return shared / area if area > 0 else 0.0
