"""All frames of all cameras, drawn in this process or in several."""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from app.demo.synthetic.backdrop import Backdrop, render_rows, stacked
from app.demo.synthetic.camera import Camera
from app.demo.synthetic.compiled import require_drawing
from app.demo.synthetic.figures import Figure, build
from app.demo.synthetic.scene import Shot, Stage, actors, shoot
from app.demo.synthetic.specs import FigureSpec
from app.demo.synthetic.tracks import Plan, Walker
from app.demo.synthetic.world import Eye, Place, World

_BAND = 36
_CHUNK = 8

A = TypeVar("A")
R = TypeVar("R")

Told = Callable[[str, int, int], None]
"""Told of progress: what is going on, how much is done, of how much."""


@dataclass(frozen=True, slots=True, eq=False)
class Production:
    """What frames are drawn from: the world, a stage for each camera that runs, the plan."""

    world: World
    stages: tuple[Stage, ...]
    plan: Plan

    def shot(self, camera: int, frame: int) -> Shot:
        """Draw one frame."""
        stage = self.stages[camera]
        present = self.plan.present(stage.eye.place, frame)
        return shoot(stage, actors(stage, present, frame), frame)


class Crew:
    """Processes that draw, or just this one; use as a context.

    Args:
        processes: 1 draws here, more start so many.
    """

    def __init__(self, processes: int) -> None:
        require_drawing()
        self._stack = ExitStack()
        self._pool: ProcessPoolExecutor | None = None
        self._waiting = 2 * processes
        if processes > 1:
            # Forked, a process may inherit a lock that nobody there will ever open.
            self._pool = self._stack.enter_context(
                ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
            )
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="retrace-demo-"))
        self._folder = Path(folder)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def figures(self, specs: Sequence[FigureSpec], told: Told) -> list[Figure]:
        """Build a cast."""
        return _counted(self._each(build, specs), len(specs), "people", told)

    def stages(
        self, world: World, eyes: Sequence[Eye], figures: Sequence[Figure], told: Told
    ) -> tuple[Stage, ...]:
        """Draw cameras' backdrops."""
        jobs = [
            (world.places[eye.place], eye.camera, row, min(row + _BAND, eye.camera.height))
            for eye in eyes
            for row in range(0, eye.camera.height, _BAND)
        ]
        bands = _counted(self._each(_band, jobs), len(jobs), "places", told)
        stages, done = [], 0
        for eye in eyes:
            count = -(-eye.camera.height // _BAND)
            backdrop = stacked(bands[done : done + count])
            stages.append(Stage(eye, world.places[eye.place], backdrop, figures))
            done += count
        return tuple(stages)

    def shots(self, production: Production, camera: int) -> Iterator[Shot]:
        """Draw all frames of a camera, in order."""
        frames = range(production.plan.frames)
        if self._pool is None:
            for frame in frames:
                yield production.shot(camera, frame)
            return
        file = self._folder / f"{camera}.pickle"
        stage = production.stages[camera]
        with file.open("wb") as out:
            pickle.dump(replace(production, stages=(stage,)), out, pickle.HIGHEST_PROTOCOL)
        jobs = [(file, frames[at : at + _CHUNK]) for at in range(0, len(frames), _CHUNK)]
        for shots in self._each(_chunk, jobs):
            yield from shots
        file.unlink()

    def _each(self, work: Callable[[A], R], jobs: Sequence[A]) -> Iterator[R]:
        """Results in the jobs' order; only a few are under way, so that none pile up."""
        if self._pool is None:
            yield from map(work, jobs)
            return
        waiting: deque[Future[R]] = deque()
        for job in jobs:
            waiting.append(self._pool.submit(work, job))
            if len(waiting) > self._waiting:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def walkers(figures: Sequence[Figure]) -> list[Walker]:
    """What the plan needs to know of figures."""
    return [Walker(figure.speed, figure.stride) for figure in figures]


def _counted(results: Iterable[R], total: int, what: str, told: Told) -> list[R]:
    out = []
    for result in results:
        out.append(result)
        told(what, len(out), total)
    return out


def _band(job: tuple[Place, Camera, int, int]) -> Backdrop:
    place, camera, first, last = job
    own = place.set
    inside = place.camera_in_set(camera)
    return render_rows(own.solids, own.light, own.reach, inside, place.seed, first, last)


@lru_cache(maxsize=1)
def _loaded(file: Path) -> Production:
    found: Any = pickle.loads(file.read_bytes())
    assert isinstance(found, Production)
    return found


def _chunk(job: tuple[Path, Sequence[int]]) -> list[Shot]:
    file, frames = job
    production = _loaded(file)
    return [production.shot(0, frame) for frame in frames]
