"""Pictures drawn for a detector: never those of a scene that is measured on, boxes as one sees."""

from __future__ import annotations

import numpy as np
import pytest

from app.demo.lessons import HARD_SITE_SEED, Lessons, lesson_of
from app.demo.synthetic.generator import SITE
from app.demo.synthetic.ground_truth import Box, Sighting
from app.demo.synthetic.scene import Shot
from app.errors import BadRequest
from benchmarks import hard_site
from tracking.detector_training.clips import BLANK


@pytest.mark.parametrize("seed", [SITE.seed, hard_site.SEED])
def test_scenes_that_are_measured_on_are_not_learnt_from(seed: int) -> None:
    assert hard_site.SEED == HARD_SITE_SEED
    with pytest.raises(BadRequest, match=f"Seed {seed} is that of a scene that is measured on"):
        _ = Lessons(seed=seed).order


def test_pictures_are_seconds_apart() -> None:
    order = Lessons(seed=101, pictures=60).order
    assert order.fps * order.seconds == 60
    assert order.seconds == 240


def seen(person: int, box: Box, fraction: float) -> Sighting:
    return Sighting(person, box, box, fraction, 0.0, 0.0, 0.0)


def test_who_is_hardly_seen_is_painted_over_and_not_learnt() -> None:
    people = np.full((60, 80), -1, np.int16)
    people[10:40, 10:20], people[10:40, 30:33], people[50:55, 60:64] = 0, 1, 2
    shot = Shot(
        np.full((60, 80, 3), 7, np.uint8),
        people,
        (
            seen(0, (10, 10, 20, 40), 0.9),
            seen(1, (30, 10, 33, 40), 0.2),  # nearly hidden
            seen(2, (60, 50, 64, 55), 1.0),  # too far away
        ),
    )
    picture, boxes = lesson_of(shot)
    assert boxes.tolist() == [[10, 10, 20, 40]]
    assert (picture[people > 0] == BLANK).all()
    assert (picture[people <= 0] == 7).all()
    assert (shot.picture == 7).all()
