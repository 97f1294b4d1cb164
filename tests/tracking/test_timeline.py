"""Which frames are analysed: a pure choice on times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.timeline import analysed_frames

TIMES = st.lists(st.floats(0.001, 5.0), max_size=60).map(
    lambda gaps: np.concatenate([[0.0], np.cumsum(gaps)])
)


@given(TIMES, st.floats(0.2, 60))
def test_it_is_the_first_frame_at_or_after_each_grid_time(times: np.ndarray, fps: float) -> None:
    chosen = analysed_frames(times, fps, tolerance=0.0)
    grid = np.arange(int(times[-1] * fps) + 2) / fps
    by_definition = {int(np.searchsorted(times, t - 1e-12)) for t in grid}
    by_definition.discard(len(times))
    unsure = {i for i in range(len(times)) if abs(times[i] * fps - round(times[i] * fps)) < 1e-6}
    near = unsure | {i + 1 for i in unsure}
    assert set(chosen.tolist()) - near == by_definition - near
    assert np.all(np.diff(chosen) > 0)


@given(TIMES)
def test_without_a_rate_every_frame_is_analysed(times: np.ndarray) -> None:
    assert analysed_frames(times, None).tolist() == list(range(len(times)))


def test_rounded_timestamps_count_as_at_their_time() -> None:
    times = np.round(np.arange(30) / 30, 3)  # 0.033 comes before 1/30
    assert analysed_frames(times, 30.0, 5e-4).tolist() == list(range(30))


def test_a_rate_must_be_positive() -> None:
    with pytest.raises(ValueError, match="fps is 0"):
        analysed_frames(np.zeros(1), 0)
