"""Reading CUHK03 from files named by person and number."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets.cuhk03 import read_cuhk03
from reid_models.errors import DatasetError


def test_person_camera_and_number_come_from_the_name(tmp_path: Path):
    for name in ("0007_04.jpg", "0007_05.jpg", "1466_09.png", "0007_12.jpg", "notes.txt"):
        (tmp_path / name).touch()
    crops = [(c.person, c.camera, c.number) for c in read_cuhk03(tmp_path)]
    assert crops == [(7, 0, 4), (7, 1, 5), (1466, 1, 9)]
    assert [c.person for c in read_cuhk03(tmp_path, range(100))] == [7, 7]


def test_a_folder_without_such_people_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match=str(tmp_path)):
        read_cuhk03(tmp_path)
    (tmp_path / "0001_00.jpg").touch()
    with pytest.raises(DatasetError, match="people 5 to 8"):
        read_cuhk03(tmp_path, range(5, 9))


@pytest.mark.data
def test_the_data_set_is_whole(retrace_data: Path):
    crops = read_cuhk03(retrace_data / "reid" / "cuhk03-detected-64x128")
    assert len(crops) == 14_097
    assert len({crop.person for crop in crops}) == 1_467
