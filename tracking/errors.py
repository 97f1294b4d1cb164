"""What can go wrong in this package; every message says what failed, where, and what to do next.

TrackingError
├── VideoError                a video can't be used
│   ├── NotAVideo             the file is no video at all
│   ├── NoVideoStream         a media file without moving pictures (audio only)
│   ├── EmptyVideo            no bytes, or not a single frame
│   └── VideoUnreadable       a video, but missing, locked or too damaged to open
├── DetectorError             people can't be detected
│   ├── DetectorWeightsMissing
│   ├── DetectorWeightsBroken
│   ├── DownloadFailed
│   └── DetectorTrainingError  a detector can't be trained
│       ├── DetectorDataError  what it learns from can't be read or used
│       └── ClipNotAllowed     a clip that must not be learnt from
├── ClipError                 a clip can't be cut
├── ResumeError               stored detections don't fit the video they are said to come from
├── LinkingError              tracklets, answers or topology don't fit together
└── EvaluationError           the truth to compare with can't be read
"""

from __future__ import annotations

from pathlib import Path


class TrackingError(Exception):
    """Root of every error this package raises on purpose."""


class VideoError(TrackingError):
    """A video can't be used.

    Args:
        path: the file it is about.
        message: what failed and what to do next, in plain words, naming the file.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class NotAVideo(VideoError):
    """The file is no video at all."""


class NoVideoStream(VideoError):
    """The file is a media file without moving pictures."""


class EmptyVideo(VideoError):
    """The file has no bytes, or not a single frame in it."""


class VideoUnreadable(VideoError):
    """The file is missing, locked, or too damaged to open."""


class DetectorError(TrackingError):
    """People can't be detected."""


class DetectorWeightsMissing(DetectorError):
    """The detector's weights are nowhere to be found."""


class DetectorWeightsBroken(DetectorError):
    """The detector's weights are there but don't load, or know no class `person`."""


class DownloadFailed(DetectorError):
    """Weights could not be fetched, or are not what the catalogue says."""


class DetectorTrainingError(DetectorError):
    """A detector can't be trained, or the run can't go on."""


class DetectorDataError(DetectorTrainingError):
    """What a detector learns from can't be read, or must not be put together like this."""


class ClipNotAllowed(DetectorTrainingError):
    """A clip that must not be learnt from: its terms forbid it, or a table is measured on it."""


class ClipError(TrackingError):
    """A clip can't be cut."""


class ResumeError(TrackingError):
    """Stored detections don't fit the video they are said to come from."""


class LinkingError(TrackingError):
    """Tracklets, answers or a topology are not what linking can work with."""


class EvaluationError(TrackingError):
    """The truth to compare with can't be read, or doesn't fit."""
