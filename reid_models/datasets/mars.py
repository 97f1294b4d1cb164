"""MARS (Zheng et al., MARS: A Video Benchmark, 2016). Research only.

`info/` lists the crops' names and, in MATLAB files, the tracklets: rows of first and last crop
(numbered from 1, the last included), person and camera. Person -1 is junk, 0 a distractor.
"""

from __future__ import annotations

from pathlib import Path

from reid_models.datasets.layouts import expect, read_matrix
from reid_models.datasets.samples import JUNK, ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_mars"]

_LAYOUT = (
    "Give the folder of MARS that holds bbox_train, bbox_test and info with train_name.txt, "
    "test_name.txt, tracks_train_info.mat, tracks_test_info.mat and query_IDX.mat."
)
_COLUMNS = 4


def read_mars(folder: Path) -> ReidDataset:
    """Read the official tracklets.

    Junk is left out. The queries' own tracklets stay in the gallery, without which 140 of them have
    no right answer; the rule on person and camera keeps a query from finding itself. A distractor's
    tracklet shows one person, so it stays whole.

    Raises:
        DatasetError: a file is missing or damaged, a row does not fit the names, or a crop is not
            there.
    """
    info = folder / "info"
    train = _tracklets(folder, "train")
    test = _tracklets(folder, "test")
    asked = read_matrix(info / "query_IDX.mat", "query_IDX", _LAYOUT).ravel() - 1
    if asked.min(initial=0) < 0 or asked.max(initial=0) >= len(test):
        raise DatasetError(
            f"{info / 'query_IDX.mat'} names a tracklet that tracks_test_info.mat does not have. "
            "Copy both again from the data set."
        )
    return ReidDataset(
        name="MARS, official query tracklets, gallery with the queries and without junk",
        train=_joined(train),
        query=_joined([test[index] for index in asked]),
        gallery=_joined(test),
    )


def _joined(tracklets: list[tuple[Sample, ...]]) -> tuple[Sample, ...]:
    return tuple(sample for tracklet in tracklets for sample in tracklet if sample.person != JUNK)


def _tracklets(folder: Path, part: str) -> list[tuple[Sample, ...]]:
    info, crops = folder / "info", folder / f"bbox_{part}"
    listed = expect(info / f"{part}_name.txt", _LAYOUT)
    names = listed.read_text("utf-8").split()
    file = info / f"tracks_{part}_info.mat"
    rows = read_matrix(file, f"track_{part}_info", _LAYOUT)
    if rows.shape[1] != _COLUMNS:
        raise DatasetError(
            f"{file} has {rows.shape[1]} columns; they must be four: first crop, last crop, "
            "person, camera."
        )
    found = []
    for number, (first, last, person, camera) in enumerate(rows.tolist()):
        if not 1 <= first <= last <= len(names):
            raise DatasetError(
                f"Row {number + 1} of {file} goes from crop {first} to {last}, but {listed} has "
                f"{len(names)} names. Copy both again from the data set."
            )
        found.append(
            tuple(
                Sample(expect(crops / name[:4] / name, _LAYOUT), person, camera, number, frame)
                for frame, name in enumerate(names[first - 1 : last])
            )
        )
    return found
