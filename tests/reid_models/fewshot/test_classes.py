"""miniImageNet and tieredImageNet as they lie on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_models.errors import DatasetError
from reid_models.fewshot.classes import load_pictures, read_classes
from tests.reid_models.fewshot.toy_classes import write_classes


def test_folders_of_classes_are_read_in_their_order(tmp_path: Path):
    write_classes(tmp_path, {"train": 3, "val": 1, "test": 2}, pictures=2)
    (tmp_path / "train" / "n00" / "notes.txt").write_text("no picture")
    found = read_classes(tmp_path, "train")
    assert found.names == ("n00", "n01", "n02")
    assert found.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert [path.name for path in found.paths[:2]] == ["0.png", "1.png"]
    assert read_classes(tmp_path, "test").names == ("n04", "n05")
    pictures = load_pictures(found, side=16)
    assert (pictures.shape, pictures.dtype) == ((6, 3, 16, 16), np.uint8)
    # Each picture shows its own class's colour most.
    channels = pictures.astype(int).std(axis=(2, 3))
    assert channels[0].argmax() == channels[1].argmax()


def test_lists_beside_a_folder_of_pictures_are_read(tmp_path: Path):
    write_classes(tmp_path / "made", {"train": 2}, pictures=2)
    (tmp_path / "images").mkdir()
    rows = ["filename,label"]
    for path in sorted((tmp_path / "made").glob("train/*/*.png")):
        name = f"{path.parent.name}-{path.name}"
        path.rename(tmp_path / "images" / name)
        rows.insert(1, f"{name},{path.parent.name}")
    (tmp_path / "train.csv").write_text("\n".join(rows))
    found = read_classes(tmp_path, "train")
    assert found.names == ("n00", "n01")
    assert {path.name[:3] for path in found.paths[:2]} == {"n00"}
    assert load_pictures(found, side=8).shape == (4, 3, 8, 8)


def test_what_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match="no pictures of the part val"):
        read_classes(tmp_path, "val")
    write_classes(tmp_path, {"train": 1}, pictures=1)
    (tmp_path / "test" / "n00").mkdir(parents=True)
    (tmp_path / "test" / "n00" / "0.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"n00 .* is in train and in test"):
        read_classes(tmp_path, "train")
    (tmp_path / "val.csv").write_text("file,class\n")
    with pytest.raises(DatasetError, match="filename and label"):
        read_classes(tmp_path, "val")
