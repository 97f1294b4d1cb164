"""miniImageNet and tieredImageNet: pictures by class, the classes parted into train, val and test.

Two layouts are read, for both sets, as they are commonly unpacked:

    images/FILE, train.csv, val.csv, test.csv    rows `filename,label` (Ravi & Larochelle's lists)
    {train,val,test}/CLASS/FILE                  a folder a class

Pickled forms are not read: pickled code is never run here. Both sets are parts of ImageNet, for
research only; neither is shipped or downloaded.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.datasets.pictures import read_rgb
from reid_models.errors import DatasetError

__all__ = ["SIDE", "ClassPictures", "Part", "load_pictures", "read_classes"]

Part = Literal["train", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")
SIDE = 84
"""Height and width of the paper's inputs, pixels."""
_ENDINGS = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, slots=True, eq=False)
class ClassPictures:
    """The pictures of one part, class after class."""

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]
    """(N,), 0 … len(names) - 1, in the order of the names."""
    names: tuple[str, ...]


def read_classes(folder: Path, part: Part) -> ClassPictures:
    """List the pictures of one part of a set.

    Raises:
        DatasetError: the folder has neither layout, or a class of this part is also in another.
    """
    names = {each: _listed(folder, each) for each in PARTS}
    if not names[part]:
        raise DatasetError(
            f"{folder} has no pictures of the part {part}. It needs images/ and {part}.csv, or "
            f"{part}/CLASS/ with .jpg or .png files."
        )
    for other in PARTS:
        shared = sorted(names[part].keys() & names[other].keys())
        if other != part and shared:
            raise DatasetError(
                f"The class {shared[0]} of {folder} is in {part} and in {other}. A class that was "
                "trained on is not new: put the lists right."
            )
    found = sorted(names[part].items())
    return ClassPictures(
        paths=tuple(path for _, paths in found for path in paths),
        labels=np.repeat(np.arange(len(found)), [len(paths) for _, paths in found]),
        names=tuple(name for name, _ in found),
    )


def load_pictures(pictures: ClassPictures, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """All pictures in memory, uint8 RGB (N, 3, side, side)."""
    loaded = np.empty((len(pictures.paths), 3, side, side), np.uint8)
    for index, path in enumerate(pictures.paths):
        image = cv2.resize(read_rgb(path), (side, side), interpolation=cv2.INTER_AREA)
        loaded[index] = image.transpose(2, 0, 1)
    return loaded


def _listed(folder: Path, part: Part) -> dict[str, list[Path]]:
    """Class name → its files; empty where there is no such part."""
    found: dict[str, list[Path]] = {}
    table = folder / f"{part}.csv"
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if not {"filename", "label"} <= set(rows.fieldnames or ()):
                raise DatasetError(f"{table} must have the columns filename and label.")
            for row in rows:
                found.setdefault(row["label"], []).append(folder / "images" / row["filename"])
        return found
    for path in sorted((folder / part).glob("*/*")):
        if path.suffix.lower() in _ENDINGS:
            found.setdefault(path.parent.name, []).append(path)
    return found
