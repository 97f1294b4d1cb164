"""Occluded-REID (Zhuo et al., 2018) and Partial-REID (Zheng et al., 2015). Research only.

Hidden or cut-off people are looked for among whole ones. Neither has a training part in current
papers: models come from elsewhere, mostly Market-1501. Names begin with the person, `001_01.tif`;
the pictures lie in one folder or in one a person. No cameras are told: those that ask and those
that are searched count as two.
"""

from __future__ import annotations

import re
from pathlib import Path

from reid_models.datasets.layouts import expect
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_occluded_reid", "read_partial_reid"]

_NAME = re.compile(r"(\d+)_.*\.(?:tif|tiff|jpg|jpeg|png|bmp)", re.IGNORECASE)


def read_occluded_reid(folder: Path) -> ReidDataset:
    """200 people, five crops hidden by something ask for five whole ones.

    Args:
        folder: holds `occluded_body_images` and `whole_body_images`.

    Raises:
        DatasetError: one of them is missing or holds no such names.
    """
    return _dataset("Occluded-REID, all people, occluded queries whole", folder, "occluded")


def read_partial_reid(folder: Path) -> ReidDataset:
    """60 people, five crops of a part of the body ask for five whole ones.

    Args:
        folder: holds `partial_body_images` and `whole_body_images`; `occluded_body_images`, from
            which the parts were cut, is not read.

    Raises:
        DatasetError: one of them is missing or holds no such names.
    """
    return _dataset("Partial-REID, all people, partial queries whole", folder, "partial")


def _dataset(name: str, folder: Path, asking: str) -> ReidDataset:
    parts = []
    for camera, kind in enumerate((asking, "whole"), 1):
        layout = f"Give the folder that holds {asking}_body_images and whole_body_images."
        place = expect(folder / f"{kind}_body_images", layout)
        samples = tuple(
            Sample(path, int(match[1]), camera)
            for path in sorted(place.rglob("*"))
            if (match := _NAME.fullmatch(path.name))
        )
        if not samples:
            raise DatasetError(f"{place} holds no crops named like 001_01.tif. {layout}")
        parts.append(samples)
    return ReidDataset(name, query=parts[0], gallery=parts[1])
