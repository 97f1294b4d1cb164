"""Clips: what browsers play, the person boxed, complete or not at all."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.tracking.videos import number_in, write_video
from tracking.clips import cut_clip
from tracking.errors import ClipError
from tracking.values import Box
from tracking.video import VideoReader


def nobody(_: float) -> Box | None:
    return None


def somebody(_: float) -> Box | None:
    return np.array([20, 10, 60, 90], dtype=np.float32)


def test_a_clip_shows_the_asked_seconds_in_a_form_browsers_play(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", size=(160, 120))
    out = tmp_path / "clips" / "c.mp4"
    cut_clip(path, 1.0, 2.5, nobody, out)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with VideoReader(out) as reader:
        frames = list(reader.frames())
    assert [number_in(f.image) for f in frames] == list(range(10, 25))
    assert [f.time for f in frames] == pytest.approx([i / 10 for i in range(15)], abs=1e-3)
    assert [p.name for p in out.parent.iterdir()] == ["c.mp4"]


def test_the_person_is_boxed_where_the_box_is_also_when_made_smaller(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", size=(160, 120))
    for max_height in (120, 60):
        out = tmp_path / f"{max_height}.mp4"
        cut_clip(path, 0.0, 1.0, somebody, out, max_height)
        scale = max_height / 120
        with VideoReader(out) as reader:
            image = next(iter(reader.frames())).image.astype(int)
        assert image.shape == (max_height, int(160 * scale), 3)
        edge = image[int(50 * scale), int(20 * scale)]
        inside = image[int(50 * scale), int(40 * scale)]
        assert edge[0] - edge[2] > 60  # amber
        assert abs(inside[0] - inside[2]) < 20  # grey as painted


@pytest.mark.parametrize("size", [(65, 49), (33, 27)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_video(tmp_path / "a.avi", "mjpeg", size=size, frames=5)
    cut_clip(path, 0.0, 9.0, nobody, tmp_path / "c.mp4")
    with VideoReader(tmp_path / "c.mp4") as reader:
        assert reader.info.width % 2 == reader.info.height % 2 == 0
        assert abs(reader.info.width - size[0]) <= 1
        assert len(list(reader.frames())) == 5


def test_variable_frame_rates_keep_their_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.52, 2.0, 2.25]
    path = write_video(tmp_path / "v.mkv", frames=6, rate=25, times=times)
    cut_clip(path, 0.4, 9.0, nobody, tmp_path / "c.mp4")
    with VideoReader(tmp_path / "c.mp4") as reader:
        assert [f.time for f in reader.frames()] == pytest.approx(
            [t - 0.5 for t in times[2:]], abs=2e-3
        )


def test_fast_video_is_thinned_to_what_a_browser_needs(tmp_path: Path) -> None:
    path = write_video(tmp_path / "f.mp4", rate=100, frames=100)
    cut_clip(path, 0.0, 1.0, nobody, tmp_path / "c.mp4")
    with VideoReader(tmp_path / "c.mp4") as reader:
        assert len(list(reader.frames())) == 25


def test_nothing_is_left_behind_when_there_is_nothing_to_show(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    folder = tmp_path / "clips"
    with pytest.raises(ClipError, match="shows nothing between"):
        cut_clip(path, 100.0, 101.0, nobody, folder / "c.mp4")
    with pytest.raises(ClipError, match="can't run from"):
        cut_clip(path, 2.0, 2.0, nobody, folder / "c.mp4")
    assert list(folder.iterdir()) == []


def test_an_earlier_clip_stays_when_cutting_fails(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    out = tmp_path / "clips" / "c.mp4"
    cut_clip(path, 0.0, 1.0, nobody, out)
    before = out.read_bytes()

    def breaks(_: float) -> Box | None:
        raise RuntimeError("no box today")

    with pytest.raises(RuntimeError, match="no box today"):
        cut_clip(path, 0.0, 1.0, breaks, out)
    assert out.read_bytes() == before
    assert [p.name for p in out.parent.iterdir()] == ["c.mp4"]
