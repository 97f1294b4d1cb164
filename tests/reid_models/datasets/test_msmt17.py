"""MSMT17's lists, in both versions' folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format
from reid_models.datasets.msmt17 import read_msmt17
from reid_models.errors import DatasetError
from tests.reid_models.datasets.trees import labels, touch

TRAIN = "0000/0000_000_01_0303morning_0008_0.jpg"
HELD_OUT = "0000/0000_001_02_0303morning_0010_1.jpg"
QUERY = "0000/0000_000_05_0303evening_0088_0.jpg"
FOUND = "0000/0000_002_14_0303noon_0001_2.jpg"


def write_set(folder: Path, train: str, test: str) -> Path:
    touch(folder / train, TRAIN, HELD_OUT)
    touch(folder / test, QUERY, FOUND)
    listed = {"train": TRAIN, "val": HELD_OUT, "query": QUERY, "gallery": FOUND}
    for part, name in listed.items():
        (folder / f"list_{part}.txt").write_text(f"{name} 0\n")
    return folder


@pytest.mark.parametrize(
    ("train", "test", "version"), [("train", "test", 1), ("mask_train_v2", "mask_test_v2", 2)]
)
def test_both_versions_give_the_listed_people_and_the_names_cameras(
    train: str, test: str, version: int, tmp_path: Path
):
    folder = write_set(tmp_path, train, test)
    assert guess_format(folder) == "msmt17"
    data = read_msmt17(folder)
    assert f"version {version}" in data.name
    assert labels(data.train) == [(0, 1, None, 0)]
    assert labels(data.query) == [(0, 5, None, 0)]
    assert labels(data.gallery) == [(0, 14, None, 0)]
    assert data.gallery[0].path == folder / test / FOUND
    assert data.nobody is None


def test_what_is_missing_or_unreadable_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"train is not there.*mask_train_v2"):
        read_msmt17(tmp_path)
    folder = write_set(tmp_path, "train", "test")
    (folder / "list_query.txt").write_text(f"\n{QUERY}\n")
    with pytest.raises(DatasetError, match=r"Line 2 of .*list_query\.txt is '0000/0000_000_05"):
        read_msmt17(folder)
    (folder / "list_query.txt").write_text(f"{TRAIN} 0\n")
    with pytest.raises(DatasetError, match=rf"test/{TRAIN} is not there"):
        read_msmt17(folder)
    (folder / "list_query.txt").write_text("\n")
    with pytest.raises(DatasetError, match="lists no crops"):
        read_msmt17(folder)
    (folder / "list_query.txt").unlink()
    with pytest.raises(DatasetError, match=r"list_query\.txt is not there"):
        read_msmt17(folder)
