"""MARS' tracklets, which only its MATLAB files know."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format
from reid_models.datasets.mars import read_mars
from reid_models.errors import DatasetError
from reid_models.protocols import make_protocol
from tests.reid_models.datasets.trees import labels, touch, write_matrix

TRAIN = ("0001C1T0001F001.jpg", "0001C1T0001F002.jpg", "0001C2T0001F001.jpg")
TEST = (
    "00-1C1T0001F001.jpg",
    "0000C1T0001F001.jpg",
    "0000C1T0001F002.jpg",
    "0002C1T0001F001.jpg",
    "0002C1T0001F002.jpg",
    "0002C3T0001F001.jpg",
)


@pytest.fixture
def mars(tmp_path: Path) -> Path:
    """Two tracklets to train on; of the test part one is junk, one a distractor, one a query."""
    info = tmp_path / "info"
    for part, names in (("train", TRAIN), ("test", TEST)):
        touch(tmp_path / f"bbox_{part}", *(f"{name[:4]}/{name}" for name in names))
        info.mkdir(exist_ok=True)
        (info / f"{part}_name.txt").write_text("\n".join(names) + "\n")
    write_matrix(info / "tracks_train_info.mat", "track_train_info", [[1, 2, 1, 1], [3, 3, 1, 2]])
    write_matrix(
        info / "tracks_test_info.mat",
        "track_test_info",
        [[1, 1, -1, 1], [2, 3, 0, 1], [4, 5, 2, 1], [6, 6, 2, 3]],
    )
    write_matrix(info / "query_IDX.mat", "query_IDX", [[3]])
    return tmp_path


def test_rows_give_tracklets_with_both_ends_included(mars: Path):
    assert guess_format(mars) == "mars"
    data = read_mars(mars)
    assert labels(data.train) == [(1, 1, 0, 0), (1, 1, 0, 1), (1, 2, 1, 0)]
    assert labels(data.query) == [(2, 1, 2, 0), (2, 1, 2, 1)]
    assert data.query[0].path == mars / "bbox_test" / "0002" / "0002C1T0001F001.jpg"


def test_the_gallery_has_the_queries_and_whole_distractors_but_no_junk(mars: Path):
    protocol = make_protocol(read_mars(mars), "v2v")
    assert [(t.person, len(t.samples)) for t in protocol.queries] == [(2, 2)]
    assert [(t.person, t.camera, len(t.samples)) for t in protocol.gallery] == [
        (0, 1, 2),
        (2, 1, 2),
        (2, 3, 1),
    ]
    (still,) = make_protocol(read_mars(mars), "i2v").queries
    assert [s.path.name for s in still.samples] == ["0002C1T0001F001.jpg"]


def test_files_that_are_missing_or_do_not_fit_are_named(mars: Path):
    info = mars / "info"
    write_matrix(info / "query_IDX.mat", "query_IDX", [[5]])
    with pytest.raises(DatasetError, match=r"query_IDX\.mat names a tracklet that tracks_test"):
        read_mars(mars)
    write_matrix(info / "query_IDX.mat", "other", [[1]])
    with pytest.raises(DatasetError, match="the matrix 'query_IDX'"):
        read_mars(mars)
    (info / "query_IDX.mat").write_bytes(b"cut")
    with pytest.raises(DatasetError, match=r"query_IDX\.mat cannot be read as a MATLAB file"):
        read_mars(mars)
    (info / "query_IDX.mat").unlink()
    with pytest.raises(DatasetError, match=r"query_IDX\.mat is not there.*Give the folder of MARS"):
        read_mars(mars)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([[1, 4, 1, 1]], r"Row 1 of .*goes from crop 1 to 4, but .*has 3 names"),
        ([[0, 1, 1, 1]], r"goes from crop 0 to 1"),
        ([[1, 2, 1]], r"has 3 columns"),
    ],
)
def test_rows_that_do_not_fit_the_names_are_named(mars: Path, rows: list[list[int]], why: str):
    write_matrix(mars / "info" / "tracks_train_info.mat", "track_train_info", rows)
    with pytest.raises(DatasetError, match=why):
        read_mars(mars)


def test_a_crop_that_is_not_there_is_named(mars: Path):
    (mars / "bbox_train" / "0001" / TRAIN[1]).unlink()
    with pytest.raises(DatasetError, match=rf"bbox_train/0001/{TRAIN[1]} is not there"):
        read_mars(mars)
