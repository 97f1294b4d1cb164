"""Small made-up pictures with people-like blocks, to train and test detectors on."""

from __future__ import annotations

import numpy as np

from tracking.detector_training.pictures import LabelledPicture, Part, jpeg_of

SIDE = 64


def lesson(name: str, part: Part = "train", *, scene: str | None = None) -> LabelledPicture:
    """A picture with one bright block on noise; the same name gives the same picture."""
    draw = np.random.default_rng(list(name.encode()))
    image = draw.integers(0, 90, (SIDE, SIDE, 3), dtype=np.uint8)
    x, y = (int(v) for v in draw.integers(4, 30, 2))
    image[y : y + 30, x : x + 14] = 230
    return LabelledPicture(
        name=name,
        jpeg=jpeg_of(image),
        width=SIDE,
        height=SIDE,
        boxes=np.array([[x, y, x + 14, y + 30]], np.float32),
        origin="made up",
        family="blocks",
        scene=scene or name,
        terms="own",
        labelled_by="the test",
        part=part,
    )
