"""CUHK03's published protocols: torchreid's lists of splits, and CUHK03-NP's folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_models.datasets import guess_format, read_dataset
from reid_models.datasets.cuhk03_protocols import read_cuhk03_np, read_cuhk03_splits
from reid_models.errors import DatasetError
from reid_models.protocols import make_protocol
from tests.reid_models.datasets.trees import labels, touch

PEOPLE, CROPS = 4, 3


def write_lists(folder: Path, file: str, splits: int = 2) -> Path:
    """Two people to train on, two to test on; three crops in each view; paths of another disk."""
    rows = [
        [f"/elsewhere/images_detected/1_{person + 1:03}_{view}_{number:02}.png", person, view - 1]
        for person in range(PEOPLE)
        for view in (1, 2)
        for number in range(1, CROPS + 1)
    ]
    touch(folder / "images_detected", *(Path(row[0]).name for row in rows))
    train = [row for row in rows if row[1] < 2]
    test = [row for row in rows if row[1] >= 2]
    split = {"train": train, "query": test, "gallery": test, "num_train_pids": 2}
    (folder / file).write_text(json.dumps([split] * splits))
    return folder / file


def test_classic_asks_with_camera_a_for_one_crop_of_each_person_of_camera_b(tmp_path: Path):
    data = read_cuhk03_splits(write_lists(tmp_path, "splits_classic_detected.json"), 1)
    assert {s.person for s in data.train} == {0, 1}
    assert [(s.person, s.camera) for s in data.query] == [(2, 0)] * CROPS + [(3, 0)] * CROPS
    assert [(s.person, s.camera) for s in data.gallery] == [(2, 1), (3, 1)]
    assert "split 1, gallery choice 0" in data.name
    assert data.query[0].path == tmp_path / "images_detected" / "1_003_1_01.png"


def test_classic_gallery_choices_are_ten_a_split_and_repeatable(tmp_path: Path):
    file = write_lists(tmp_path, "splits_classic_detected.json")
    galleries = [read_cuhk03_splits(file, split).gallery for split in range(20)]
    assert galleries == [read_cuhk03_splits(file, split).gallery for split in range(20)]
    assert len(set(galleries[::2])) > 1
    assert "split 1, gallery choice 9" in read_cuhk03_splits(file, 19).name
    with pytest.raises(DatasetError, match=r"has no split 20\. Its splits are 0 to 19"):
        read_cuhk03_splits(file, 20)


def test_the_new_protocol_takes_queries_and_gallery_as_listed(tmp_path: Path):
    data = read_cuhk03_splits(write_lists(tmp_path, "splits_new_detected.json", splits=1))
    assert len(data.query) == len(data.gallery) == 2 * 2 * CROPS
    assert data.name == "CUHK03, new protocol, detected boxes"
    with pytest.raises(DatasetError, match="has no split 1"):
        read_cuhk03_splits(tmp_path / "splits_new_detected.json", 1)


def test_lists_that_cannot_be_used_say_what_is_wrong(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"splits_new_labeled\.json is not there.*torchreid"):
        read_cuhk03_splits(tmp_path / "splits_new_labeled.json")
    file = write_lists(tmp_path, "splits_classic_detected.json")
    (tmp_path / "images_detected" / "1_004_2_03.png").unlink()
    with pytest.raises(DatasetError, match=r"images_detected/1_004_2_03\.png is not there"):
        read_cuhk03_splits(file)
    for content, why in (("[", "as JSON"), ("{}", "list of splits"), ("[{}]", "under 'train'")):
        file.write_text(content)
        with pytest.raises(DatasetError, match=why):
            read_cuhk03_splits(file)
    with pytest.raises(DatasetError, match="not called like a list of CUHK03"):
        read_cuhk03_splits(file.rename(tmp_path / "mine.json"))


def test_np_folders_give_person_view_and_number(tmp_path: Path):
    folder = tmp_path / "labeled"
    touch(folder, "bounding_box_train/0003_c1_21.png", "query/0001_c1_1.png", "query/Thumbs.db")
    touch(folder, "bounding_box_test/0001_c1_2.png", "bounding_box_test/0001_c2_6.png")
    assert guess_format(folder) == "cuhk03np"
    data = read_cuhk03_np(folder)
    assert data.name == "CUHK03, new protocol, labeled boxes"
    assert labels(data.train) == [(3, 1, 0, 21)]
    assert labels(data.query) == [(1, 1, 0, 1)]
    assert labels(data.gallery) == [(1, 1, 0, 2), (1, 2, 0, 6)]
    (asked,) = make_protocol(data, "v2v").queries
    assert [s.frame for s in asked.samples] == [1, 2]
    (folder / "query/0001_c1_1.png").unlink()
    with pytest.raises(DatasetError, match=r"query holds no crops named like 0001_c1_1\.png"):
        read_dataset(folder)
