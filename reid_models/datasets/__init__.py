"""Readers of the public re-ID data sets; none of them is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from reid_models.datasets.cuhk03 import read_cuhk03_dataset
from reid_models.datasets.cuhk03_protocols import read_cuhk03_np, read_cuhk03_splits
from reid_models.datasets.dukemtmc import VIDEO_NAME, read_dukemtmc_reid, read_dukemtmc_video
from reid_models.datasets.folder import read_folder
from reid_models.datasets.manifest import read_manifest
from reid_models.datasets.market1501 import read_market1501
from reid_models.datasets.mars import read_mars
from reid_models.datasets.msmt17 import read_msmt17
from reid_models.datasets.occluded import read_occluded_reid, read_partial_reid
from reid_models.datasets.pack import read_pack
from reid_models.datasets.samples import ReidDataset
from reid_models.datasets.two_cameras import read_ilidsvid, read_prid2011
from reid_models.errors import DatasetError

__all__ = ["READERS", "SPLIT_READERS", "Format", "guess_format", "read_dataset"]

Format = Literal[
    "market1501",
    "cuhk03ids",
    "folder",
    "manifest",
    "pack",
    "cuhk03splits",
    "cuhk03np",
    "msmt17",
    "dukemtmc-reid",
    "dukemtmc-video",
    "mars",
    "ilids-vid",
    "prid2011",
    "occluded-reid",
    "partial-reid",
]
READERS: dict[Format, Callable[[Path], ReidDataset]] = {
    "market1501": read_market1501,
    "cuhk03ids": read_cuhk03_dataset,
    "folder": read_folder,
    "manifest": read_manifest,
    "pack": read_pack,
    "cuhk03np": read_cuhk03_np,
    "msmt17": read_msmt17,
    "dukemtmc-reid": read_dukemtmc_reid,
    "dukemtmc-video": read_dukemtmc_video,
    "mars": read_mars,
    "occluded-reid": read_occluded_reid,
    "partial-reid": read_partial_reid,
}
SPLIT_READERS: dict[Format, Callable[[Path, int], ReidDataset]] = {
    "cuhk03splits": read_cuhk03_splits,
    "ilids-vid": read_ilidsvid,
    "prid2011": read_prid2011,
}
"""Of sets with numbered splits."""
_SIGNS: tuple[tuple[str, Format], ...] = (
    ("shard-000.zip", "pack"),
    ("list_gallery.txt", "msmt17"),
    ("info/query_IDX.mat", "mars"),
    ("partial_body_images", "partial-reid"),
    ("occluded_body_images", "occluded-reid"),
    ("multi_shot/cam_a", "prid2011"),
    ("prid_2011/multi_shot/cam_a", "prid2011"),
    ("sequences/cam1", "ilids-vid"),
    ("i-LIDS-VID/sequences/cam1", "ilids-vid"),
)


def guess_format(path: Path) -> Format:
    """The format a path looks like: a file is a list; of folders, by what they hold."""
    if path.is_file():
        return "cuhk03splits" if path.suffix == ".json" else "manifest"
    if (path / "bounding_box_train").is_dir():
        return _of_three_folders(path / "bounding_box_train")
    for sign, kind in _SIGNS:
        if (path / sign).exists():
            return kind
    if any((path / part).is_dir() for part in ("train", "query")):
        first = next(path.glob("query/*/*/*"), None)
        return "dukemtmc-video" if first and VIDEO_NAME.fullmatch(first.name) else "folder"
    return "cuhk03ids"


def _of_three_folders(train: Path) -> Format:
    """Market-1501's layout became everybody's; the names differ."""
    if next(train.glob("*_c[0-9]s[0-9]_*"), None):
        return "market1501"
    if next(train.glob("*_c[0-9]_f*"), None):
        return "dukemtmc-reid"
    return "cuhk03np" if next(train.glob("*_c[0-9]_*"), None) else "market1501"


def read_dataset(path: Path, kind: Format | None = None, split: int | None = None) -> ReidDataset:
    """Read a data set; without a `kind` the format is guessed from what lies there.

    Args:
        path: the set's folder or file.
        kind: its format.
        split: which of its splits, from 0; None: the only or first one.

    Raises:
        DatasetError: it is not there, or not in that format, or has no such split.
    """
    kind = kind or guess_format(path)
    if kind in SPLIT_READERS:
        return SPLIT_READERS[kind](path, split or 0)
    if split is not None:
        raise DatasetError(
            f"{path}, of the format {kind}, has no numbered splits; those that have are of "
            f"{', '.join(SPLIT_READERS)}. Leave the split out."
        )
    return READERS[kind](path)
