"""Files of the store, named by their content."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


class Freed(NamedTuple):
    """What a deletion or a sweep took from the disk."""

    files: int
    bytes: int


class MediaStore:
    """A folder of files, each named by the SHA-256 of its content."""

    def __init__(self, root: Path) -> None:
        raise NotImplementedError

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes under `ab/cdef….suffix` and return that key. DiskFull."""
        raise NotImplementedError

    def adopt(self, file: Path, suffix: str, *, sha256: str | None = None) -> str:
        """Take a finished file over (moved, not copied, on the same file system). DiskFull."""
        raise NotImplementedError

    def path(self, key: str) -> Path:
        """Where the file is. MediaMissing, InvalidInput (not a key)."""
        raise NotImplementedError

    def read(self, key: str) -> bytes:
        """The content. MediaMissing, InvalidInput."""
        raise NotImplementedError

    def exists(self, key: str) -> bool:
        """Whether the file is there. InvalidInput."""
        raise NotImplementedError

    def delete(self, keys: Iterable[str], *, before: datetime | None = None) -> Freed:
        """Delete files; those put again since `before` stay."""
        raise NotImplementedError

    def temp_path(self, suffix: str = "") -> Path:
        """A fresh path on the same file system, to write to and then `adopt`."""
        raise NotImplementedError

    def sweep(self, known_keys: Collection[str], *, older_than: float = 3600.0) -> Freed:
        """Delete files that no row knows and stale temporary files, older than so many seconds."""
        raise NotImplementedError

    def free_bytes(self) -> int:
        """Room left on the disk."""
        raise NotImplementedError
