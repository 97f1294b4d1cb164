"""Makes a scene: videos, ground truth and a description, from a few numbers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.demo.synthetic.compiled import require_drawing
from app.demo.synthetic.ground_truth import Sighting, mot_lines, truth_json, write_truth
from app.demo.synthetic.pairs import PairWriter
from app.demo.synthetic.plan import make_plan
from app.demo.synthetic.rendering import Crew, Production, Told, walkers
from app.demo.synthetic.specs import FigureSpec
from app.demo.synthetic.wardrobe import cast, describe, near_doubles
from app.demo.synthetic.world import Eye, build_world
from app.demo.synthetic.writer import VideoWriter
from app.errors import AppError, BadRequest

START = "2026-05-04T09:00:00Z"
"""When every camera of a scene starts."""

_HARDEST = 4
_FIRST_HEIGHT = 140
_FIRST_SECONDS = 1.5


class CannotWrite(AppError):
    """The folder for the scene can't be used."""


@dataclass(frozen=True, slots=True)
class Order:
    """What scene is wanted; the same order gives the same scene.

    Args:
        cast: "distinct" or "hard", see `wardrobe.cast`.
        people: how many.
        cameras: 1 to 8.
        seconds: how long.
        seed: another seed gives other people (but for the first sixteen) and other ways.
        doubles: whether the last four people are two pairs of near-doubles.
        width: pixels, even.
        height: pixels, even.
        fps: frames a second.
    """

    cast: Literal["distinct", "hard"] = "distinct"
    people: int = 20
    cameras: int = 4
    seconds: float = 44.0
    seed: int = 8
    doubles: bool = False
    width: int = 960
    height: int = 540
    fps: float = 12.5

    @property
    def command(self) -> str:
        """The command that makes this scene, but for the folder."""
        if self == SITE:
            return "python -m app.demo.synthetic --site"
        return (
            f"python -m app.demo.synthetic --cast {self.cast} --people {self.people} "
            f"--cameras {self.cameras} --seconds {self.seconds:g} --seed {self.seed}"
        )


SITE = Order(doubles=True)
"""The scene that the project carries in `app/demo/site`."""


def specs_of(order: Order) -> list[FigureSpec]:
    """The people of a scene, in the order of their ids."""
    if not order.doubles:
        return cast(order.cast, order.people, order.seed)
    return [*cast(order.cast, order.people - _HARDEST, order.seed), *near_doubles(order.seed)]


def produce(
    order: Order, crew: Crew, told: Told, cameras: Sequence[str] | None = None
) -> Production:
    """Everything that is drawn from, before the first frame.

    Args:
        order: what is wanted.
        crew: who draws.
        told: told of progress.
        cameras: names of those to draw for; None: all of the scene's.
    """
    world = build_world(order.cameras, order.width, order.height)
    figures = crew.figures(specs_of(order), told)
    plan = make_plan(world, walkers(figures), order.seconds, order.fps, order.seed)
    eyes = [eye for eye in world.eyes if cameras is None or eye.name in cameras]
    return Production(world, crew.stages(world, eyes, figures, told), plan)


def generate(order: Order, out: Path, processes: int, pairs: bool, told: Told) -> None:
    """Write a scene: `<camera>.mp4` each, `ground_truth/`, `site.json`, `pairs/` if wanted.

    Args:
        order: what is wanted.
        out: an empty or a new folder.
        processes: how many draw at once.
        pairs: whether to cut out partly hidden people, too.
        told: told of progress.

    Raises:
        AppError: numba is missing, the folder can't be used, or the order can't be met.
    """
    require_drawing()
    if order.people < 1 or order.seconds <= 0:
        raise BadRequest("A scene needs somebody in it, and some seconds.")
    build_world(order.cameras, order.width, order.height)  # refuses what can't be, at once
    _prepare(out)
    with Crew(processes) as crew:
        film(order, produce(order, crew, told), crew, out, pairs, told)


