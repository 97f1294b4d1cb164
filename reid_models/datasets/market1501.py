"""Market-1501 (Zheng et al., Scalable Person Re-identification, 2015). Research only.

Names are `0002_c1s1_000451_03.jpg`: person, camera, sequence, frame, number of the box. Person -1
is junk, 0000 a distractor. The folder `gt_bbox` holds hand-drawn boxes of the queries' people, from
which multi-query takes those of a query's person and camera.
"""

from __future__ import annotations

import re
from pathlib import Path

from reid_models.datasets.samples import JUNK, NOBODY, ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_market1501"]

_NAME = re.compile(r"(-1|\d{4})_c(\d)s(\d)_(\d{6})_(\d{2})\.(?:jpg\.)?(?:jpg|png)")


def read_market1501(folder: Path) -> ReidDataset:
    """Read the official training, query and gallery parts.

    Junk is left out of the gallery, which then has 15,913 crops; distractors stay. A sequence is
    what the set says (`s1`): one person, camera and sequence form a tracklet.

    Args:
        folder: holds `bounding_box_train`, `query`, `bounding_box_test` and, for multi-query,
            `gt_bbox`.

    Raises:
        DatasetError: one of the first three is missing or holds no such names.
    """
    gallery = _read(folder / "bounding_box_test")
    boxes = folder / "gt_bbox"
    return ReidDataset(
        name="Market-1501, official query and gallery",
        train=_read(folder / "bounding_box_train"),
        query=_read(folder / "query"),
        gallery=tuple(sample for sample in gallery if sample.person != JUNK),
        multi_query=_read(boxes) if boxes.is_dir() else (),
        nobody=NOBODY,
    )


def _read(folder: Path) -> tuple[Sample, ...]:
    samples = tuple(
        Sample(path, int(match[1]), int(match[2]), int(match[3]), int(match[4]))
        for path in sorted(folder.glob("*"))
        if (match := _NAME.fullmatch(path.name))
    )
    if not samples:
        raise DatasetError(
            f"{folder} holds no crops named like 0002_c1s1_000451_03.jpg. Give the folder of "
            "Market-1501 that holds bounding_box_train, query and bounding_box_test."
        )
    return samples
