"""Readers of the public re-ID data sets; none of them is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from reid_models.datasets.cuhk03 import read_cuhk03_dataset
from reid_models.datasets.folder import read_folder
from reid_models.datasets.manifest import read_manifest
from reid_models.datasets.market1501 import read_market1501
from reid_models.datasets.pack import read_pack
from reid_models.datasets.samples import ReidDataset

__all__ = ["READERS", "Format", "guess_format", "read_dataset"]

Format = Literal["market1501", "cuhk03ids", "folder", "manifest", "pack"]
READERS: dict[Format, Callable[[Path], ReidDataset]] = {
    "market1501": read_market1501,
    "cuhk03ids": read_cuhk03_dataset,
    "folder": read_folder,
    "manifest": read_manifest,
    "pack": read_pack,
}


def guess_format(path: Path) -> Format:
    """The format a path looks like: a file is a manifest; of folders, by what they hold."""
    if path.is_file():
        return "manifest"
    if (path / "bounding_box_train").is_dir():
        return "market1501"
    if (path / "shard-000.zip").is_file():
        return "pack"
    if any((path / part).is_dir() for part in ("train", "query")):
        return "folder"
    return "cuhk03ids"


def read_dataset(path: Path, kind: Format | None = None) -> ReidDataset:
    """Read a data set; without a `kind` the format is guessed from what lies there.

    Raises:
        DatasetError: it is not there, or not in that format.
    """
    return READERS[kind or guess_format(path)](path)
