"""What the readers of published layouts share: looking for files, and saying what was expected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reid_models.errors import DatasetError

__all__ = ["check_split", "expect", "first_there", "matching", "read_matrix"]


def expect(path: Path, layout: str) -> Path:
    """`path` itself, if it is there.

    Args:
        path: a file or folder.
        layout: a sentence on what the set looks like, for who has it lying otherwise.

    Raises:
        DatasetError: it is not there.
    """
    if not path.exists():
        raise DatasetError(f"{path} is not there. {layout}")
    return path


def first_there(paths: Sequence[Path], layout: str) -> Path:
    """The first of `paths` that is there; sets are unpacked under more than one name.

    Raises:
        DatasetError: none is; the first is named.
    """
    return next((path for path in paths if path.exists()), None) or expect(paths[0], layout)


def matching(
    folder: Path, pattern: re.Pattern[str], example: str, layout: str
) -> list[tuple[Path, re.Match[str]]]:
    """The files right in `folder` whose whole names match, sorted by name; others are passed over.

    Raises:
        DatasetError: there is none.
    """
    found = [
        (path, match)
        for path in sorted(folder.glob("*"))
        if (match := pattern.fullmatch(path.name))
    ]
    if not found:
        raise DatasetError(f"{folder} holds no crops named like {example}. {layout}")
    return found


def read_matrix(file: Path, key: str, layout: str) -> npt.NDArray[np.int64]:
    """A matrix of whole numbers (rows, columns) from a MATLAB file older than version 7.3.

    Raises:
        DatasetError: the file is missing, damaged or lacks the matrix.
    """
    from scipy.io import loadmat  # slow to import, and only two sets need it
    from scipy.io.matlab import MatReadError

    try:
        content: Any = loadmat(expect(file, layout))[key]
        return np.atleast_2d(np.asarray(content)).astype(np.int64)
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError, MatReadError) as error:
        raise DatasetError(
            f"{file} cannot be read as a MATLAB file with the matrix {key!r} ({error}). Copy it "
            "again from the data set."
        ) from error


def check_split(name: str, split: int, count: int) -> None:
    """Refuse a split that the set does not have.

    Raises:
        DatasetError: `split` is not 0 … `count` - 1.
    """
    if not 0 <= split < count:
        raise DatasetError(
            f"{name} has no split {split}. Its splits are 0 to {count - 1}; literature gives the "
            "mean over them."
        )
