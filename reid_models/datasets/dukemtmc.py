"""DukeMTMC-reID (Zheng et al., 2017) and DukeMTMC-VideoReID (Wu et al., 2018): old copies only.

Their authors withdrew both in 2019. These readers are for comparing with published numbers where a
lawful copy exists; nothing here ships or downloads them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from reid_models.datasets.layouts import matching
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["VIDEO_NAME", "read_dukemtmc_reid", "read_dukemtmc_video"]

_NAME = re.compile(r"(\d{4})_c(\d)_f(\d{7})\.jpg")
VIDEO_NAME = re.compile(r"(\d{4})_?C(\d)_?F(\d{4})_?X\d+\.jpg")
"""Of both releases: `0001_C6_F0099_X30823.jpg` and `0001C6F0099X30823.jpg`."""
_LAYOUT = "Give the folder that holds bounding_box_train, query and bounding_box_test."
_VIDEO_LAYOUT = "Give the folder that holds train, query and gallery with PERSON/TRACKLET/NAME.jpg."


def read_dukemtmc_reid(folder: Path) -> ReidDataset:
    """Read the crops; names are `0001_c2_f0046182.jpg`: person, camera, frame.

    Distractors have numbers of their own and stay. Which crops form a tracklet is not told.

    Raises:
        DatasetError: a part is missing or holds no such names.
    """

    def read(part: str) -> tuple[Sample, ...]:
        found = matching(folder / part, _NAME, "0001_c2_f0046182.jpg", _LAYOUT)
        return tuple(Sample(path, int(m[1]), int(m[2]), None, int(m[3])) for path, m in found)

    return ReidDataset(
        name="DukeMTMC-reID (withdrawn), official query and gallery",
        train=read("bounding_box_train"),
        query=read("query"),
        gallery=read("bounding_box_test"),
    )


def read_dukemtmc_video(folder: Path) -> ReidDataset:
    """Read the tracklets, one a folder; the camera is in the crops' names, of either release.

    Raises:
        DatasetError: a part is missing or holds no such names.
    """
    numbers = itertools.count()  # a query's tracklet is never one of the gallery's
    return ReidDataset(
        name="DukeMTMC-VideoReID (withdrawn), official query and gallery tracklets",
        train=_tracklets(folder / "train", numbers),
        query=_tracklets(folder / "query", numbers),
        gallery=_tracklets(folder / "gallery", numbers),
    )


def _tracklets(folder: Path, numbers: Iterator[int]) -> tuple[Sample, ...]:
    samples = []
    for tracklet in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        number = next(numbers)
        found = matching(tracklet, VIDEO_NAME, "0001_C6_F0099_X30823.jpg", _VIDEO_LAYOUT)
        samples += [Sample(path, int(m[1]), int(m[2]), number, int(m[3])) for path, m in found]
    if not samples:
        raise DatasetError(f"{folder} holds no tracklets. {_VIDEO_LAYOUT}")
    return tuple(samples)
