"""From a timeline to decoded pictures, numbered rightly wherever decoding begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tracking.containers import open_container, video_stream
from tracking.timeline import Timeline

# Decoders that can pass over single frames which no other frame refers to, and whose other frames
# come out bit by bit the same: it saves a fifth of the time. (dav1d drops others, too.)
_DECODERS_THAT_PASS_OVER = frozenset({"h264", "hevc", "mpeg4"})


class Pictures:
    """Iterate (frame number, decoded picture) in order, from at or before the first chosen frame.

    Args:
        path: the video.
        timeline: its frames' times.
        chosen: (m,) increasing numbers of the frames that will be used; others may be left out
            where nothing depends on them.

    Attributes:
        failed: packets that did not decode so far.
        first_failed: seconds of the first of them.
    """

    def __init__(self, path: Path, timeline: Timeline, chosen: NDArray[np.int64]) -> None:
        self._path = path
        self._timeline = timeline
        self._first = int(chosen[0])
        self._chosen_pts: frozenset[int] = frozenset()
        if timeline.pts is not None:
            self._chosen_pts = frozenset(timeline.pts[chosen].tolist())
        self.failed = 0
        self.first_failed = 0.0

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        pts = self._timeline.pts
        if pts is None:
            yield from self._counted()
            return
        target = int(pts[self._first])
        earlier = self._timeline.keys[self._timeline.keys <= target][::-1].tolist()
        # A container may land after the key frame asked for: then try from the one before it.
        for key in [*earlier[:4], None]:
            landed = False
            for index, picture in self._placed(key if key is None or key > pts[0] else None):
                if not landed and index > self._first and key is not None and key > pts[0]:
                    break
                landed = True
                yield index, picture
            if landed or key is None or key <= pts[0]:
                return

    def _counted(self) -> Iterator[tuple[int, Any]]:
        with open_container(self._path) as container:
            stream = self._stream(container)
            last = len(self._timeline) - 1
            for index, picture in enumerate(self._packets(container, stream)):
                yield min(index, last), picture

    def _placed(self, seek_to: int | None) -> Iterator[tuple[int, Any]]:
        pts = self._timeline.pts
        assert pts is not None
        with open_container(self._path) as container:
            stream = self._stream(container)
            if seek_to is not None:
                container.seek(seek_to, stream=stream, backward=True)
            last = -1
            for picture in self._packets(container, stream):
                if picture.pts is None:
                    continue
                index = min(int(np.searchsorted(pts, picture.pts)), len(pts) - 1)
                if index > last:
                    last = index
                    yield index, picture

    def _stream(self, container: Any) -> Any:
        stream = video_stream(container, self._path)
        stream.thread_type = "AUTO"
        return stream

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            if self._chosen_pts and stream.codec_context.name in _DECODERS_THAT_PASS_OVER:
                needed = packet.pts is None or packet.pts in self._chosen_pts
                stream.codec_context.skip_frame = "DEFAULT" if needed else "NONREF"
            try:
                pictures = packet.decode()
            except av.error.FFmpegError:
                self._note_failure(packet)
                continue
            yield from pictures

    def _note_failure(self, packet: Any) -> None:
        if not self.failed and packet.pts is not None and self._timeline.pts is not None:
            self.first_failed = max(
                0.0, (packet.pts - int(self._timeline.pts[0])) * self._timeline.tick
            )
        self.failed += 1
