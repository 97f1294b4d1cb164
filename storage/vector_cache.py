"""The cache file of a vector index: one archive a space, replaced atomically.

Whether it still fits the database is decided by the state inside it; a file that is torn, or of
another format, counts as none.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.errors import StorageError

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class CacheState:
    """How much of a space an index has seen. The default: nothing."""

    epoch: str = ""
    generation: int = -1
    last_row: int = 0
    last_stone: int = 0
    vectors: int = 0


class Cached(NamedTuple):
    """What a cache file holds."""

    state: CacheState
    row_ids: NDArray[np.int64]  # (n,) ascending
    tracklet_ids: NDArray[np.int64]  # (n,)
    codes: NDArray[np.uint8]  # (n, 2 * dimension): float16


def cache_path(folder: Path, space: str) -> Path:
    """The file of a space, whose name may hold anything."""
    return folder / f"{hashlib.sha256(space.encode()).hexdigest()[:24]}.npz"


def load_cache(folder: Path, space: str, dimension: int) -> Cached | None:
    """The cached vectors of a space, or None if there are none that can be read."""
    try:
        # Opened here: numpy would leave it open where the archive is broken.
        with (
            cache_path(folder, space).open("rb") as opened,
            np.load(opened, allow_pickle=False) as file,
        ):
            numbers = file["numbers"].tolist()
            if numbers[:2] != [_FORMAT, dimension] or str(file["space"]) != space:
                return None
            cached = Cached(
                CacheState(str(file["epoch"]), *numbers[2:]),
                file["row_ids"],
                file["tracklet_ids"],
                file["codes"],
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    rows = len(cached.row_ids)
    fits = cached.tracklet_ids.shape == (rows,) and cached.codes.shape == (rows, 2 * dimension)
    return cached if fits and rows == cached.state.vectors else None


def save_cache(
    folder: Path,
    space: str,
    dimension: int,
    cached: Cached,
) -> None:
    """Write a space's file. StorageError if the folder cannot be written."""
    path = cache_path(folder, space)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    state = cached.state
    numbers = [_FORMAT, dimension, state.generation, state.last_row, state.last_stone]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.savez(
                file,
                space=np.array(space),
                epoch=np.array(state.epoch),
                numbers=np.array([*numbers, state.vectors], np.int64),
                row_ids=cached.row_ids,
                tracklet_ids=cached.tracklet_ids,
                codes=cached.codes,
            )
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(
            f"The index of space {space} cannot be saved in {folder}: {error.strerror}. "
            "Free some room or check the folder's permissions; nothing is lost."
        ) from error
