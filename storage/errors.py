"""What can go wrong in the store, as one tree.

StorageError
├── NotFound            no such camera, video, tracklet, job …
├── Conflict            somebody else changed it first, or its state does not allow this
├── DuplicateName       the name is taken
├── DuplicateVideo      this very content is already in the store (carries the video's id)
├── InvalidInput        a value the store does not accept
├── DiskFull            no room left on the store's disk
├── MediaMissing        a crop, clip or video file that should be on the disk is not
└── DatabaseError
    ├── DatabaseBusy         another process holds the database for too long
    ├── DatabaseNewer        written by a newer version of Retrace
    ├── DatabaseUnreachable  the file or the server cannot be opened
    └── DatabaseBroken       the database itself is damaged

Every message says what failed, on what, and what to do next.
"""

from __future__ import annotations


class StorageError(Exception):
    """The root of all errors of this package."""


class NotFound(StorageError):
    """Nothing with this id or name is in the store."""


class Conflict(StorageError):
    """A lost edit race, or a change that the thing's present state does not allow."""


class DuplicateName(StorageError):
    """The name is already taken by another."""


class DuplicateVideo(StorageError):
    """A video with the same content is already in the store; `video_id` and `name` tell which."""

    def __init__(self, message: str, video_id: int, name: str) -> None:
        super().__init__(message)
        self.video_id = video_id
        self.name = name


class InvalidInput(StorageError):
    """A value that the store does not accept; the message names it and what is expected."""


class DiskFull(StorageError):
    """The disk that holds the store has no room left."""


class MediaMissing(StorageError):
    """A file that the database refers to is not on the disk; `key` tells which."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class DatabaseError(StorageError):
    """The database as a whole, not one row of it, cannot serve."""


class DatabaseBusy(DatabaseError):
    """Another process held the database longer than we wait. Trying again later helps."""


class DatabaseNewer(DatabaseError):
    """The database was written by a newer version than this one."""


class DatabaseUnreachable(DatabaseError):
    """The database file or server cannot be opened."""


class DatabaseBroken(DatabaseError):
    """The database is damaged or not a database."""
