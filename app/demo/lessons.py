"""Drawn pictures for a detector to learn from: others than those of scenes we measure on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.generator import SITE, Order, produce
from app.demo.synthetic.rendering import Crew, Told
from app.demo.synthetic.scene import Shot
from app.errors import BadRequest
from tracking.detector_training.clips import BLANK
from tracking.detector_training.pictures import LabelledPicture, jpeg_of, within

HARD_SITE_SEED = 2026
"""The seed of the hard site, on which tables are measured (benchmarks/hard_site.py)."""

LEAST_SEEN = 0.25
"""Share of a person that must be seen to be learnt."""

_SECONDS_APART = 4.0
_LEAST_HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is drawn.

    Args:
        seed: not one of a scene that is measured on.
        people: how many walk there.
        cameras: 1 to 8.
        pictures: of each camera, four seconds apart.
        width: pixels, even.
        height: pixels, even.
    """

    seed: int = 101
    people: int = 40
    cameras: int = 8
    pictures: int = 60
    width: int = 640
    height: int = 360

    @property
    def order(self) -> Order:
        """The scene it is drawn from.

        Raises:
            BadRequest: its seed is that of a scene that is measured on.
        """
        if self.seed in (SITE.seed, HARD_SITE_SEED):
            raise BadRequest(
                f"Seed {self.seed} is that of a scene that is measured on. Name another seed."
            )
        return Order(
            people=self.people,
            cameras=self.cameras,
            seconds=self.pictures * _SECONDS_APART,
            seed=self.seed,
            width=self.width,
            height=self.height,
            fps=1 / _SECONDS_APART,
        )


def drawn_pictures(lessons: Lessons, processes: int, told: Told) -> Iterator[LabelledPicture]:
    """Draw pictures with the boxes of what is seen of everybody.

    What is seen of somebody who hardly is gets one plain colour: it is neither a person to learn
    nor certainly none.

    Args:
        lessons: what is drawn.
        processes: how many draw at once.
        told: told of progress.

    Raises:
        AppError: numba is missing, the order can't be met, or its seed is not allowed.
    """
    order = lessons.order
    with Crew(processes) as crew:
        production = produce(order, crew, told)
        for number, eye in enumerate(production.world.eyes):
            for frame, shot in enumerate(crew.shots(production, number)):
                told("pictures", number * lessons.pictures + frame + 1, _total(lessons))
                picture, boxes = lesson_of(shot)
                yield LabelledPicture(
                    name=f"drawn-{lessons.seed}-{eye.stem}-{frame:04d}",
                    jpeg=jpeg_of(picture),
                    width=order.width,
                    height=order.height,
                    boxes=boxes,
                    origin="generator",
                    family="drawn",
                    scene=f"drawn:{lessons.seed}",
                    terms="own",
                    labelled_by="the generator",
                    part="train",
                )


def lesson_of(shot: Shot) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A drawn frame as it is learnt from: the picture, and (n, 4) xyxy of who is well seen."""
    seen, unsure = [], np.zeros(shot.people.shape, np.bool_)
    for one in shot.sightings:
        tall = one.visible[3] - one.visible[1] >= _LEAST_HEIGHT
        if tall and one.fraction >= LEAST_SEEN:
            seen.append(one.visible)
        else:
            unsure |= shot.people == one.person
    picture = shot.picture.copy()
    picture[unsure] = BLANK
    height, width = picture.shape[:2]
    return picture, within(np.array(seen, np.float32).reshape(-1, 4), width, height)


def _total(lessons: Lessons) -> int:
    return lessons.pictures * lessons.cameras
