"""Occluded-REID and Partial-REID: hidden and cut-off people ask for whole ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format, read_dataset
from reid_models.datasets.occluded import read_occluded_reid, read_partial_reid
from reid_models.errors import DatasetError
from tests.reid_models.datasets.trees import labels, touch


def test_occluded_crops_ask_for_whole_ones_as_from_another_camera(tmp_path: Path):
    touch(tmp_path, "occluded_body_images/001/001_01.tif", "whole_body_images/001/001_01.tif")
    touch(tmp_path, "whole_body_images/002/002_05.JPG", "whole_body_images/002/Thumbs.db")
    assert guess_format(tmp_path) == "occluded-reid"
    data = read_occluded_reid(tmp_path)
    assert labels(data.query) == [(1, 1, None, 0)]
    assert labels(data.gallery) == [(1, 2, None, 0), (2, 2, None, 0)]
    assert data.train == ()


def test_partial_crops_ask_and_those_they_were_cut_from_do_not(tmp_path: Path):
    touch(tmp_path, "partial_body_images/060_005.jpg", "occluded_body_images/060_005.jpg")
    touch(tmp_path, "whole_body_images/060_001.jpg")
    assert guess_format(tmp_path) == "partial-reid"
    data = read_partial_reid(tmp_path)
    assert [s.path.parent.name for s in data.query] == ["partial_body_images"]
    assert labels(data.gallery) == [(60, 2, None, 0)]


def test_a_part_that_is_missing_or_empty_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match="occluded_body_images is not there"):
        read_occluded_reid(tmp_path)
    touch(tmp_path, "occluded_body_images/readme.txt")
    with pytest.raises(DatasetError, match=r"occluded_body_images holds no crops named like 001"):
        read_occluded_reid(tmp_path)


def test_a_set_without_numbered_splits_refuses_a_split(tmp_path: Path):
    touch(tmp_path, "occluded_body_images/001_01.tif", "whole_body_images/001_01.tif")
    with pytest.raises(DatasetError, match="format occluded-reid, has no numbered splits"):
        read_dataset(tmp_path, split=3)
