"""The files of the truth: what is written, what is don't-care, and who can read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.demo.synthetic.drawing import Silhouette
from app.demo.synthetic.ground_truth import (
    Sighting,
    extent,
    mot_lines,
    sighting,
    truth_json,
    whole_pixels,
    write_truth,
)
from app.demo.synthetic.world import build_world
from tracking.evaluation import Answers, evaluate, read_truth

masks = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def alone(x0: int, y0: int, width: int, height: int) -> Silhouette:
    return Silhouette(x0, y0, np.ones((2 * height, 2 * width), np.bool_))


def somebody(person: int = 0, fraction: float = 1.0, height: int = 100) -> Sighting:
    box = (10, 20, 50, 20 + height)
    return Sighting(person, box, box if fraction else (0, 0, 0, 0), fraction, 1.0, 2.0, 0.5)


@given(masks, st.integers(-20, 20), st.integers(-20, 20))
def test_an_extent_is_the_least_box_with_all_of_the_mask(
    mask: np.ndarray, x0: int, y0: int
) -> None:
    rows, columns = np.nonzero(mask)
    if not len(rows):
        assert extent(mask, x0, y0) == (0, 0, 0, 0)
        return
    assert extent(mask, x0, y0) == (
        x0 + columns.min(),
        y0 + rows.min(),
        x0 + columns.max() + 1,
        y0 + rows.max() + 1,
    )


@given(masks)
def test_a_pixel_counts_when_half_of_it_is_covered(mask: np.ndarray) -> None:
    fine = np.kron(mask, np.array([[1, 0], [0, 1]])).astype(np.bool_)
    less = np.kron(mask, np.array([[1, 0], [0, 0]])).astype(np.bool_)

    assert np.array_equal(whole_pixels(Silhouette(0, 0, fine)), mask)
    assert not whole_pixels(Silhouette(0, 0, less)).any()


@given(st.integers(-30, 60), st.integers(-30, 60))
def test_what_the_edge_cuts_off_counts_as_unseen(x0: int, y0: int) -> None:
    people = np.full((40, 40), 3, np.int16)
    found = sighting(3, alone(x0, y0, 10, 20), people, 0, 0, 0)
    width = max(0, min(x0 + 10, 40) - max(x0, 0))
    height = max(0, min(y0 + 20, 40) - max(y0, 0))

    if width == 0 or height == 0:
        assert found is None
    else:
        assert found is not None
        assert found.amodal == (x0, y0, x0 + 10, y0 + 20)
        assert found.fraction == pytest.approx(width * height / 200)
        assert found.visible[2] - found.visible[0] == width


def test_who_is_hidden_stays_in_the_truth_with_nothing_seen() -> None:
    found = sighting(1, alone(5, 5, 4, 8), np.full((40, 40), 2, np.int16), 0, 0, 0)

    assert found is not None
    assert found.fraction == 0
    assert found.visible == (0, 0, 0, 0)


def test_mot_lines_count_from_one_and_mark_what_nobody_must_find() -> None:
    frames = [
        [somebody(0), somebody(1, fraction=0.49)],
        [],
        [somebody(0, height=59), somebody(2, fraction=0.0), somebody(3, fraction=0.5)],
    ]

    assert mot_lines(frames, 540).splitlines() == [
        "1,1,10,20,40,100,1,1,1",
        "1,2,10,20,40,100,1,1,0",
        "3,1,10,20,40,59,1,1,0",
        "3,4,10,20,40,100,1,1,0.5",
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:trackeval.*")
def test_the_files_can_be_read_and_scored_by_trackeval(tmp_path: Path) -> None:
    eye = build_world(1, 960, 540).eyes[0]
    frames = [[somebody(0), somebody(1, fraction=0.1)] for _ in range(5)]
    truth = truth_json([eye], [frames], ["red jacket", "jeans"], 12.5)
    write_truth(tmp_path, truth, {eye.name: mot_lines(frames, 540)})

    read = read_truth(tmp_path)[eye.name]
    found = Answers(read.frames[::2], read.ids[::2], read.boxes[::2])
    scores = evaluate({eye.name: (read, found)})[eye.name]

    assert scores.hota == pytest.approx(1)
    assert scores.truth_boxes == 5
    assert truth["cameras"][0]["seen"]["id"] == [1, 2] * 5
