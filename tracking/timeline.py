"""When each frame of a video is shown, read from its packets without decoding a picture.

Real timestamps, never frame count over rate. Knowing every frame's place before decoding makes
frame numbers right after a seek, says up front which frames are analysed, and shows what a
damaged file lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tracking.containers import RAW_FORMATS, open_container, video_stream

_FALLBACK_RATE = 25.0
_JUMP_BACK_S = 1.0
_SHORT_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Every frame's time, in presentation order.

    Args:
        times: (n,) float64 seconds from the first frame's timestamp, not decreasing.
        pts: (n,) int64, the frames' timestamps in the stream's units, increasing; None when frames
            can only be counted (no usable timestamps): such a file is always read from its start.
        keys: (m,) int64 timestamps of the frames that decoding can begin at, increasing.
        tick: seconds of one unit of `pts`.
        has_timestamps: False for a raw stream, whose times come from its header's rate.
        warnings: what a person should know about these times.
    """

    times: NDArray[np.float64]
    pts: NDArray[np.int64] | None
    keys: NDArray[np.int64]
    tick: float
    has_timestamps: bool
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last; 0 without frames."""
        if not len(self.times):
            return 0.0
        return float(self.times[-1]) + frame_interval(self.times)


def frame_interval(times: NDArray[np.float64]) -> float:
    """Usual seconds between two frames; 1/25 where there is but one."""
    gaps = np.diff(times)
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if len(gaps) else 1 / _FALLBACK_RATE


def analysed_frames(
    times: NDArray[np.float64], fps: float | None, tolerance: float = 1e-6
) -> NDArray[np.int64]:
    """Which frames are analysed: for every time k/fps, the first frame at or after it, once.

    Args:
        times: (n,) seconds, not decreasing, the first one 0.
        fps: analysed frames a second; None for every frame.
        tolerance: seconds by which a frame may come before k/fps and still count as at it
            (containers round timestamps).

    Returns:
        (m,) increasing frame numbers, m at most n.

    Raises:
        ValueError: fps is not positive.
    """
    if fps is None:
        return np.arange(len(times), dtype=np.int64)
    if not fps > 0:
        raise ValueError(f"fps is {fps}, expected more than 0")
    # The number of the last grid time at or before each frame: a frame is the first at or after
    # some k/fps exactly when that number is greater than the frame's before it.
    grid = np.floor((times + tolerance) * fps)
    first = np.empty(len(times), dtype=bool)
    first[:1] = True
    first[1:] = grid[1:] > grid[:-1]
    return np.flatnonzero(first).astype(np.int64)


def read_timeline(path: Path) -> Timeline:
    """Read every packet's timestamp; no picture is decoded.

    Raises:
        VideoError: the file can't be opened or holds no video; see containers.py.
    """
    pts: list[int | None] = []
    dts: list[int | None] = []
    key: list[bool] = []
    broken_off = False
    with open_container(path) as container:
        stream = video_stream(container, path)
        try:
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    pts.append(packet.pts)
                    dts.append(packet.dts)
                    key.append(packet.is_keyframe)
        except av.error.FFmpegError:
            broken_off = True
        tick = float(stream.time_base)
        timeline = _timeline(path.name, container.format.name, stream, tick, pts, dts, key)
        expected = _expected_duration(container, stream)
    warnings = list(timeline.warnings)
    have = timeline.duration
    if expected is not None and expected - have > max(_SHORT_S, 2 * frame_interval(timeline.times)):
        warnings.append(
            f"Only the first {have:.1f} of {expected:.1f} seconds of '{path.name}' can be read: "
            "the file is cut short. Copy it again from its source if you need the rest."
        )
    elif broken_off:
        warnings.append(
            f"'{path.name}' is damaged after {have:.1f} seconds: what follows can't be read. "
            "Copy it again from its source if you need the rest."
        )
    return Timeline(
        timeline.times,
        timeline.pts,
        timeline.keys,
        tick,
        timeline.has_timestamps,
        tuple(warnings),
    )


def _timeline(
    name: str,
    container: str,
    stream: Any,
    tick: float,
    pts: list[int | None],
    dts: list[int | None],
    key: list[bool],
) -> Timeline:
    no_keys = np.empty(0, np.int64)
    known_dts = np.array([d for d in dts if d is not None], dtype=np.int64)
    if container in RAW_FORMATS or (pts and not any(p is not None for p in pts + dts)):
        rate, warning = _header_rate(name, stream)
        times = np.arange(len(pts), dtype=np.float64) / rate
        return Timeline(times, None, no_keys, tick, False, (warning,))
    # AVI stores no presentation times: with reordered frames only the decoding times are true.
    untrue = container == "avi" and stream.codec_context.has_b_frames
    unknown = sum(p is None for p in pts)
    jumps = bool(np.any(np.diff(known_dts) * tick < -_JUMP_BACK_S))
    if jumps:
        times = _joined(known_dts, tick)
        warning = (
            f"The timestamps of '{name}' jump back: times after the jump are counted on from "
            "before it, so the clock shown there may be off."
        )
        return Timeline(times, None, no_keys, tick, True, (warning,))
    if untrue or unknown > len(pts) / 2:
        ordered = np.sort(known_dts)
        times = (ordered - ordered[0]) * tick if len(ordered) else np.empty(0)
        return Timeline(times, None, no_keys, tick, True, ())
    shown = np.unique(np.array([p for p in pts if p is not None], dtype=np.int64))
    keys = np.unique(
        np.array([p for p, k in zip(pts, key, strict=True) if k and p is not None], dtype=np.int64)
    )
    times = (shown - shown[0]) * tick if len(shown) else np.empty(0)
    return Timeline(times, shown, keys, tick, True, ())


def _joined(dts: NDArray[np.int64], tick: float) -> NDArray[np.float64]:
    """Decoding times with every jump back replaced by one usual step."""
    steps = np.diff(dts).astype(np.float64) * tick
    usual = float(np.median(steps[steps > 0])) if np.any(steps > 0) else 1 / _FALLBACK_RATE
    steps[steps < 0] = usual
    return np.concatenate([[0.0], np.cumsum(steps)])


def _header_rate(name: str, stream: Any) -> tuple[float, str]:
    rate = stream.codec_context.framerate
    if rate and 1 <= rate <= 240:
        return float(rate), (
            f"'{name}' is a raw stream without timestamps: times are counted at the "
            f"{float(rate):g} frames a second that its header states."
        )
    return _FALLBACK_RATE, (
        f"'{name}' is a raw stream without timestamps or a frame rate: times are counted at "
        f"{_FALLBACK_RATE:g} frames a second and may run too fast or too slow."
    )


def _expected_duration(container: Any, stream: Any) -> float | None:
    """Seconds the file's header promises for its pictures; None where it promises nothing."""
    name = container.format.name
    if name in RAW_FORMATS or name in ("mpegts", "mpeg"):
        return None
    if name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)  # its duration is cut down to the index
    if stream.duration is not None and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    # Sound may go on after the pictures end: then the whole file's length promises nothing.
    if container.duration is not None and container.duration > 0 and not container.streams.audio:
        return float(container.duration / av.time_base)
    return None
