"""iLIDS-VID (Wang et al., 2014) and PRID-2011 (Hirzer et al., 2011). Research only.

Both show each person once in each of two cameras. Half of the people are for training; those of the
other half are asked for from the first camera and searched in the second. Papers give the mean CMC
over ten splits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reid_models.datasets.layouts import check_split, expect, first_there, read_matrix
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_ilidsvid", "read_prid2011"]

SPLITS = 10
_PRID_PERSON = re.compile(r"person_(\d{4})")
_PRID_SHARED, _PRID_FRAMES = 200, 27
_ILIDS_LISTS = "train_test_splits_ilidsvid.mat"
_ILIDS_LAYOUT = (
    "Give the folder of iLIDS-VID that holds i-LIDS-VID/sequences/cam1/person001/….png, the same "
    f"for cam2, and 'train-test people splits/{_ILIDS_LISTS}'."
)
_PRID_LAYOUT = (
    "Give the folder of PRID-2011 that holds multi_shot/cam_a/person_0001/….png and the same for "
    "cam_b."
)
Cameras = tuple[Mapping[str, Path], Mapping[str, Path]]


def read_ilidsvid(folder: Path, split: int = 0) -> ReidDataset:
    """Read one of the ten official splits.

    Row `split` of the list names 300 people by their place among the sorted folders; its first half
    is for testing, its second for training.

    Raises:
        DatasetError: a file is missing, cameras or list do not fit each other, or there is no such
            split.
    """
    sequences = first_there(
        (folder / "i-LIDS-VID" / "sequences", folder / "sequences"), _ILIDS_LAYOUT
    )
    cameras = _folders(sequences / "cam1"), _folders(sequences / "cam2")
    names = sorted(cameras[0])
    if not names or names != sorted(cameras[1]):
        raise DatasetError(f"{sequences} has not the same people in cam1 and cam2. {_ILIDS_LAYOUT}")
    lists = first_there(
        (folder / "train-test people splits" / _ILIDS_LISTS, folder / _ILIDS_LISTS), _ILIDS_LAYOUT
    )
    rows = read_matrix(lists, "ls_set", _ILIDS_LAYOUT)
    check_split("iLIDS-VID", split, len(rows))
    if sorted(rows[split].tolist()) != list(range(1, len(names) + 1)):
        raise DatasetError(
            f"Row {split + 1} of {lists} does not name each of the {len(names)} people in "
            f"{sequences} once. {_ILIDS_LAYOUT}"
        )
    order = (rows[split] - 1).tolist()
    half = len(order) // 2
    return _dataset("iLIDS-VID, official", split, cameras, names, order[half:], order[:half])


def read_prid2011(folder: Path, split: int = 0) -> ReidDataset:
    """Read one of ten splits, drawn with the split's number as seed: there is no official list.

    Only people 1–200 are in both cameras; of these, as papers do, those with at least 27 frames in
    each (178 in the published set).

    Raises:
        DatasetError: a folder is missing, fewer than two people are left, or there is no such
            split.
    """
    check_split("PRID-2011", split, SPLITS)
    shots = first_there((folder / "multi_shot", folder / "prid_2011" / "multi_shot"), _PRID_LAYOUT)
    cameras = _folders(shots / "cam_a"), _folders(shots / "cam_b")
    names = [
        name
        for name in sorted(cameras[0].keys() & cameras[1].keys())
        if (match := _PRID_PERSON.fullmatch(name))
        and int(match[1]) <= _PRID_SHARED
        and all(len(_frames(camera[name])) >= _PRID_FRAMES for camera in cameras)
    ]
    if len(names) < 2:
        raise DatasetError(
            f"{shots} has {len(names)} people with {_PRID_FRAMES} frames in both cameras, too few "
            f"to split. {_PRID_LAYOUT}"
        )
    order = np.random.default_rng(split).permutation(len(names)).tolist()
    half = len(order) // 2
    return _dataset("PRID-2011, our own", split, cameras, names, order[:half], order[half:])


def _dataset(
    title: str,
    split: int,
    cameras: Cameras,
    names: Sequence[str],
    train: Sequence[int],
    test: Sequence[int],
) -> ReidDataset:
    """`train` and `test` are places in `names`; a person's number is that place plus 1."""

    def read(places: Sequence[int], camera: int) -> tuple[Sample, ...]:
        return tuple(
            Sample(path, place + 1, camera, 0, frame)
            for place in sorted(places)
            for frame, path in enumerate(_frames(cameras[camera - 1][names[place]]))
        )

    return ReidDataset(
        name=f"{title} split {split}, camera 1 queries camera 2",
        train=read(train, 1) + read(train, 2),
        query=read(test, 1),
        gallery=read(test, 2),
    )


def _folders(camera: Path) -> dict[str, Path]:
    layout = _PRID_LAYOUT if camera.parent.name == "multi_shot" else _ILIDS_LAYOUT
    return {path.name: path for path in expect(camera, layout).glob("*") if path.is_dir()}


def _frames(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))
