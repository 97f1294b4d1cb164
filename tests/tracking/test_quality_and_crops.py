"""Judging crops, and choosing them while a tracklet grows."""

from __future__ import annotations

from collections.abc import Set

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.tracking.people import box_of
from tracking.crops import HIGHEST, KEYFRAMES, STRIP, CropCollector, cut
from tracking.quality import crop_quality, overlap, sharpness, truncation
from tracking.values import Crop

NOBODY = np.empty((0, 4), np.float32)
RNG = np.random.default_rng(1)
NOISE: NDArray[np.uint8] = RNG.integers(0, 256, (400, 600, 3), dtype=np.uint8)


def test_a_blurred_crop_is_less_sharp_and_a_flat_one_not_at_all() -> None:
    blurred = cv2.GaussianBlur(NOISE, (9, 9), 3).astype(np.uint8)
    assert sharpness(NOISE) > 1.5 * sharpness(blurred) > 0
    assert sharpness(np.zeros_like(NOISE)) == 0


@pytest.mark.parametrize(
    ("box", "least", "most"),
    [
        ((200, 100, 260, 250), 0.0, 0.0),  # in the middle
        ((200, 100, 320, 110), 0.0, 0.0),  # flat, but nothing cuts it
        ((200, 340, 260, 400), 0.5, 0.7),  # legs below the edge
        ((0, 100, 20, 250), 0.6, 0.7),  # half behind the left edge
        ((540, 250, 600, 400), 0.1, 0.1),  # whole, but at the edge
    ],
)
def test_truncation_is_told_from_edge_and_shape(
    box: tuple[float, ...], least: float, most: float
) -> None:
    assert least <= truncation(np.array(box, np.float32), (600, 400)) <= most


def test_overlap_is_the_share_that_others_cover() -> None:
    box = box_of(100)
    assert overlap(box, NOBODY) == 0
    assert overlap(box, box_of(115)[None]) == pytest.approx(0.5)
    assert overlap(box, np.stack([box, box])) == 1


@given(
    st.floats(-50, 650), st.floats(-50, 450), st.floats(1, 300), st.floats(1, 400), st.floats(0, 1)
)
def test_quality_is_always_in_range_and_crops_always_a_picture(
    x: float, y: float, width: float, height: float, confidence: float
) -> None:
    box = box_of(x, y, width, height)
    pixels = cut(NOISE, box)
    assert 1 <= pixels.shape[0] <= HIGHEST
    assert pixels.shape[1] >= 1
    quality = crop_quality(pixels, box, confidence, box_of(10)[None], (600, 400))
    assert 0 <= quality.score <= 1


def test_a_clear_picture_scores_better_than_a_hidden_cut_or_small_one() -> None:
    def score(box: NDArray[np.float32], others: NDArray[np.float32] = NOBODY) -> float:
        return crop_quality(cut(NOISE, box), box, 0.9, others, (600, 400)).score

    good = box_of(200, 50, 80, 200)
    assert score(good) > score(good, box_of(220, 50, 80, 200)[None])
    assert score(good) > score(box_of(200, 200, 80, 200))
    assert score(good) > score(box_of(200, 50, 20, 50))


def test_tall_boxes_are_made_smaller_and_small_ones_left() -> None:
    assert cut(NOISE, box_of(0, 0, 100, 400)).shape == (256, 64, 3)
    np.testing.assert_array_equal(cut(NOISE, box_of(10, 20, 30, 40)), NOISE[20:60, 10:40])


def collect(n: int, best: Set[int] = frozenset()) -> tuple[Crop, ...]:
    collector = CropCollector()
    box = box_of(100, 100, 40, 100)
    for i in range(n):
        confidence = 1.0 if i in best else 0.5
        collector.add(i, i / 8, NOISE, box, confidence, NOBODY)
    return collector.finish()


def of(kind: str, crops: tuple[Crop, ...]) -> list[int]:
    return [c.frame for c in crops if c.kind == kind]


@pytest.mark.parametrize("n", [1, 2, 8, 31, 32, 33, 64, 65, 200, 960])
def test_the_strip_is_even_and_the_keyframes_spread(n: int) -> None:
    crops = collect(n)
    strip, keyframes = of("strip", crops), of("keyframe", crops)
    assert 1 <= len(strip) <= STRIP
    assert len(strip) >= min(n, STRIP // 2 + 1)
    assert 1 <= len(keyframes) <= KEYFRAMES
    assert strip == sorted(set(strip))
    assert keyframes == sorted(set(keyframes))
    assert strip[0] == 0
    assert strip[-1] >= n * 0.9 - 8
    if len(strip) > 2:
        gaps = np.diff(strip)
        assert gaps.max() <= 2 * gaps.min()
    if n >= 64:
        assert len(keyframes) == KEYFRAMES
        assert np.diff(keyframes).max() < n / 3


def test_the_best_frames_become_keyframes() -> None:
    best = {5, 100, 190}
    assert best <= set(of("keyframe", collect(200, best)))


def test_memory_is_bounded_however_long_the_tracklet() -> None:
    collector = CropCollector()
    for i in range(3000):
        collector.add(i, i / 8, NOISE, box_of(100, 100, 20, 40), 0.9, NOBODY)
    assert len(collector._strip) <= 2 * STRIP
    assert len(collector._best) <= 2 * KEYFRAMES


def test_a_crop_is_the_jpeg_it_says_it_is() -> None:
    smooth = cv2.GaussianBlur(NOISE, (31, 31), 8).astype(np.uint8)
    collector = CropCollector()
    collector.add(0, 0.0, smooth, box_of(100, 100, 40, 100), 0.9, NOBODY)
    for crop in collector.finish():
        picture = cv2.imdecode(np.frombuffer(crop.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (crop.height, crop.width, 3) == (100, 40, 3)
        difference = picture[..., ::-1].astype(int) - smooth[100:200, 100:140]
        assert np.abs(difference).max() < 20


def test_the_same_frames_give_the_same_bytes() -> None:
    assert [c.jpeg for c in collect(100)] == [c.jpeg for c in collect(100)]
