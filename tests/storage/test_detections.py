from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import detections, videos
from storage.database import Database
from storage.errors import InvalidInput, NotFound
from tests.storage.site import a_camera, a_video


def a_chunk(counts: list[int], seed: int = 0) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    total, analysed = sum(counts), len(counts)
    return {
        "counts": np.array(counts, np.int32),
        "frames": np.arange(analysed, dtype=np.int32) * 3,
        "times": np.arange(analysed) / 8.0,
        "boxes": draw.uniform(0, 1920, (total, 4)).astype(np.float32),
        "confidences": draw.uniform(0, 1, total).astype(np.float32),
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(counts=st.lists(st.integers(0, 5), max_size=10), seed=st.integers(0, 99))
def test_chunks_come_back_exactly(database: Database, counts: list[int], seed: int) -> None:
    chunk = a_chunk(counts, seed)
    with database.write() as session:
        video = videos.find_video(session, "a.mp4") or a_video(session, a_camera(session))
        detections.add_chunk(session, video.id, 0, 0.0, 60.0, "yolo", **chunk)
    with database.read() as session:
        (loaded,) = detections.load_chunks(session, video.id, "yolo")
    assert (loaded.index, loaded.start, loaded.end) == (0, 0.0, 60.0)
    for name, array in chunk.items():
        assert getattr(loaded, name).dtype == array.dtype
        assert np.array_equal(getattr(loaded, name), array)


def test_chunks_are_kept_apart_by_settings_and_replaced_by_index(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session)).id
        for index, key, counts in [(1, "a", [1]), (0, "a", [2]), (0, "b", [3]), (1, "a", [4])]:
            detections.add_chunk(session, video, index, 0, 1, key, **a_chunk(counts))
        loaded = detections.load_chunks(session, video, "a")
        assert [(each.index, each.counts.tolist()) for each in loaded] == [(0, [2]), (1, [4])]
        assert detections.delete_chunks(session, video) == 3
        assert detections.load_chunks(session, video, "a") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": np.array([1, 2], np.int32)},
        {"counts": np.array([1.0, 1.0, 1.0])},
        {"counts": np.array([-1, 2, 2], np.int32)},
        {"boxes": np.zeros((2, 4), np.float32)},
        {"boxes": np.zeros((3, 4))},
        {"boxes": np.full((3, 4), np.nan, np.float32)},
        {"frames": np.array([3, 2, 1], np.int32)},
        {"times": np.zeros(2)},
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    database: Database, wrong: dict[str, Any]
) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session)).id
        with pytest.raises(InvalidInput):
            detections.add_chunk(session, video, 0, 0, 1, "k", **(a_chunk([1, 1, 1]) | wrong))


def test_a_chunk_needs_its_video(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound, match="no video 9"):
        detections.add_chunk(session, 9, 0, 0, 1, "k", **a_chunk([1]))
