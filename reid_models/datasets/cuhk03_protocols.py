"""CUHK03 under its two published protocols; academic research only.

*Classic* (Li et al., DeepReID, 2014): 20 lists of 100 people to test on; a crop of camera a looks
for its person among one crop of each person of camera b. It gives CMC only, as a mean over lists
and over random choices of these single crops.
*New*, also called NP (Zhong et al., Re-ranking Person Re-identification, 2017): 767 people to train
on, 700 to test on, many crops a person. Results of the two lie tens of points apart.

The release is one MATLAB 7.3 file. It is read in the two forms into which it is commonly unpacked:
lists `splits_{classic,new}_{labeled,detected}.json` beside `images_labeled` and `images_detected`,
as torchreid lays them out, and CUHK03-NP's three folders of crops.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reid_models.datasets.layouts import check_split, expect, first_there, matching
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_cuhk03_np", "read_cuhk03_splits"]

DRAWS = 10
_FILE = re.compile(r"splits_(classic|new)_(labeled|detected)\.json")
_NP_NAME = re.compile(r"(\d{4})_c(\d)_.*?(\d+)\.(?:png|jpg)")
_LISTS_LAYOUT = (
    "Give a file splits_classic_detected.json, splits_classic_labeled.json, "
    "splits_new_detected.json or splits_new_labeled.json that lies beside the folders "
    "images_detected and images_labeled, as torchreid unpacks cuhk-03.mat."
)
_NP_LAYOUT = (
    "Give CUHK03-NP's folder detected or labeled, which holds bounding_box_train, query and "
    "bounding_box_test."
)


def read_cuhk03_splits(file: Path, split: int = 0) -> ReidDataset:
    """Read one split of a list; the file's name tells protocol and boxes.

    Args:
        file: the JSON list. The crops are looked for beside it, then where it says.
        split: 0 for the new protocol. For the classic one 0–19 are the lists with a first random
            choice of gallery crops, 20–39 the same lists with a second one, up to 199.

    Raises:
        DatasetError: the list is missing, damaged or called otherwise, has no such split, or names
            a crop that is not there.
    """
    match = _FILE.fullmatch(expect(file, _LISTS_LAYOUT).name)
    if match is None:
        raise DatasetError(f"{file} is not called like a list of CUHK03. {_LISTS_LAYOUT}")
    protocol, boxes = match[1], match[2]
    splits = _parsed(file)
    name = f"CUHK03, {protocol} protocol, {boxes} boxes"
    check_split(name, split, len(splits) * (DRAWS if protocol == "classic" else 1))
    draw, index = divmod(split, len(splits))
    parts = {part: _listed(file, splits[index], part) for part in ("train", "query", "gallery")}
    if protocol == "new":
        return ReidDataset(name, parts["train"], parts["query"], parts["gallery"])
    return ReidDataset(
        name=f"{name}, split {index}, gallery choice {draw} (one crop a person; CMC only)",
        train=parts["train"],
        query=tuple(sample for sample in parts["query"] if sample.camera == 0),
        gallery=_one_each([sample for sample in parts["gallery"] if sample.camera == 1], split),
    )


def read_cuhk03_np(folder: Path) -> ReidDataset:
    """Read the new protocol from its three folders; names are `0001_c1_….png`: person, camera.

    A person's crops in one view form a tracklet.

    Args:
        folder: `detected` or `labeled`.

    Raises:
        DatasetError: one of the three is missing or holds no such names.
    """

    def read(part: str) -> tuple[Sample, ...]:
        found = matching(folder / part, _NP_NAME, "0001_c1_1.png", _NP_LAYOUT)
        return tuple(Sample(path, int(m[1]), int(m[2]), 0, int(m[3])) for path, m in found)

    return ReidDataset(
        name=f"CUHK03, new protocol, {folder.name} boxes",
        train=read("bounding_box_train"),
        query=read("query"),
        gallery=read("bounding_box_test"),
    )


def _parsed(file: Path) -> list[dict[str, Any]]:
    try:
        splits = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read as JSON ({error}). Make it again.") from error
    if not isinstance(splits, list) or not splits:
        raise DatasetError(f"{file} is not a list of splits. {_LISTS_LAYOUT}")
    return splits


def _listed(file: Path, split: dict[str, Any], part: str) -> tuple[Sample, ...]:
    try:
        rows = [(Path(path), int(person), int(camera)) for path, person, camera in split[part]]
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{file} has a split without rows of [path, person, camera] under {part!r}. "
            f"{_LISTS_LAYOUT}"
        ) from error
    return tuple(
        Sample(_found(file, path), person, camera, 0, frame)
        for frame, (path, person, camera) in enumerate(sorted(rows))
    )


def _found(file: Path, listed: Path) -> Path:
    """A moved data set still lists the crops where they once lay."""
    beside = file.parent / listed.parent.name / listed.name
    return first_there((beside, listed), _LISTS_LAYOUT)


def _one_each(samples: Sequence[Sample], seed: int) -> tuple[Sample, ...]:
    rng = np.random.default_rng(seed)
    people = sorted({sample.person for sample in samples})
    crops = [[sample for sample in samples if sample.person == person] for person in people]
    return tuple(each[rng.integers(len(each))] for each in crops)
