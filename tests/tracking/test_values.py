"""Values check what they are given and never convert it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tracking.people import box_of, moment
from tracking.values import Crop, CropQuality, DetectionChunk, FrameDetections, Tracklet

BOX = box_of(1)[None]
ONE = np.array([0.5], np.float32)


@pytest.mark.parametrize(
    ("boxes", "confidences", "error"),
    [
        (BOX.astype(np.float64), ONE, TypeError),
        (BOX.tolist(), ONE, TypeError),
        (BOX, ONE.astype(np.float64), TypeError),
        (BOX[0], ONE, ValueError),
        (BOX, np.repeat(ONE, 2), ValueError),
        (BOX[:, ::-1].copy(), ONE, ValueError),
        (BOX * np.float32(np.nan), ONE, ValueError),
        (BOX, ONE * 3, ValueError),
    ],
)
def test_detections_refuse_what_they_would_have_to_convert(
    boxes: np.ndarray, confidences: np.ndarray, error: type[Exception]
) -> None:
    with pytest.raises(error):
        FrameDetections(0, 0.0, boxes, confidences)


def test_moments_lie_in_the_video() -> None:
    for frame, time in ((-1, 0.0), (0, -0.1), (0, float("nan"))):
        with pytest.raises(ValueError, match="expected 0"):
            FrameDetections(frame, time, BOX, ONE)


def test_a_chunk_holds_its_own_stretch_in_order() -> None:
    DetectionChunk(1, 5.0, 10.0, (moment(50, 5.0, []), moment(51, 5.1, [])))
    for bad in (
        (moment(51, 5.1, []), moment(50, 5.2, [])),
        (moment(50, 5.2, []), moment(51, 5.1, [])),
        (moment(50, 4.9, []),),
        (moment(50, 10.0, []),),
    ):
        with pytest.raises(ValueError, match="chunk 1"):
            DetectionChunk(1, 5.0, 10.0, bad)


def test_a_tracklet_is_in_order_and_not_empty() -> None:
    def made(frames: list[int], times: list[float], number: int = 1) -> Tracklet:
        n = len(frames)
        return Tracklet(
            number,
            np.array(frames, np.int32),
            np.array(times, np.float64),
            np.repeat(BOX, n, axis=0),
            np.repeat(ONE, n),
        )

    assert (made([3, 5], [0.3, 0.5]).start, made([3, 5], [0.3, 0.5]).end) == (0.3, 0.5)
    for frames, times, number in (
        ([], [], 1),
        ([3, 3], [0.3, 0.5], 1),
        ([3, 5], [0.5, 0.3], 1),
        ([3, 5], [0.5], 1),
        ([3], [0.3], 0),
    ):
        with pytest.raises(ValueError, match=r"track"):
            made(frames, times, number)


def test_a_crop_says_what_it_is() -> None:
    quality = CropQuality(0.5, 0.5, 0.0, 0.0, 0.9, 0.5)
    with pytest.raises(ValueError, match="keyframe or of the strip"):
        Crop("best", 0, 0.0, BOX[0], b"x", 1, 1, quality)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is empty"):
        Crop("strip", 0, 0.0, BOX[0], b"", 1, 1, quality)
    with pytest.raises(ValueError, match=r"score is 1\.5"):
        CropQuality(0.5, 0.5, 0.0, 0.0, 0.9, 1.5)
