"""Reading videos: every codec and container, real times, upright pictures, damaged files."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.tracking.videos import LEVELS, dark_side, number_in, write_sound, write_video
from tracking.errors import EmptyVideo, NotAVideo, NoVideoStream, VideoUnreadable
from tracking.video import VideoReader, frame_at, probe

os.environ.setdefault("SVT_LOG", "1")

FILES = [
    ("a.mp4", "libx264", "h264"),
    ("a.mkv", "libx264", "h264"),
    ("a.mov", "libx264", "h264"),
    ("a.avi", "libx264", "h264"),
    ("a.ts", "libx264", "h264"),
    ("a.h264", "libx264", "h264"),
    ("a.mp4", "libx265", "hevc"),
    ("a.ts", "libx265", "hevc"),
    ("a.mp4", "mpeg4", "mpeg4"),
    ("a.avi", "mpeg4", "mpeg4"),
    ("a.avi", "mjpeg", "mjpeg"),
    ("a.mov", "mjpeg", "mjpeg"),
    ("a.webm", "libvpx-vp9", "vp9"),
    ("a.mkv", "libvpx-vp9", "vp9"),
    ("a.mp4", "libsvtav1", "av1"),
    ("a.mkv", "libsvtav1", "av1"),
]


@pytest.mark.parametrize(("name", "codec", "known_as"), FILES)
def test_every_codec_and_container_yields_every_frame_at_its_time(
    tmp_path: Path, name: str, codec: str, known_as: str
) -> None:
    with VideoReader(write_video(tmp_path / name, codec)) as reader:
        assert (reader.info.codec, reader.info.width, reader.info.height) == (known_as, 64, 48)
        assert reader.info.fps == pytest.approx(10)
        assert reader.info.duration == pytest.approx(4.0, abs=0.11)
        frames = list(reader.frames())
    assert [f.index for f in frames] == list(range(40))
    assert [number_in(f.image) for f in frames] == list(range(40))
    assert [f.time for f in frames] == pytest.approx([i / 10 for i in range(40)])
    assert all(f.image.dtype == np.uint8 and f.image.shape == (48, 64, 3) for f in frames)


@pytest.mark.parametrize(("name", "codec", "known_as"), FILES)
def test_reading_on_from_the_middle_yields_the_same_frames(
    tmp_path: Path, name: str, codec: str, known_as: str
) -> None:
    path = write_video(tmp_path / name, codec)
    with VideoReader(path) as reader:
        whole = {f.index: f for f in reader.frames(8)}
        for start, end in ((0.0, 1.0), (1.3, None), (2.05, 3.0), (3.9, None), (9.0, None)):
            expected = [
                f for f in whole.values() if f.time >= start and (end is None or f.time < end)
            ]
            got = list(reader.frames(8, start, end))
            assert [(f.index, f.time) for f in got] == [(f.index, f.time) for f in expected]
            for a, b in zip(got, expected, strict=True):
                np.testing.assert_array_equal(a.image, b.image)


@pytest.mark.parametrize("key_frames_apart", [5, 12])
def test_reordered_frames_keep_number_and_time_after_a_seek(
    tmp_path: Path, key_frames_apart: int
) -> None:
    options = {"bf": "3", "g": str(key_frames_apart), "b-pyramid": "normal", "open-gop": "1"}
    for name in ("b.mp4", "b.mkv", "b.ts"):
        path = write_video(tmp_path / name, options=options)
        for number in range(0, 40, 7):
            frame = frame_at(path, number / 10)
            assert (frame.index, number_in(frame.image)) == (number, number)


def test_the_analysed_frame_is_the_first_at_or_after_its_time(tmp_path: Path) -> None:
    with VideoReader(write_video(tmp_path / "a.mp4", rate=18, frames=36)) as reader:
        indices = [f.index for f in reader.frames(8)]
    assert indices == [int(np.ceil(k * 18 / 8)) for k in range(16)]


def test_a_rate_above_the_files_own_yields_each_frame_once(tmp_path: Path) -> None:
    with VideoReader(write_video(tmp_path / "a.mkv", rate=30, frames=30)) as reader:
        assert [f.index for f in reader.frames(100)] == list(range(30))
        assert [f.index for f in reader.frames(30)] == list(range(30))


def test_variable_frame_rate_uses_the_real_timestamps(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.52, 0.54, 2.0, 2.25, 5.0]
    for name in ("v.mp4", "v.mkv"):
        path = write_video(tmp_path / name, frames=8, rate=25, times=times)
        with VideoReader(path) as reader:
            everything = list(reader.frames())
            some = list(reader.frames(2))
        assert [f.time for f in everything] == pytest.approx(times, abs=1e-3)
        assert [number_in(f.image) for f in everything] == list(range(8))
        assert [f.index for f in some] == [0, 2, 5, 7]


def test_a_late_first_timestamp_is_time_zero(tmp_path: Path) -> None:
    times = [10 + i / 10 for i in range(20)]
    path = write_video(tmp_path / "late.mkv", frames=20, times=times)
    with VideoReader(path) as reader:
        assert [f.time for f in reader.frames()] == pytest.approx([i / 10 for i in range(20)])


def test_a_raw_stream_takes_its_headers_rate_and_says_so(tmp_path: Path) -> None:
    with VideoReader(write_video(tmp_path / "raw.264", rate=12, frames=24)) as reader:
        assert not reader.info.has_timestamps
        assert reader.info.duration == pytest.approx(2.0)
        assert [f.time for f in reader.frames()] == pytest.approx([i / 12 for i in range(24)])
        assert len(reader.warnings) == 1
        assert "without timestamps" in reader.warnings[0]
        assert "12 frames a second" in reader.warnings[0]


@pytest.mark.parametrize("size", [(65, 49), (33, 17), (322, 181)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "odd.avi"
    write_video(path, "mjpeg", size=size, frames=5)
    with VideoReader(path) as reader:
        assert (reader.info.width, reader.info.height) == size
        frames = list(reader.frames())
    assert [number_in(f.image) for f in frames] == list(range(5))
    assert frames[0].image.shape == (size[1], size[0], 3)


ONE = 1 << 16
TURNED = [  # display matrices as phones write them, and where the dark bar at the top ends up
    ((ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), 0, "top"),
    ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), 90, "right"),
    ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), 180, "bottom"),
    ((0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), 270, "left"),
]


@pytest.mark.parametrize(("matrix", "rotation", "side"), TURNED)
def test_rotation_metadata_is_applied(
    tmp_path: Path, matrix: tuple[int, ...], rotation: int, side: str
) -> None:
    path = write_video(tmp_path / "turned.mp4", display_matrix=matrix, size=(96, 64), frames=5)
    with VideoReader(path) as reader:
        frame = next(iter(reader.frames()))
        assert reader.info.rotation == rotation
        assert frame.image.shape[:2] == (reader.info.height, reader.info.width)
        assert dark_side(frame.image) == side
        assert frame.image.flags.c_contiguous
    assert (reader.info.width > reader.info.height) == (rotation in (0, 180))


def test_the_recording_time_is_read_and_unset_clocks_are_not(tmp_path: Path) -> None:
    def created(when: str) -> datetime | None:
        return probe(
            write_video(tmp_path / "c.mp4", frames=3, metadata={"creation_time": when})
        ).created

    assert created("2024-05-06T07:08:09Z") == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert created("1970-01-01T00:00:00Z") is None


@pytest.mark.parametrize(
    ("name", "pictures"),
    [("cut.mp4", b"mdat"), ("cut.mkv", b"\x1f\x43\xb6\x75"), ("cut.avi", b"movi")],
)
def test_a_truncated_file_yields_what_decodes_and_says_how_much(
    tmp_path: Path, name: str, pictures: bytes
) -> None:
    # An index at the front (mp4) or none needed (mkv); avi loses the one at its end.
    path = write_video(
        tmp_path / name,
        frames=LEVELS,
        size=(320, 240),
        container_options={"movflags": "faststart"} if name.endswith("mp4") else None,
        options={"g": "10", "qp": "1"},
    )
    data = path.read_bytes()
    begin = data.index(pictures)
    path.write_bytes(data[: begin + (len(data) - begin) * 2 // 3])
    with VideoReader(path) as reader:
        frames = list(reader.frames())
        warnings = " ".join(reader.warnings)
    assert 5 < len(frames) < LEVELS
    assert [number_in(f.image) for f in frames[:-1]] == list(range(len(frames) - 1))
    assert "cut short" in warnings
    assert "of 4.0 seconds" in warnings
    assert name in warnings


def test_damage_in_the_middle_is_left_out_and_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "hurt.mp4", "libx265", frames=LEVELS, size=(320, 240))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    data[start : start + 200] = os.urandom(200)
    path.write_bytes(bytes(data))
    with VideoReader(path) as reader:
        frames = list(reader.frames())
    assert [number_in(f.image) for f in frames[:5]] == list(range(5))
    assert all(f.time == pytest.approx(f.index / 10) for f in frames)


def test_a_file_cut_before_its_index_says_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "noindex.mp4")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(VideoUnreadable, match=r"noindex\.mp4' was cut off before its index"):
        VideoReader(path)


def test_a_missing_index_at_the_end_does_not_matter(tmp_path: Path) -> None:
    path = write_video(tmp_path / "noidx.avi", "mjpeg")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"idx1")])
    with VideoReader(path) as reader:
        assert [number_in(f.image) for f in reader.frames()] == list(range(40))


def write_playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    return path


def write_bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_files_that_are_no_videos_give_one_clear_error_each(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, 50_000, dtype=np.uint8).tobytes()
    cases = [
        (write_bytes(tmp_path / "noise.mp4", noise), NotAVideo, "not a video"),
        (write_bytes(tmp_path / "notes.mp4", b"Dear diary,\n" * 99), NotAVideo, "not a video"),
        (write_playlist(tmp_path / "list.mp4"), NotAVideo, "not a video"),
        (write_bytes(tmp_path / "nil.mp4", b""), EmptyVideo, "empty"),
        (write_sound(tmp_path / "talk.m4a"), NoVideoStream, "no pictures"),
        (write_sound(tmp_path / "talk.wav"), NoVideoStream, "no pictures"),
        (tmp_path / "gone.mp4", VideoUnreadable, "does not exist"),
        (tmp_path, VideoUnreadable, "folder"),
    ]
    for path, error, words in cases:
        with pytest.raises(error, match=words) as caught:
            VideoReader(path)
        assert caught.value.path == path
        assert path.name in str(caught.value)


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path: Path) -> None:
    with VideoReader(write_video(tmp_path / "12:30:05.mkv", frames=3)) as reader:
        assert len(list(reader.frames())) == 3


def test_frame_at_is_what_a_player_shows(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    shown = {-1.0: 0, 0.0: 0, 0.05: 0, 0.1: 1, 0.199: 1, 2.0: 20, 3.9: 39, 100.0: 39}
    for time, number in shown.items():
        frame = frame_at(path, time)
        assert (frame.index, number_in(frame.image)) == (number, number), time


@pytest.mark.data
def test_a_real_raw_stream(retrace_data: Path) -> None:
    path = retrace_data / "videos" / "single" / "people-detection.264"
    with VideoReader(path) as reader:
        assert (reader.info.width, reader.info.height) == (768, 432)
        assert reader.info.frames_estimate == 596
        assert reader.info.duration == pytest.approx(596 / 12)
        frames = list(reader.frames(2))
        later = list(reader.frames(2, start=40.0))
    assert len(frames) == 100
    assert [f.index for f in later] == [f.index for f in frames if f.time >= 40.0]
    np.testing.assert_array_equal(later[0].image, frames[80].image)


def test_recordings_joined_end_to_end_keep_counting(tmp_path: Path) -> None:
    """Recorders append transport streams; the second one's clock begins anew."""
    part = write_video(tmp_path / "part.ts").read_bytes()
    (tmp_path / "joined.ts").write_bytes(part + part)
    with VideoReader(tmp_path / "joined.ts") as reader:
        frames = list(reader.frames())
        warnings = " ".join(reader.warnings)
        later = list(reader.frames(8, start=5.0))
    assert [f.index for f in frames] == list(range(len(frames)))
    assert len(frames) >= 78
    assert np.all(np.diff([f.time for f in frames]) > 0)
    assert frames[-1].time == pytest.approx(7.9, abs=0.3)
    assert "jump back" in warnings
    assert later[0].time >= 5.0
