"""CUHK03 as files named by person and number: `IIII_KK.jpg` (Li et al., DeepReID, 2014).

KK 00–04 are camera a's crops of person IIII, 05–09 camera b's. The data set's camera pairs are not
told apart in the names. Academic research only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["Cuhk03Crop", "read_cuhk03", "read_cuhk03_dataset"]

_NAME = re.compile(r"(\d{4})_(0\d)\.(?:jpg|png)")
_PER_CAMERA = 5
TRAIN_PEOPLE, TEST_PEOPLE = range(767), range(767, 1467)
"""Our own split, as the official lists do not fit these names."""


@dataclass(frozen=True, slots=True)
class Cuhk03Crop:
    """One crop: person 0–1466, camera 0 (a) or 1 (b), number 0–9."""

    path: Path
    person: int
    camera: int
    number: int


def read_cuhk03(folder: Path, people: range | None = None) -> Sequence[Cuhk03Crop]:
    """List the crops, sorted by person and number.

    Args:
        folder: holds the files.
        people: whose crops to list; None for everybody's.

    Raises:
        DatasetError: the folder is missing, has no such files, or none of these people.
    """
    found = [
        Cuhk03Crop(path, int(match[1]), int(match[2]) // _PER_CAMERA, int(match[2]))
        for path in sorted(folder.glob("*"))
        if (match := _NAME.fullmatch(path.name))
    ]
    wanted = [crop for crop in found if people is None or crop.person in people]
    if not wanted:
        whose = f" of people {people.start} to {people.stop - 1}" if people and found else ""
        raise DatasetError(
            f"{folder} holds no CUHK03 crops{whose} named like 0000_00.jpg. Give the folder in "
            "which they lie (cuhk03-detected-64x128)."
        )
    return wanted


def read_cuhk03_dataset(folder: Path) -> ReidDataset:
    """The set under our own protocol "CUHK03-last700".

    People 0–766 are for training; of people 767–1466 every crop of camera a queries all of camera
    b's. A person's crops in one view form a tracklet.

    Raises:
        DatasetError: as `read_cuhk03` says.
    """
    return ReidDataset(
        name="CUHK03-last700, camera a queries b (not the official split)",
        train=_samples(read_cuhk03(folder, TRAIN_PEOPLE)),
        query=tuple(s for s in _samples(read_cuhk03(folder, TEST_PEOPLE)) if s.camera == 0),
        gallery=tuple(s for s in _samples(read_cuhk03(folder, TEST_PEOPLE)) if s.camera == 1),
    )


def _samples(crops: Sequence[Cuhk03Crop]) -> tuple[Sample, ...]:
    return tuple(Sample(c.path, c.person, c.camera, 0, c.number) for c in crops)
