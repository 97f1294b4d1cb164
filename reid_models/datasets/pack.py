"""Training crops as a few archives of small JPEGs: easy to move to a machine with a GPU.

ZIP without compression: a tar file would add a kilobyte to each of these crops of two or three.
"""

from __future__ import annotations

import csv
import itertools
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2

from reid_models.datasets.manifest import read_manifest
from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import ReidDataset
from reid_models.errors import DatasetError

__all__ = ["read_pack", "write_pack"]

_MANIFEST = "manifest.csv"
_COLUMNS = ("path", "pid", "camid", "split", "tracklet", "frame")
_JPEG = {".jpg", ".jpeg"}


def write_pack(
    datasets: Sequence[ReidDataset],
    folder: Path,
    *,
    height: int = 256,
    quality: int = 90,
    shard_bytes: int = 32 << 20,
) -> int:
    """Write the training parts of `datasets` as `shard-000.zip`, … and `manifest.csv`.

    JPEGs that are low enough are copied as they are, all others are written anew. People and
    cameras are numbered through, so that those of two sets stay apart; junk and distractors are
    left out.

    Args:
        datasets: whose training parts to take.
        folder: where to; made if it is not there, and must be empty.
        height: crops higher than this are made smaller, pixels.
        quality: of the JPEGs written anew, 1–100.
        shard_bytes: a new shard is begun when one has this size.

    Returns:
        How many crops were written.

    Raises:
        DatasetError: there is nothing to pack, a crop cannot be read, or the folder is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DatasetError(f"{folder} is not empty. Give a new folder for the pack.")
    rows = _rows(datasets)
    if not rows:
        raise DatasetError("None of the sets has crops to train on. Give a set with that part.")
    waiting = iter(rows)
    row = next(waiting, None)
    for count in itertools.count():
        if row is None:
            break
        with zipfile.ZipFile(folder / f"shard-{count:03}.zip", "w") as shard:
            written = 0
            while row is not None and written < shard_bytes:
                content = _jpeg(row.source, height, quality)
                shard.writestr(row.name, content)
                written += len(content)
                row = next(waiting, None)
    with (folder / _MANIFEST).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(row.columns for row in rows)
    return len(rows)


class _Row(NamedTuple):
    source: Path
    columns: tuple[str | int, ...]

    @property
    def name(self) -> str:
        return str(self.columns[0])


def _rows(datasets: Sequence[ReidDataset]) -> list[_Row]:
    people: dict[tuple[int, int], int] = {}
    cameras: dict[tuple[int, int], int] = {}
    rows: list[_Row] = []
    for number, dataset in enumerate(datasets):
        for sample in dataset.train:
            if sample.person < 0 or sample.person == dataset.nobody:
                continue
            name = f"crops/{len(rows):07}.jpg"
            person = people.setdefault((number, sample.person), len(people) + 1)
            camera = cameras.setdefault((number, sample.camera), len(cameras) + 1)
            tracklet = "" if sample.tracklet is None else sample.tracklet
            rows.append(_Row(sample.path, (name, person, camera, "train", tracklet, sample.frame)))
    return rows


def read_pack(folder: Path) -> ReidDataset:
    """Read a pack; its shards are unpacked beside it the first time, into `crops/`.

    Raises:
        DatasetError: the manifest, a shard or a crop is missing or damaged.
    """
    if not (folder / "crops").is_dir():
        shards = sorted(folder.glob("shard-*.zip"))
        if not shards or not (folder / _MANIFEST).is_file():
            raise DatasetError(
                f"{folder} holds no pack. Give the folder with {_MANIFEST} and shard-000.zip that "
                "was made with: train pack"
            )
        for path in shards:
            try:
                with zipfile.ZipFile(path) as shard:
                    shard.extractall(folder)
            except (zipfile.BadZipFile, OSError) as error:
                raise DatasetError(
                    f"{path} cannot be unpacked ({error}). Copy it again."
                ) from error
    return read_manifest(folder / _MANIFEST)


def _jpeg(path: Path, height: int, quality: int) -> bytes:
    image = read_rgb(path)
    if image.shape[0] <= height and path.suffix.lower() in _JPEG:
        return path.read_bytes()
    if image.shape[0] > height:
        width = max(1, round(image.shape[1] * height / image.shape[0]))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)[1])
