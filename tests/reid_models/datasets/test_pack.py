"""Packing training crops into shards and reading them back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_models.datasets import guess_format, read_dataset
from reid_models.datasets.pack import read_pack, write_pack
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError
from tests.reid_models.toy_people import write_people


def test_what_is_packed_comes_back_with_its_labels(tmp_path: Path):
    one = read_dataset(write_people(tmp_path / "one", people=3, crops=4))
    two = read_dataset(write_people(tmp_path / "two", people=2, crops=2))
    count = write_pack([one, two], tmp_path / "pack", height=16, shard_bytes=4_000)
    assert count == 16
    assert len(list((tmp_path / "pack").glob("shard-*.zip"))) > 1
    assert guess_format(tmp_path / "pack") == "pack"
    train = read_pack(tmp_path / "pack").train
    assert [s.person for s in train] == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 2 + [5] * 2
    assert {s.camera for s in train[:12]}.isdisjoint({s.camera for s in train[12:]})
    assert [s.frame for s in train[:4]] == [s.frame for s in one.train[:4]]
    assert cv2.imread(str(train[0].path)).shape == (16, 8, 3)
    assert read_pack(tmp_path / "pack").train == train


def test_jpegs_that_are_low_enough_are_copied_and_distractors_left_out(tmp_path: Path):
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.full((32, 16, 3), 77, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 40])
    data = ReidDataset("set", train=(Sample(path, 0, 1), Sample(path, 5, 1)), nobody=0)
    assert write_pack([data], tmp_path / "pack") == 1
    (sample,) = read_pack(tmp_path / "pack").train
    assert sample.path.read_bytes() == path.read_bytes()


def test_folders_that_are_in_use_empty_or_damaged_are_named(tmp_path: Path):
    data = read_dataset(write_people(tmp_path / "one", people=1, crops=1))
    with pytest.raises(DatasetError, match="not empty"):
        write_pack([data], tmp_path / "one")
    with pytest.raises(DatasetError, match="has crops to train on"):
        write_pack([ReidDataset("none")], tmp_path / "new")
    with pytest.raises(DatasetError, match="holds no pack"):
        read_pack(tmp_path / "one")
    write_pack([data], tmp_path / "pack")
    (tmp_path / "pack" / "shard-000.zip").write_bytes(b"cut")
    with pytest.raises(DatasetError, match=r"shard-000\.zip cannot be unpacked"):
        read_pack(tmp_path / "pack")
