"""The two withdrawn sets of DukeMTMC, for who still has a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format
from reid_models.datasets.dukemtmc import read_dukemtmc_reid, read_dukemtmc_video
from reid_models.errors import DatasetError
from reid_models.protocols import make_protocol
from tests.reid_models.datasets.trees import labels, touch


def test_crops_give_person_camera_and_frame(tmp_path: Path):
    touch(tmp_path, "bounding_box_train/0001_c2_f0046182.jpg", "bounding_box_train/readme.txt")
    touch(tmp_path, "query/0005_c2_f0046985.jpg", "bounding_box_test/0005_c7_f0000001.jpg")
    assert guess_format(tmp_path) == "dukemtmc-reid"
    data = read_dukemtmc_reid(tmp_path)
    assert labels(data.train) == [(1, 2, None, 46_182)]
    assert labels(data.query) == [(5, 2, None, 46_985)]
    assert labels(data.gallery) == [(5, 7, None, 1)]
    assert "withdrawn" in data.name
    (tmp_path / "query/0005_c2_f0046985.jpg").unlink()
    with pytest.raises(DatasetError, match=r"query holds no crops named like 0001_c2_f0046182"):
        read_dukemtmc_reid(tmp_path)


def write_video(folder: Path, first: str, second: str) -> Path:
    """`first` and `second`: two frames' names with camera and frame left open."""
    touch(folder, f"train/0001/0007/{first.format(1, 10)}", f"train/0001/0007/{second.format(1)}")
    touch(folder, f"query/0002/0003/{first.format(6, 99)}")
    touch(folder, f"gallery/0002/0003/{first.format(6, 50)}", "gallery/0002/list.txt")
    touch(folder, f"gallery/0002/0004/{second.format(5)}")
    return folder


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0001_C{}_F{:04}_X30823.jpg", "0001_C{}_F0200_X0.jpg"),
        ("0001C{}F{:04}X30823.jpg", "0001C{}F0200X0.jpg"),
    ],
)
def test_tracklets_of_both_releases_are_told_from_plain_folders(
    first: str, second: str, tmp_path: Path
):
    folder = write_video(tmp_path, first, second)
    assert guess_format(folder) == "dukemtmc-video"
    data = read_dukemtmc_video(folder)
    assert [(s.camera, s.frame) for s in data.train] == [(1, 10), (1, 200)]
    assert len({s.tracklet for s in data.train}) == 1
    assert [(s.camera, s.frame) for s in data.gallery] == [(6, 50), (5, 200)]


def test_a_query_tracklet_is_not_joined_with_one_of_the_gallery(tmp_path: Path):
    folder = write_video(tmp_path, "0001_C{}_F{:04}_X1.jpg", "0001_C{}_F0200_X0.jpg")
    protocol = make_protocol(read_dukemtmc_video(folder), "v2v")
    assert [len(t.samples) for t in protocol.queries] == [1]
    assert len(protocol.gallery) == 2


def test_a_missing_part_or_a_strange_name_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match="train holds no tracklets"):
        read_dukemtmc_video(tmp_path)
    touch(tmp_path, "train/0001/0007/first.jpg")
    with pytest.raises(DatasetError, match=r"0007 holds no crops named like 0001_C6_F0099"):
        read_dukemtmc_video(tmp_path)
