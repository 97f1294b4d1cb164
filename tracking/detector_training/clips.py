"""Frames of openly licensed clips with a teacher's boxes.

Which clips may be learnt from is decided by their content: what is not on the list – footage for
research only, or footage that a table in docs/accuracy.md is measured on – is refused under any
name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracking.detector import Detections
from tracking.detector_training.pictures import LabelledPicture, jpeg_of
from tracking.errors import ClipNotAllowed
from tracking.geometry import covered, iou
from tracking.video import VideoReader

SURE = 0.4
"""From this confidence a teacher's box is a person to learn from."""

UNSURE = 0.1
"""From this confidence on, below `SURE`, a box is neither a person nor certainly none."""

BLANK = 114
"""The grey of letterboxes, painted over what is unsure."""

_SAME = 0.6
_COVERED = 0.1


@dataclass(frozen=True, slots=True)
class OpenClip:
    """A clip that may be learnt from."""

    name: str
    terms: str
    source: str


_INTEL = "Intel sample videos, https://github.com/intel-iot-devkit/sample-videos"

OPEN_CLIPS: Mapping[str, OpenClip] = {
    "a5964aa259099a482a8b360ffc2c57b5a30f84d5919236a4dad01f8e929ac07c": OpenClip(
        "one-by-one-person-detection", "CC-BY-4.0", _INTEL
    ),
    "00a29491311d3e814af60efb00b1ced1a85046e4e436a8ca29c22e0769fb07e8": OpenClip(
        "people-detection", "CC-BY-4.0", _INTEL
    ),
}
"""SHA-256 of a clip's file → what it is."""


class Teacher(Protocol):
    """Finds people; `detector.PersonDetector` is one."""

    name: str

    def detect(self, images: list[NDArray[np.uint8]]) -> list[Detections]:
        """See `detector.PersonDetector.detect`."""
        ...


def open_clip(path: Path) -> OpenClip:
    """What is known of a clip that may be learnt from.

    Raises:
        ClipNotAllowed: it is not on the list.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest not in OPEN_CLIPS:
        known = ", ".join(clip.name for clip in OPEN_CLIPS.values())
        raise ClipNotAllowed(
            f"'{path}' may not be learnt from: it is none of the openly licensed clips that no "
            f"table is measured on ({known}). Leave it out."
        )
    return OPEN_CLIPS[digest]


def taught_frames(path: Path, teacher: Teacher, fps: float) -> Iterator[LabelledPicture]:
    """Frames of an open clip, labelled by a teacher.

    Where the teacher is unsure the picture is blanked, so that it teaches nothing there; a frame on
    which that would cover somebody is left out.

    Args:
        path: one of `OPEN_CLIPS`.
        teacher: must give boxes down to `UNSURE`.
        fps: frames a second.

    Raises:
        ClipNotAllowed: as `open_clip`.
        VideoError: it cannot be read.
    """
    clip = open_clip(path)
    with VideoReader(path) as reader:
        for frame in reader.frames(fps):
            (found,) = teacher.detect([frame.image])
            lesson = without_doubt(frame.image, *found)
            if lesson is None:
                continue
            image, boxes = lesson
            yield LabelledPicture(
                name=f"{clip.name}-{frame.index:06d}",
                jpeg=jpeg_of(image),
                width=image.shape[1],
                height=image.shape[0],
                boxes=boxes,
                origin=clip.name,
                family="clips",
                scene=clip.name,
                terms=clip.terms,
                labelled_by=teacher.name,
                part="train",
            )


def without_doubt(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], confidences: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """A picture without what a teacher is unsure of, and the boxes it is sure of.

    Args:
        image: RGB (height, width, 3).
        boxes: (n, 4) float32 xyxy.
        confidences: (n,) 0–1.

    Returns:
        A picture and (m, 4) boxes; None where blanking would hide a tenth of somebody sure.
    """
    sure = boxes[confidences >= SURE]
    unsure = boxes[(confidences >= UNSURE) & (confidences < SURE)]
    blanked = image.copy()
    doubles = np.any(iou(unsure, sure) >= _SAME, axis=1)
    for box in unsure[~doubles]:
        if np.any(covered(sure, box[None]) >= _COVERED):
            return None
        x0, y0 = np.floor(box[:2]).astype(int)
        x1, y1 = np.ceil(box[2:]).astype(int)
        blanked[y0:y1, x0:x1] = BLANK
    return blanked, sure
