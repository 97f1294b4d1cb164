"""Reading video files: real timestamps, upright pictures, right frame numbers after a seek.

Times are seconds from the first frame's timestamp; frame numbers count from 0 in presentation
order; pictures are uint8 RGB (height, width, 3), turned upright by the file's rotation metadata.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tracking.containers import RAW_FORMATS, open_container, video_stream
from tracking.decoding import Pictures
from tracking.errors import EmptyVideo, VideoUnreadable
from tracking.timeline import Timeline, analysed_frames, read_timeline

_FIRST_FRAME_WITHIN_PACKETS = 1000
_OLDEST_PLAUSIBLE_YEAR = 1990  # an unset clock reads 1904 or 1970


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video's header and first frame say.

    Args:
        path: the file.
        width, height: pixels of the upright picture, rotation applied.
        fps: average frames a second; 0 where unknown.
        duration: seconds; None where neither header nor packets tell.
        frames_estimate: number of frames, exact only after reading; None where unknown.
        codec: e.g. "h264", "hevc", "mpeg4", "mjpeg", "vp9", "av1".
        container: e.g. "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "h264".
        rotation: degrees, clockwise, by which stored pictures are turned: 0, 90, 180 or 270.
        created: when it was recorded as its metadata has it, aware, UTC; None where unset.
        has_timestamps: False for raw streams, whose times come from the header's rate.
    """

    path: Path
    width: int
    height: int
    fps: float
    duration: float | None
    frames_estimate: int | None
    codec: str
    container: str
    rotation: int
    created: datetime | None
    has_timestamps: bool


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Args:
        index: 0-based, in presentation order, in the file.
        time: seconds from the first frame's timestamp.
        image: (height, width, 3) uint8 RGB, upright.
    """

    index: int
    time: float
    image: NDArray[np.uint8]


def probe(path: Path) -> VideoInfo:
    """Read a video's header and decode its first frame.

    Raises:
        NotAVideo, NoVideoStream, EmptyVideo, VideoUnreadable: one clear reason each.
    """
    with open_container(path) as container:
        stream = video_stream(container, path)
        first = _first_frame(container, stream, path)
        rotation = _clockwise(first)
        width, height = first.width, first.height
        if rotation in (90, 270):
            width, height = height, width
        rate = stream.average_rate or stream.guessed_rate
        duration = _header_duration(container, stream)
        frames = stream.frames or None
        raw = container.format.name in RAW_FORMATS
        codec, container_name = stream.codec_context.name, container.format.name
        created = _created(container, stream)
    fps = float(rate) if rate else 0.0
    if raw or duration is None:
        timeline = _timeline_of(path)
        duration, frames = timeline.duration, len(timeline)
        fps = frames / duration if duration else fps
    elif frames is None and fps:
        frames = round(duration * fps)
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        fps=fps,
        duration=duration,
        frames_estimate=frames,
        codec={"libdav1d": "av1", "libvpx-vp9": "vp9"}.get(codec, codec),
        container=container_name,
        rotation=rotation,
        created=created,
        has_timestamps=not raw,
    )


class VideoReader:
    """A video, read as often as wanted; every `frames` call decodes on its own.

    Args:
        path: the file.

    Attributes:
        info: what its header says.
        warnings: what a person should know; grows while frames are read.

    Raises:
        NotAVideo, NoVideoStream, EmptyVideo, VideoUnreadable: one clear reason each.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.info = probe(path)
        self.warnings: list[str] = []
        self._timeline: Timeline | None = None

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timeline = None

    @property
    def timeline(self) -> Timeline:
        """Every frame's time; the first use reads through the file once, decoding nothing."""
        if self._timeline is None:
            self._timeline = _timeline_of(self.path)
            self._warn(*self._timeline.warnings)
        return self._timeline

    def frames(
        self, fps: float | None = None, start: float = 0.0, end: float | None = None
    ) -> Iterator[Frame]:
        """Analysed frames in time order; frames in between are decoded but not converted.

        The analysed frame for time k/fps is the first at or after it. The grid is the same
        whatever `start` is, so reading on from `start` yields what a reading from 0 would have.

        Args:
            fps: analysed frames a second; None for every frame.
            start: seconds; frames before it are left out.
            end: seconds; frames at or after it are left out. None for the end of the file.

        Raises:
            ValueError: fps is not positive.
        """
        timeline = self.timeline
        chosen = analysed_frames(timeline.times, fps, _tolerance(timeline))
        times = timeline.times[chosen]
        within = times >= start
        if end is not None:
            within &= times < end
        yield from self._decode(timeline, chosen[within])

    def frame_at(self, time: float) -> Frame:
        """The frame a player would show at `time` seconds; the first or last beyond the ends.

        Raises:
            VideoUnreadable: it can't be decoded.
        """
        times = self.timeline.times
        index = int(np.searchsorted(times, time + _tolerance(self.timeline), side="right")) - 1
        index = min(max(index, 0), len(times) - 1)
        for frame in self._decode(self.timeline, np.array([index], dtype=np.int64)):
            return frame
        raise VideoUnreadable(
            self.path, f"'{self.path.name}' has no picture that decodes at {time:.2f} s."
        )

    def _warn(self, *warnings: str) -> None:
        self.warnings.extend(w for w in warnings if w not in self.warnings)

    def _decode(self, timeline: Timeline, chosen: NDArray[np.int64]) -> Iterator[Frame]:
        """Decode and convert exactly the frames `chosen`, which increase."""
        if not len(chosen):
            return
        wanted = iter(chosen.tolist())
        want: int | None = next(wanted)
        rotation = self.info.rotation
        pictures = Pictures(self.path, timeline, chosen)
        for index, picture in pictures:
            while want is not None and want < index:  # one that did not decode
                want = next(wanted, None)
            if want is None:
                break
            if index == want:
                yield Frame(index, float(timeline.times[index]), _upright(picture, rotation))
                want = next(wanted, None)
                if want is None:
                    break
        if pictures.failed:
            count, first = pictures.failed, pictures.first_failed
            self._warn(
                f"{count} {'frame' if count == 1 else 'frames'} of '{self.path.name}' near "
                f"{first:.1f} s could not be decoded and were left out: the file is damaged."
            )


