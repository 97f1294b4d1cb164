"""iLIDS-VID and PRID-2011: half of the people train, the others walk from camera 1 to camera 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format, read_dataset
from reid_models.datasets.samples import ReidDataset
from reid_models.datasets.two_cameras import read_ilidsvid, read_prid2011
from reid_models.errors import DatasetError
from tests.reid_models.datasets.trees import labels, touch, write_matrix

LISTS = "train-test people splits/train_test_splits_ilidsvid.mat"


@pytest.fixture
def ilids(tmp_path: Path) -> Path:
    """Four people, whose numbers have gaps as in the set, and two splits."""
    for camera in ("cam1", "cam2"):
        for person in (1, 2, 9, 11):
            folder = tmp_path / "i-LIDS-VID" / "sequences" / camera / f"person{person:03}"
            touch(folder, "b_00002.png", "a_00001.png")
    write_matrix(tmp_path / LISTS, "ls_set", [[4, 1, 3, 2], [1, 2, 3, 4]])
    return tmp_path


def test_the_first_half_of_a_row_is_for_testing(ilids: Path):
    assert guess_format(ilids) == "ilids-vid"
    data = read_ilidsvid(ilids, 0)
    assert {s.path.parent.name for s in data.query} == {"person001", "person011"}
    assert labels(data.query) == [(1, 1, 0, 0), (1, 1, 0, 1), (4, 1, 0, 0), (4, 1, 0, 1)]
    assert {(s.person, s.camera) for s in data.gallery} == {(1, 2), (4, 2)}
    assert {(s.person, s.camera) for s in data.train} == {(2, 1), (3, 1), (2, 2), (3, 2)}
    assert {s.person for s in read_dataset(ilids, split=1).query} == {1, 2}


def test_frames_are_in_the_order_of_their_names(ilids: Path):
    assert [s.path.name for s in read_ilidsvid(ilids).query[:2]] == ["a_00001.png", "b_00002.png"]


def test_what_does_not_fit_in_ilids_is_named(ilids: Path):
    with pytest.raises(DatasetError, match=r"iLIDS-VID has no split 2\. Its splits are 0 to 1"):
        read_ilidsvid(ilids, 2)
    write_matrix(ilids / LISTS, "ls_set", [[1, 2, 3, 3]])
    with pytest.raises(DatasetError, match="does not name each of the 4 people"):
        read_ilidsvid(ilids)
    (ilids / LISTS).unlink()
    with pytest.raises(DatasetError, match=rf"{LISTS} is not there"):
        read_ilidsvid(ilids)
    touch(ilids / "i-LIDS-VID" / "sequences" / "cam1" / "person300", "a.png")
    with pytest.raises(DatasetError, match="not the same people in cam1 and cam2"):
        read_ilidsvid(ilids)
    with pytest.raises(DatasetError, match=r"i-LIDS-VID/sequences is not there"):
        read_ilidsvid(ilids / "nowhere")


def write_prid(folder: Path, lengths: dict[int, tuple[int, int]]) -> Path:
    for person, counts in lengths.items():
        for camera, count in zip(("cam_a", "cam_b"), counts, strict=True):
            place = folder / "multi_shot" / camera / f"person_{person:04}"
            touch(place, *(f"{frame:04}.png" for frame in range(count)))
    return folder


def people(data: ReidDataset) -> tuple[set[str], set[str]]:
    return tuple({s.path.parent.name for s in part} for part in (data.train, data.query))


def test_prid_takes_people_of_both_cameras_with_27_frames_in_each(tmp_path: Path):
    lengths = {1: (27, 27), 2: (30, 26), 3: (27, 28), 201: (27, 27)}
    folder = write_prid(tmp_path, lengths)
    assert guess_format(folder) == "prid2011"
    data = read_prid2011(folder)
    train, test = people(data)
    assert train | test == {"person_0001", "person_0003"}
    assert train.isdisjoint(test)
    assert {s.camera for s in data.query} == {1}
    assert {s.camera for s in data.gallery} == {2}
    assert {s.camera for s in data.train} == {1, 2}
    assert {s.person for s in data.query} == {s.person for s in data.gallery}


def test_prids_ten_splits_are_drawn_by_their_number(tmp_path: Path):
    folder = write_prid(tmp_path, dict.fromkeys(range(1, 7), (27, 27)))
    splits = [people(read_prid2011(folder, split)) for split in range(10)]
    assert all(len(train) == len(test) == 3 and not train & test for train, test in splits)
    assert splits == [people(read_prid2011(folder, split)) for split in range(10)]
    assert len({frozenset(test) for _, test in splits}) > 3
    with pytest.raises(DatasetError, match="PRID-2011 has no split 10"):
        read_prid2011(folder, 10)


def test_what_is_missing_in_prid_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"multi_shot is not there"):
        read_prid2011(tmp_path)
    touch(tmp_path, "multi_shot/cam_a/person_0001/0001.png")
    with pytest.raises(DatasetError, match=r"cam_b is not there.*PRID-2011"):
        read_prid2011(tmp_path)
    touch(tmp_path, "multi_shot/cam_b/person_0001/0001.png")
    with pytest.raises(DatasetError, match="has 0 people with 27 frames"):
        read_prid2011(tmp_path)
