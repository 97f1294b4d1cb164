"""Opening video files safely: files only, known containers only, one clear error for each failure.

Playlists and image sequences are refused because they make the reader open further files that the
person never chose.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import av

from tracking.errors import EmptyVideo, NotAVideo, NoVideoStream, VideoUnreadable

VIDEO_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,nut,mxf,dhav,wtv,"
    "h264,hevc,vvc,m4v,mpegvideo,mjpeg,obu,ivf"
)
AUDIO_FORMATS = "mp3,wav,flac,aac,ac3,aiff,caf,amr"  # only so that the error can say "no pictures"
RAW_FORMATS = frozenset({"h264", "hevc", "vvc", "m4v", "mpegvideo", "mjpeg", "obu"})
_OPTIONS = {
    "format_whitelist": f"{VIDEO_FORMATS},{AUDIO_FORMATS}",
    "protocol_whitelist": "file",
}


def open_container(path: Path) -> Any:
    """Open a media file for reading.

    Returns:
        An open `av.container.InputContainer`; the caller closes it.

    Raises:
        VideoUnreadable: missing, a folder, no permission, or cut off before its index was written.
        EmptyVideo: no bytes.
        NotAVideo: no container this reader knows.
    """
    try:
        if path.is_dir():
            raise VideoUnreadable(path, f"'{path.name}' is a folder. Name the video files in it.")
        size = path.stat().st_size
    except FileNotFoundError:
        raise VideoUnreadable(
            path, f"'{path}' does not exist. Check the name, or whether the disk is connected."
        ) from None
    except OSError as error:
        raise VideoUnreadable(path, f"'{path}' can't be read: {error.strerror}.") from error
    if size == 0:
        raise EmptyVideo(path, f"'{path.name}' is empty (0 bytes). Copy it again from its source.")
    try:
        return av.open(f"file:{path}", options=dict(_OPTIONS), metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise _cannot_open(path, error) from error


def video_stream(container: Any, path: Path) -> Any:
    """The stream with the moving pictures; a cover picture does not count.

    Raises:
        NoVideoStream: audio or data only.
        NotAVideo: nothing recognisable in it.
        VideoUnreadable: the pictures are in a format that can't be decoded.
    """
    streams = [
        s
        for s in container.streams.video
        if not (s.disposition & av.stream.Disposition.attached_pic)
    ]
    if not streams:
        if any(a.codec_context is not None and a.rate for a in container.streams.audio):
            raise NoVideoStream(
                path, f"'{path.name}' holds sound but no pictures. Choose the video file."
            )
        raise _not_a_video(path)
    known = [s for s in streams if s.codec_context is not None]
    if not known:
        raise VideoUnreadable(
            path,
            f"'{path.name}' is coded in a format that can't be decoded here. "
            "Convert it to H.264, for example with: ffmpeg -i IN -c:v libx264 OUT.mp4",
        )
    return max(known, key=lambda s: s.width * s.height)


def _cannot_open(path: Path, error: av.error.FFmpegError) -> Exception:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EIO, errno.EBUSY):
        return VideoUnreadable(path, f"'{path}' can't be read: {error.strerror}.")
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return VideoUnreadable(
            path,
            f"'{path.name}' was cut off before its index was written, so nothing in it can be "
            "found. Copy it again from the recorder, or repair it there.",
        )
    return _not_a_video(path)


def _not_a_video(path: Path) -> NotAVideo:
    return NotAVideo(
        path,
        f"'{path.name}' is not a video this program knows. "
        "It reads mp4, mov, mkv, webm, avi, ts and raw H.264 or HEVC files.",
    )