def frame_at(path: Path, time: float) -> Frame:
    """The frame a player would show at `time` seconds, quickly: only what is needed is decoded.

    Raises:
        VideoError: the file can't be read; see `VideoReader`.
    """
    with VideoReader(path) as reader:
        return reader.frame_at(time)


def _tolerance(timeline: Timeline) -> float:
    """Half of what rounding to the file's own units can shift a time, at most half a ms."""
    return max(1e-6, min(timeline.tick / 2, 5e-4))


def _first_frame(container: Any, stream: Any, path: Path) -> Any:
    seen = 0
    try:
        for packet in container.demux(stream):
            seen += 1
            try:
                for picture in packet.decode():
                    return picture
            except av.error.FFmpegError:
                pass
            if seen > _FIRST_FRAME_WITHIN_PACKETS:
                break
    except av.error.FFmpegError:
        pass
    if seen <= 1:
        raise EmptyVideo(path, f"'{path.name}' has no frames in it. Copy it again from its source.")
    raise VideoUnreadable(
        path, f"No picture of '{path.name}' decodes: it is damaged. Copy it again from its source."
    )


def _upright(picture: Any, rotation: int) -> NDArray[np.uint8]:
    image: NDArray[np.uint8] = picture.to_ndarray(format="rgb24")
    if rotation:
        image = np.ascontiguousarray(np.rot90(image, k=-(rotation // 90)))
    return image


def _clockwise(picture: Any) -> int:
    """Turn needed to show it upright; FFmpeg states it counter-clockwise."""
    return round(-picture.rotation / 90) * 90 % 360


def _header_duration(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and container.duration > 0:
        return float(container.duration / av.time_base)
    return None


def _created(container: Any, stream: Any) -> datetime | None:
    for metadata in (container.metadata, stream.metadata):
        for name in ("com.apple.quicktime.creationdate", "creation_time", "DATE_RECORDED"):
            try:
                when = datetime.fromisoformat(metadata[name])
            except (KeyError, ValueError):
                continue
            if when.tzinfo is None:
                continue
            if when.year >= _OLDEST_PLAUSIBLE_YEAR:
                return when.astimezone(UTC)
    return None


def _timeline_of(path: Path) -> Timeline:
    stat = path.stat()
    timeline = _cached_timeline(path, stat.st_size, stat.st_mtime_ns)
    if not len(timeline) or not math.isfinite(timeline.times[-1]):
        raise EmptyVideo(path, f"'{path.name}' has no frames in it. Copy it again from its source.")
    return timeline


@lru_cache(maxsize=16)
def _cached_timeline(path: Path, size: int, modified: int) -> Timeline:
    return read_timeline(path)
