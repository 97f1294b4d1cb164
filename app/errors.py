"""Turn the packages' errors into what a person reads: what failed, where, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.settings import SettingsError
from reid_models.errors import ModelUnknown, ReidError, WeightsError
from storage.errors import (
    Conflict,
    DatabaseBusy,
    DiskFull,
    DuplicateName,
    DuplicateVideo,
    InvalidInput,
    MediaMissing,
    NotFound,
    StorageError,
)
from storage.people_records import DecisionRow
from tracking.errors import DetectorWeightsMissing, TrackingError, VideoError


class AppError(Exception):
    """Root of the errors that arise in `app` itself; its text is fit for a person."""


class BadRequest(AppError):
    """What was asked for makes no sense; the message says what would."""


class NotReady(AppError):
    """Weights are missing; the message names the commands that get them."""


class ModelNotAllowed(AppError):
    """A model for research only, which the settings rule out; `name` says which."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class NeedsLater(AppError):
    """Later decisions build on what is to be undone; `later` are their rows, newest first."""

    def __init__(self, message: str, later: Sequence[DecisionRow]) -> None:
        super().__init__(message)
        self.later = tuple(later)


class NotEmbedded(AppError):
    """A model has not seen all sightings; `missing` says how many are left for each model."""

    def __init__(self, message: str, missing: Mapping[str, int]) -> None:
        super().__init__(message)
        self.missing = dict(missing)


class NobodyFound(AppError):
    """A picture in which no person was found, or a query that names nobody."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is shown.

    Args:
        code: a short word for programs.
        message: for people.
        status: the HTTP status that fits.
        expected: False for a fault of ours, which deserves a traceback in the log.
    """

    code: str
    message: str
    status: int
    expected: bool = True


_STATUS: tuple[tuple[type[BaseException], str, int], ...] = (
    (NotFound, "not_found", 404),
    (MediaMissing, "media_missing", 404),
    (ModelUnknown, "not_found", 404),
    (DuplicateName, "duplicate_name", 409),
    (DuplicateVideo, "duplicate_video", 409),
    (Conflict, "conflict", 409),
    (DatabaseBusy, "busy", 503),
    (DiskFull, "disk_full", 507),
    (InvalidInput, "invalid", 422),
    (BadRequest, "invalid", 422),
    (NobodyFound, "nobody", 422),
    (NotReady, "weights_missing", 409),
    (ModelNotAllowed, "not_allowed", 409),
    (NeedsLater, "needs_later", 409),
    (NotEmbedded, "not_embedded", 409),
    (DetectorWeightsMissing, "weights_missing", 409),
    (WeightsError, "weights", 409),
    (VideoError, "video", 422),
    (SettingsError, "settings", 422),
    (TrackingError, "tracking", 422),
    (ReidError, "reid", 422),
    (StorageError, "storage", 500),
    (AppError, "invalid", 422),
)


EXPECTED = (StorageError, TrackingError, ReidError, AppError, SettingsError, OSError)
"""The roots of all errors that are raised on purpose, or by the file system."""


def describe(error: BaseException) -> Problem:
    """The problem behind any exception. One that nobody raised on purpose is `expected=False`."""
    for kind, code, status in _STATUS:
        if isinstance(error, kind):
            return Problem(code, str(error), status)
    if isinstance(error, OSError) and error.filename:
        return Problem("file", f"{error.filename}: {error.strerror or error}.", 422)
    return Problem(
        "internal",
        f"Something went wrong inside Retrace ({type(error).__name__}: {error}). The log has the "
        "details; please report it.",
        500,
        expected=False,
    )
