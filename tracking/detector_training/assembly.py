"""Puts labelled pictures into a folder as Ultralytics reads it, with a manifest of their origin."""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracking.detector_training.pictures import PARTS, LabelledPicture, Part
from tracking.errors import DetectorDataError

MANIFEST = "manifest.csv"
COLUMNS = (
    "path",
    "part",
    "origin",
    "family",
    "scene",
    "terms",
    "labelled_by",
    "width",
    "height",
    "people",
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a folder holds.

    Args:
        folder: `images/<part>/*.jpg`, `labels/<part>/*.txt` (class 0, fractions), manifest.csv.
        pictures: part → how many.
        people: part → how many boxes.
    """

    folder: Path
    pictures: dict[Part, int]
    people: dict[Part, int]


def assemble(pictures: Iterable[LabelledPicture], out: Path) -> Assembled:
    """Write a data set; it appears whole or not at all.

    Args:
        pictures: with unique names; no scene in more than one part.
        out: a folder that is not there yet, or empty.

    Raises:
        DetectorDataError: the folder is in use, a name comes twice, or a scene is in two parts.
    """
    if out.exists() and any(out.iterdir()):
        raise DetectorDataError(f"'{out}' is not empty. Name a new folder, or remove that one.")
    growing = out.with_name(f".{out.name}.part")
    shutil.rmtree(growing, ignore_errors=True)
    for part in PARTS:
        (growing / "images" / part).mkdir(parents=True)
        (growing / "labels" / part).mkdir(parents=True)
    counts: Counter[Part] = Counter()
    people: Counter[Part] = Counter()
    names: set[str] = set()
    sides: dict[str, Part] = {}
    with (growing / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in pictures:
            _check(one, names, sides)
            writer.writerow(_write(one, growing))
            counts[one.part] += 1
            people[one.part] += len(one.boxes)
    if out.exists():
        out.rmdir()
    os.replace(growing, out)
    return Assembled(out, {p: counts[p] for p in PARTS}, {p: people[p] for p in PARTS})


def _check(one: LabelledPicture, names: set[str], sides: dict[str, Part]) -> None:
    if one.name in names:
        raise DetectorDataError(f"Two pictures are called '{one.name}'. Name each source once.")
    names.add(one.name)
    if sides.setdefault(one.scene, one.part) != one.part:
        raise DetectorDataError(
            f"The scene '{one.scene}' is in {sides[one.scene]} and in {one.part}: what is measured "
            "on would be known from training."
        )


def _write(one: LabelledPicture, folder: Path) -> tuple[object, ...]:
    path = Path("images") / one.part / f"{one.name}.jpg"
    (folder / path).write_bytes(one.jpeg)
    size = np.array((one.width, one.height) * 2, np.float64)
    x0, y0, x1, y1 = (one.boxes / size).reshape(-1, 4).T
    rows = np.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], axis=1)
    lines = [" ".join(["0", *(f"{value:.6f}" for value in row)]) + "\n" for row in rows]
    (folder / "labels" / one.part / f"{one.name}.txt").write_text("".join(lines), "utf-8")
    return (
        path.as_posix(),
        one.part,
        one.origin,
        one.family,
        one.scene,
        one.terms,
        one.labelled_by,
        one.width,
        one.height,
        len(one.boxes),
    )