def film(
    order: Order, production: Production, crew: Crew, out: Path, pairs: bool, told: Told
) -> None:
    """Write the scene that a production draws; as `generate`."""
    everybody: list[list[tuple[Sighting, ...]]] = []
    frames, eyes = production.plan.frames, production.world.eyes
    cut = PairWriter(out / "pairs", production) if pairs else None
    for number, eye in enumerate(eyes):
        seen: list[tuple[Sighting, ...]] = []
        file = out / f"{eye.stem}.mp4"
        with VideoWriter(file, order.width, order.height, order.fps) as video:
            for frame, shot in enumerate(crew.shots(production, number)):
                video.write(shot.picture)
                seen.append(shot.sightings)
                if cut is not None:
                    cut.consider(number, frame, shot)
                told("frames", number * frames + frame + 1, frames * len(eyes))
        everybody.append(seen)
    if cut is not None:
        cut.close()
    _describe(order, production, everybody, out)


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        empty = not any(out.iterdir())
    except OSError as error:
        raise CannotWrite(f"'{out}' can't be used: {error.strerror}. Name another.") from error
    if not empty:
        raise CannotWrite(f"'{out}' is not empty. Name a new folder, or empty that one.")
    if not os.access(out, os.W_OK):
        raise CannotWrite(f"'{out}' can't be written to. Name another folder.")


def _describe(
    order: Order,
    production: Production,
    everybody: Sequence[Sequence[Sequence[Sighting]]],
    out: Path,
) -> None:
    eyes = production.world.eyes
    looks = [describe(spec) for spec in specs_of(order)]
    texts = {
        eye.name: mot_lines(frames, order.height)
        for eye, frames in zip(eyes, everybody, strict=True)
    }
    write_truth(out / "ground_truth", truth_json(eyes, everybody, looks, order.fps), texts)
    site = {
        "name": "Retrace demo" if order == SITE else f"Synthetic scene {order.seed}",
        "made_by": order.command,
        "seed": order.seed,
        "cameras": [_camera(order, eye, production.plan.frames, out) for eye in eyes],
        "people": order.people,
        "first": first_person(eyes, everybody, order),
    }
    (out / "site.json").write_text(json.dumps(site, indent=1) + "\n")


def _camera(order: Order, eye: Eye, frames: int, out: Path) -> dict[str, Any]:
    file = out / f"{eye.stem}.mp4"
    with file.open("rb") as stream:
        checksum = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "name": eye.name,
        "file": file.name,
        "start": START,
        "fps": order.fps,
        "width": order.width,
        "height": order.height,
        "seconds": round(frames / order.fps, 3),
        "sha256": checksum,
    }


def first_person(
    eyes: Sequence[Eye], everybody: Sequence[Sequence[Sequence[Sighting]]], order: Order
) -> dict[str, Any]:
    """Whom to look for first: wholly seen and tall, and seen later by as many cameras as can be.

    Returns:
        {"camera", "time" in seconds, "box" xyxy in pixels}.
    """
    tall = _FIRST_HEIGHT * order.height / 540
    best: tuple[float, dict[str, Any]] = (-1.0, {})
    for number, (eye, frames) in enumerate(zip(eyes, everybody, strict=True)):
        # Once in a second is often enough to look.
        for frame in range(0, len(frames), max(1, round(order.fps))):
            for one in frames[frame]:
                later = sum(
                    _well_seen(everybody[other][frame + 1 :], one.person, order)
                    for other in range(len(eyes))
                    if other != number
                )
                height = min((one.visible[3] - one.visible[1]) / tall, 1.0)
                score = min(later, 2) + height * one.fraction
                if score > best[0]:
                    time = round(frame / order.fps, 2)
                    where = {"camera": eye.name, "time": time, "box": list(one.visible)}
                    best = (score, where)
    return best[1]


def _well_seen(frames: Sequence[Sequence[Sighting]], person: int, order: Order) -> bool:
    least = 80 * order.height / 540
    count = sum(
        one.person == person and one.fraction > 0.9 and one.visible[3] - one.visible[1] > least
        for sightings in frames
        for one in sightings
    )
    return count >= _FIRST_SECONDS * order.fps
