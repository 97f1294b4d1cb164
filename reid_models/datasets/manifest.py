"""A CSV manifest, into which any set can be brought: `path,pid,camid,split[,tracklet,frame]`."""

from __future__ import annotations

import csv
from pathlib import Path

from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_manifest"]

_NEEDED = ("path", "pid", "camid", "split")
_SPLITS = ("train", "query", "gallery")


def read_manifest(file: Path) -> ReidDataset:
    """Read a manifest; its train rows may be missing.

    Args:
        file: CSV with a header. `path` is absolute or relative to the CSV; `pid`, `camid`,
            `tracklet` and `frame` are whole numbers (pid -1: junk, left out); `split` is train,
            query or gallery.

    Raises:
        DatasetError: the file is missing, lacks a column, has a row that cannot be read or names
            a picture that is not there; the line is in the message.
    """
    parts: dict[str, list[Sample]] = {split: [] for split in _SPLITS}
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(
                    f"{file} lacks the column {missing[0]!r}. Its first line must be "
                    "path,pid,camid,split and may add ,tracklet,frame."
                )
            for row in reader:
                split, sample = _sample(row, file, reader.line_num)
                if sample.person >= 0:
                    parts[split].append(sample)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{file} cannot be read as a manifest ({error}). Give a CSV file in UTF-8 with the "
            "columns path,pid,camid,split."
        ) from error
    if not any(parts.values()):
        raise DatasetError(f"{file} lists no crops. Add rows of path,pid,camid,split.")
    return ReidDataset(
        name=f"manifest {file.name}",
        train=tuple(parts["train"]),
        query=tuple(parts["query"]),
        gallery=tuple(parts["gallery"]),
    )


def _sample(row: dict[str, str | None], file: Path, line: int) -> tuple[str, Sample]:
    where = f"Line {line} of {file}"
    split = (row["split"] or "").strip()
    if split not in _SPLITS:
        raise DatasetError(f"{where} has the split {split!r}; it must be train, query or gallery.")
    numbers = {}
    for name in ("pid", "camid", "tracklet", "frame"):
        text = (row.get(name) or "").strip()
        try:
            numbers[name] = int(text) if text or name in _NEEDED else None
        except ValueError:
            raise DatasetError(f"{where} has {name} {text!r}; give a whole number.") from None
    path = file.parent / (row["path"] or "")
    if not path.is_file():
        raise DatasetError(
            f"{where} names {path}, which is not there. Paths are absolute or relative to the "
            "manifest's own folder."
        )
    person, camera = numbers["pid"], numbers["camid"]
    assert person is not None
    assert camera is not None
    return split, Sample(path, person, camera, numbers["tracklet"], numbers["frame"] or 0)
