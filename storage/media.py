"""Files of the store, each named by the SHA-256 of its content; nothing else touches paths.

A key reads `ab/cdef….jpg`: the hash, split after two digits, and the kind of file. The same content
is stored once, however many rows refer to it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from storage.columns import check_utc
from storage.errors import DiskFull, InvalidInput, MediaMissing, StorageError

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}\.[a-z0-9]{1,8}")
_SUFFIX = re.compile(r"\.?([a-z0-9]{1,8})")
_TEMPORARY = "temp"
_STALE_SECONDS = 86400.0


class Freed(NamedTuple):
    """What a deletion or a sweep took from the disk."""

    files: int
    bytes: int


class MediaStore:
    """A folder of files, each named by the SHA-256 of its content. Safe among processes.

    Crops and clips are not forced to the disk one by one: they can be made again from the video.
    Adopted files (uploads) are.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).resolve()
        with self._writing(0):
            (self.root / _TEMPORARY).mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes and return their key; `suffix` as in "jpg" or ".jpg".

        Raises DiskFull, InvalidInput (the suffix).
        """
        key = _key(hashlib.sha256(data).hexdigest(), suffix)
        if self._refresh(key):
            return key
        temporary = self.temp_path()
        try:
            with self._writing(len(data)):
                temporary.write_bytes(data)
                self._settle(temporary, key)
        finally:
            temporary.unlink(missing_ok=True)
        return key

    def adopt(self, file: Path, suffix: str, *, sha256: str | None = None) -> str:
        """Take over a finished file; it is gone from where it was.

        Args:
            file: moved if on the same file system (see temp_path), else copied and deleted.
            suffix: as for put.
            sha256: of its content, if the caller knows it; else the file is read once.

        Raises:
            DiskFull, InvalidInput: as for put.
            MediaMissing: there is no such file.
        """
        if not file.is_file():
            raise MediaMissing(f"There is no file {file} to take over. Upload it again.", str(file))
        if sha256 is None:
            with file.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        key = _key(sha256, suffix)
        if self._refresh(key):
            file.unlink()
            return key
        with self._writing(file.stat().st_size):
            os.utime(file)
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
            try:
                self._settle(file, key)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy(file, key)
                file.unlink()
        return key

    def path(self, key: str) -> Path:
        """Where the file is. MediaMissing, InvalidInput (not a key)."""
        path = self.root / check_key(key)
        if not path.is_file():
            raise MediaMissing(
                f"The file {key} is missing from {self.root}. Process its video again, "
                "or restore the folder from a backup.",
                key,
            )
        return path

    def read(self, key: str) -> bytes:
        """The content. MediaMissing, InvalidInput (not a key)."""
        return self.path(key).read_bytes()

    def exists(self, key: str) -> bool:
        """Whether the file is there. InvalidInput (not a key)."""
        return (self.root / check_key(key)).is_file()

    def delete(self, keys: Iterable[str], *, before: datetime | None = None) -> Freed:
        """Delete files, and nothing else; those that are gone already do not count.

        Args:
            keys: what no row refers to any more (Removal.media_keys), after the commit.
            before: files put again since then stay, for somebody is about to refer to them
                (Removal.began). None: delete whatever their age.

        Raises InvalidInput (not a key).
        """
        limit = None if before is None else check_utc(before, "The time").timestamp()
        files = freed = 0
        for key in keys:
            size = delete_older(self.root / check_key(key), limit)
            files += size is not None
            freed += size or 0
        return Freed(files, freed)

    def temp_path(self, suffix: str = "") -> Path:
        """A fresh path on the same file system, to write to and then `adopt`."""
        if suffix:
            suffix = f".{_bare(suffix)}"
        return self.root / _TEMPORARY / f"{secrets.token_hex(16)}{suffix}"

    def sweep(self, known_keys: Collection[str], *, older_than: float = 3600.0) -> Freed:
        """Delete orphans.

        Args:
            known_keys: what rows refer to (removal.known_media_keys); all else goes.
            older_than: seconds; younger files may belong to a transaction under way. Temporary
                files go after a day.
        """
        known = set(known_keys)
        now = time.time()
        orphans = [
            (path, now - older_than)
            for path in self.root.glob("[0-9a-f][0-9a-f]/*")
            if path.relative_to(self.root).as_posix() not in known
        ]
        stale = [(path, now - _STALE_SECONDS) for path in (self.root / _TEMPORARY).iterdir()]
        files = freed = 0
        for path, limit in orphans + stale:
            size = delete_older(path, limit)
            files += size is not None
            freed += size or 0
        return Freed(files, freed)

    def free_bytes(self) -> int:
        """Room left on the disk for us, in bytes."""
        return shutil.disk_usage(self.root).free

    def _refresh(self, key: str) -> bool:
        """Whether the content is there already; marks it as wanted now (see delete)."""
        try:
            moment = time.time_ns()
            os.utime(self.root / key, ns=(moment, moment))
        except FileNotFoundError:
            return False
        return True

    def _settle(self, temporary: Path, key: str) -> None:
        target = self.root / key
        target.parent.mkdir(exist_ok=True)
        os.replace(temporary, target)

    def _copy(self, file: Path, key: str) -> None:
        temporary = self.temp_path()
        try:
            shutil.copyfile(file, temporary)
            with temporary.open("rb") as opened:
                os.fsync(opened.fileno())
            self._settle(temporary, key)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _writing(self, size: int) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(
                    f"The disk of {self.root} is full: {size:,} bytes are wanted, "
                    f"{self.free_bytes():,} are free. Remove videos or free some room."
                ) from error
            raise StorageError(
                f"Writing to {self.root} failed: {error.strerror}. Check the folder's permissions."
            ) from error


def check_key(key: str) -> str:
    """The same key, if it is one; else InvalidInput. A key never leads out of the store."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(f"{key!r} is not the key of a stored file.")
    return key


def _key(digest: str, suffix: str) -> str:
    return check_key(f"{digest[:2]}/{digest[2:]}.{_bare(suffix)}")


def _bare(suffix: str) -> str:
    matched = _SUFFIX.fullmatch(suffix.lower())
    if not matched:
        raise InvalidInput(f"{suffix!r} is not a file ending of up to eight letters and digits.")
    return matched[1]


def delete_older(path: Path, limit: float | None) -> int | None:
    """Size of the file if it was deleted; None if it was gone, or touched after `limit`."""
    try:
        found = path.stat()
        if limit is not None and found.st_mtime > limit:
            return None
        path.unlink()
    except FileNotFoundError:
        return None
    return found.st_size
