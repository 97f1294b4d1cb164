"""Data sets of empty files: readers look at names and lists only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.io import savemat

from reid_models.datasets.samples import Sample

Labels = list[tuple[int, int, int | None, int]]


def touch(folder: Path, *names: str) -> None:
    """Make empty files and the folders on the way."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write_matrix(file: Path, key: str, rows: object) -> None:
    """Write a MATLAB file with one matrix."""
    file.parent.mkdir(parents=True, exist_ok=True)
    savemat(file, {key: np.asarray(rows, np.float64)})


def labels(samples: Iterable[Sample]) -> Labels:
    """Person, camera, tracklet and frame of each crop."""
    return [(s.person, s.camera, s.tracklet, s.frame) for s in samples]
