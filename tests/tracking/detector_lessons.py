"""Small made-up pictures with people-like blocks, to train and test detectors on."""

from __future__ import annotations

from pathlib import Path

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


def write_set(folder: Path, groups: list[str]) -> Path:
    """A set of pictures with a manifest, one picture a group given; a person in each."""
    lines = ["path,set,family,group"]
    for number, group in enumerate(groups):
        picture = lesson(f"p{number}")
        for kind in ("images", "labels"):
            (folder / "people" / kind).mkdir(parents=True, exist_ok=True)
        (folder / "people" / "images" / f"{number}.jpg").write_bytes(picture.jpeg)
        (folder / "people" / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.25 0.5\n")
        lines.append(f"people/images/{number}.jpg,people,blocks,{group}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder
