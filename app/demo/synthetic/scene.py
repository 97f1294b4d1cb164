"""One frame of one camera: the set, the shadows on it, the people, and what can be seen of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.backdrop import SUPERSAMPLING, Backdrop, sunlit
from app.demo.synthetic.camera import Camera
from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.drawing import Buffers, Light, ShadowMap, draw, shadow_map, silhouette
from app.demo.synthetic.effects import develop
from app.demo.synthetic.figures import Figure
from app.demo.synthetic.gait import Posed, pose
from app.demo.synthetic.ground_truth import Sighting, sighting
from app.demo.synthetic.shadows import fallen
from app.demo.synthetic.sight import on_picture
from app.demo.synthetic.tracks import Track
from app.demo.synthetic.world import Eye, Place

_SUNK = 0.04
"""Metres by which a figure may be behind the set's surface and still be drawn: its soles are."""

_SHADOW_REACH = 2.2
"""Metres round a person's middle that body and shadow may reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A camera and all that it needs to draw its frames.

    Args:
        eye: the camera.
        place: where it is.
        backdrop: what it sees without people.
        figures: the whole cast, by person.
    """

    eye: Eye
    place: Place
    backdrop: Backdrop
    figures: Sequence[Figure]

    @property
    def camera(self) -> Camera:
        """The camera in world coordinates."""
        return self.eye.camera


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame and its truth.

    Args:
        picture: (H, W, 3) uint8 RGB.
        people: (H, W) int16, the person each pixel belongs to, -1 none.
        sightings: who is there, by person.
    """

    picture: NDArray[np.uint8]
    people: NDArray[np.int16]
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody posed for a frame: index into the cast, world metres, radians."""

    person: int
    posed: Posed
    x: float
    y: float
    yaw: float


def actors(stage: Stage, tracks: Sequence[Track], frame: int) -> list[Actor]:
    """Those of the tracks who may be on the camera's picture in a frame, posed."""
    out = []
    for track in tracks:
        row = frame - track.first
        x, y = (float(v) for v in track.points[row])
        if not on_picture(stage.camera, track.points[row : row + 1], _SHADOW_REACH)[0]:
            continue
        posed = pose(
            stage.figures[track.person],
            float(track.phase[row]),
            float(track.walking[row]),
            x,
            y,
            float(track.yaw[row]),
            float(track.turn[row]),
        )
        out.append(Actor(track.person, posed, x, y, float(track.yaw[row])))
    return out


def shoot(stage: Stage, present: Sequence[Actor], frame: int) -> Shot:
    """Draw a frame.

    Args:
        stage: the camera.
        present: everybody at its place, posed.
        frame: its number; it sets the grain.
    """
    light = stage.place.light
    shadows = [shadow_map(actor.posed, light) for actor in present]
    lit, near = _fallen(stage, present, shadows, light)
    background = np.empty_like(stage.backdrop.ambient)
    _merge(stage.backdrop.ambient, stage.backdrop.direct, near, lit, background)
    buffers = _fresh(stage.backdrop.depth)
    masks = []
    for actor, shadow in zip(present, shadows, strict=True):
        masks.append(silhouette(actor.posed, stage.camera, SUPERSAMPLING))
        _draw(stage, actor, shadow, light, buffers)
    people = paint(background, buffers)
    seen = (
        sighting(actor.person, mask, people, actor.x, actor.y, actor.yaw)
        for actor, mask in zip(present, masks, strict=True)
    )
    picture = develop(background, stage.eye.look, _shot_number(stage.eye, frame))
    return Shot(picture, people, tuple(s for s in seen if s is not None))


def shoot_alone(stage: Stage, actor: Actor, frame: int) -> NDArray[np.uint8]:
    """The same picture with one person only, and nothing of the set before them; (H, W, 3) RGB."""
    light = stage.place.light
    shadow = shadow_map(actor.posed, light)
    lit, near = _fallen(stage, [actor], [shadow], light)
    background = np.empty_like(stage.backdrop.ambient)
    _merge(stage.backdrop.ambient, stage.backdrop.direct, near, lit, background)
    buffers = _fresh(np.full_like(stage.backdrop.depth, np.inf))
    _draw(stage, actor, shadow, light, buffers)
    paint(background, buffers)
    return develop(background, stage.eye.look, _shot_number(stage.eye, frame))


def _shot_number(eye: Eye, frame: int) -> int:
    return frame * 64 + sum(eye.name.encode()) % 64


def _fresh(depth: NDArray[np.float32]) -> Buffers:
    return Buffers(
        np.zeros((*depth.shape, 3), np.float32),
        depth + np.float32(_SUNK),
        np.full(depth.shape, -1, np.int16),
    )


def _draw(stage: Stage, actor: Actor, shadow: ShadowMap, light: Light, buffers: Buffers) -> None:
    x, y = stage.place.to_set(np.array([[actor.x, actor.y]]))[0]
    own = stage.place.set
    share = 0.06 + 0.94 * sunlit(own.solids, own.light, float(x), float(y))
    draw(actor.posed, stage.camera, light, buffers, actor.person, share, shadow)


def _fallen(
    stage: Stage, present: Sequence[Actor], shadows: Sequence[ShadowMap], light: Light
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    people = [actor.posed for actor in present]
    softness = stage.place.set.shadow_blur
    return fallen(stage.camera, stage.backdrop.depth, softness, people, shadows, light)


def paint(background: NDArray[np.float32], buffers: Buffers) -> NDArray[np.int16]:
    """Lay what was drawn over the background, in place.

    Returns:
        (H, W) int16: the person who holds at least half of a pixel's subpixels, more than anybody
        else; -1 where nobody does.
    """
    people = np.full(background.shape[:2], -1, np.int16)
    s = buffers.depth.shape[0] // background.shape[0]
    _paint(background, buffers.colour, buffers.person, s, people)
    return people


@kernel
def _merge(ambient: Any, direct: Any, near: Any, lit: Any, out: Any) -> None:
    for y in range(ambient.shape[0]):
        for x in range(ambient.shape[1]):
            a, s = near[y, x], lit[y, x] * (np.float32(0.5) + np.float32(0.5) * near[y, x])
            for c in range(3):
                out[y, x, c] = ambient[y, x, c] * a + direct[y, x, c] * s


@kernel
def _paint(out: Any, colour: Any, person: Any, s: int, people: Any) -> None:
    share = 1.0 / (s * s)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            drawn, best, owner = 0, 0, -1
            r = g = b = 0.0
            for j in range(y * s, y * s + s):
                for i in range(x * s, x * s + s):
                    who = person[j, i]
                    if who < 0:
                        continue
                    drawn += 1
                    r += colour[j, i, 0]
                    g += colour[j, i, 1]
                    b += colour[j, i, 2]
                    count = 0
                    for k in range(y * s, y * s + s):
                        for m in range(x * s, x * s + s):
                            count += person[k, m] == who
                    if count > best:
                        best, owner = count, who
            if drawn == 0:
                continue
            rest = 1.0 - drawn * share
            out[y, x, 0] = out[y, x, 0] * rest + r * share
            out[y, x, 1] = out[y, x, 1] * rest + g * share
            out[y, x, 2] = out[y, x, 2] * rest + b * share
            if best * 2 >= s * s:
                people[y, x] = owner
