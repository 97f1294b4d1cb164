"""MSMT17 (Wei et al., Person Transfer GAN, 2018), versions 1 and 2. Research only.

Lists name the crops and their people, `0000/0000_000_01_0303morning_0008_0.jpg 0`; the third number
of a name is the camera, 1–15. Version 2 differs in names of folders and in blurred faces.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from reid_models.datasets.layouts import expect, first_there
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_msmt17"]

_NAME = re.compile(r"\d{4}_\d{3}_(\d{2})_.+\.jpg")
_LAYOUT = (
    "Give the folder of MSMT17 that holds list_train.txt, list_query.txt and list_gallery.txt, "
    "with crops in train and test (version 1) or mask_train_v2 and mask_test_v2 (version 2)."
)


def read_msmt17(folder: Path) -> ReidDataset:
    """Read the official lists.

    Crops of `list_val.txt` are left out of training, as papers mostly do; their people are those of
    the training part. Which crops form a tracklet is not told.

    Raises:
        DatasetError: a list or folder is missing, a line cannot be read, or a crop is not there.
    """
    train = first_there((folder / "train", folder / "mask_train_v2"), _LAYOUT)
    test = first_there((folder / "test", folder / "mask_test_v2"), _LAYOUT)
    version = 2 if test.name.endswith("v2") else 1
    return ReidDataset(
        name=f"MSMT17 version {version}, official lists without list_val",
        train=_read(folder / "list_train.txt", train),
        query=_read(folder / "list_query.txt", test),
        gallery=_read(folder / "list_gallery.txt", test),
    )


def _read(file: Path, crops: Path) -> tuple[Sample, ...]:
    samples = []
    for number, line in enumerate(expect(file, _LAYOUT).read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        path, _, person = line.strip().rpartition(" ")
        match = _NAME.fullmatch(PurePosixPath(path).name)
        if match is None or not person.isdigit():
            raise DatasetError(
                f"Line {number} of {file} is {line.strip()!r}; it must be like "
                "0000/0000_000_01_0303morning_0008_0.jpg 0."
            )
        samples.append(Sample(expect(crops / path, _LAYOUT), int(person), int(match[1])))
    if not samples:
        raise DatasetError(f"{file} lists no crops. {_LAYOUT}")
    return tuple(samples)
