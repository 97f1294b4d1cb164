"""A set as one camera sees it: drawn once, every frame is painted over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic import cars
from app.demo.synthetic.camera import Camera
from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.drawing import Light
from app.demo.synthetic.materials import surface
from app.demo.synthetic.noise import hashed, noise, smooth_step
from app.demo.synthetic.raycast import (
    BOX,
    CAR,
    CYLINDER,
    FAR,
    GROUND,
    NOTHING,
    Solids,
    blocked,
    hit,
    into_car,
)

SUPERSAMPLING = 2
"""Each pixel's depth is known at this many points both ways."""

_SAMPLES = SUPERSAMPLING
_RAYS = 4
_SKY_DEPTH = 1e4
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A set without people.

    Args:
        ambient: (H, W, 3) float32 linear RGB, the light from all around.
        direct: (H, W, 3) float32 linear RGB, the light of sun or lamp; shadows take it away.
        depth: (H·S, W·S) float32 metres along the line of sight, S = `SUPERSAMPLING`.
    """

    ambient: NDArray[np.float32]
    direct: NDArray[np.float32]
    depth: NDArray[np.float32]


def render_rows(
    solids: Solids, light: Light, reach: float, camera: Camera, seed: int, first: int, last: int
) -> Backdrop:
    """Draw some rows of a set's backdrop.

    Args:
        solids: the set.
        light: its light, in the set's coordinates.
        reach: metres within which things darken each other's corners.
        camera: the camera, in the set's coordinates.
        seed: another seed gives other stones and posters.
        first: first row.
        last: one past the last row.

    Returns:
        A backdrop of `last - first` rows.
    """
    rows, s = last - first, SUPERSAMPLING
    ambient = np.zeros((rows, camera.width, 3), np.float32)
    direct = np.zeros((rows, camera.width, 3), np.float32)
    depth = np.empty((rows * s, camera.width * s), np.float32)
    sun = np.asarray(light.direction, np.float64)
    arrays = (solids.boxes, solids.cylinders, solids.ellipsoids, solids.cars)
    _render(
        np.ascontiguousarray(camera.eye),
        np.ascontiguousarray(camera.rotation),
        camera.focal,
        camera.width,
        camera.height,
        first,
        *arrays,
        solids.ground,
        sun / np.linalg.norm(sun),
        light.softness,
        np.asarray(light.colour, np.float64),
        np.asarray(light.sky, np.float64),
        np.asarray(light.ground, np.float64),
        reach,
        seed,
        ambient,
        direct,
        depth,
    )
    return Backdrop(ambient, direct, depth)


def stacked(parts: Sequence[Backdrop]) -> Backdrop:
    """One backdrop from bands of rows, from the top down."""
    return Backdrop(
        np.concatenate([p.ambient for p in parts]),
        np.concatenate([p.direct for p in parts]),
        np.concatenate([p.depth for p in parts]),
    )


def sunlit(solids: Solids, light: Light, x: float, y: float) -> float:
    """How much of the direct light reaches somebody who stands there, 0–1.

    Args:
        solids: the set.
        light: its light, in the set's coordinates.
        x: metres in the set's coordinates.
        y: metres.
    """
    sun = np.asarray(light.direction, np.float64)
    return _sunlit(
        solids.boxes,
        solids.cylinders,
        solids.ellipsoids,
        sun / np.linalg.norm(sun),
        light.softness,
        x,
        y,
    )


@kernel
def _ray(px: float, py: float, rotation: Any, focal: float, w: int, h: int, d: Any) -> float:
    """Write the unit direction through a point of the picture; the cosine to the axis."""
    x, y = (px - w / 2) / focal, (py - h / 2) / focal
    cosine = 1.0 / np.sqrt(x * x + y * y + 1.0)
    for a in range(3):
        d[a] = (rotation[0, a] * x + rotation[1, a] * y + rotation[2, a]) * cosine
    return cosine


@kernel
def _around(normal: Any, u: float, v: float, out: Any) -> None:
    """A direction about a normal, often along it, seldom aslant, from two numbers 0–1."""
    z = 2.0 * u - 1.0
    r = np.sqrt(max(1.0 - z * z, 0.0))
    x, y = r * np.cos(6.283185307179586 * v), r * np.sin(6.283185307179586 * v)
    out[0], out[1], out[2] = normal[0] + x, normal[1] + y, normal[2] + z
    length = np.sqrt(out[0] ** 2 + out[1] ** 2 + out[2] ** 2) + 1e-9
    out[0], out[1], out[2] = out[0] / length, out[1] / length, out[2] / length


@kernel
def _towards(sun: Any, softness: float, u: float, v: float, out: Any) -> None:
    """A direction to the light, blurred as the light is wide."""
    r = softness * np.sqrt(-2.0 * np.log(max(u, 1e-6)))
    ax, ay = -sun[1], sun[0]
    length = np.sqrt(ax * ax + ay * ay) + 1e-9
    ax, ay = ax / length, ay / length
    bx, by, bz = -ay * sun[2], ax * sun[2], ay * sun[0] - ax * sun[1]
    c, s = r * np.cos(6.283185307179586 * v), r * np.sin(6.283185307179586 * v)
    out[0], out[1], out[2] = sun[0] + c * ax + s * bx, sun[1] + c * ay + s * by, sun[2] + s * bz
    length = np.sqrt(out[0] ** 2 + out[1] ** 2 + out[2] ** 2) + 1e-9
    out[0], out[1], out[2] = out[0] / length, out[1] / length, out[2] / length


@kernel
def _sky(d: Any, out: Any) -> None:
    k = max(d[2], 0.0)
    u, v = d[0] / (d[2] + 0.15), d[1] / (d[2] + 0.15)
    if d[2] < -0.1:
        u, v = 0.0, 0.0
    cloud = noise(u * 1.2, v * 1.2, 5.0) + 0.5 * noise(u * 3.0, v * 3.0, 5.0)
    cloud = smooth_step(-0.05, 0.25, cloud)
    out[0] = 0.62 * (1.0 - 0.35 * k) * (1.0 - cloud) + 0.95 * cloud
    out[1] = 0.72 * (1.0 - 0.35 * k) * (1.0 - cloud) + 0.95 * cloud
    out[2] = 0.88 * (1.0 - 0.35 * k) * (1.0 - cloud) + 0.95 * cloud


@kernel
def _render(
    eye: Any,
    rotation: Any,
    focal: float,
    w: int,
    h: int,
    first: int,
    boxes: Any,
    cylinders: Any,
    ellipsoids: Any,
    parked: Any,
    ground: int,
    sun: Any,
    softness: float,
    lamp: Any,
    sky: Any,
    bounce: Any,
    reach: float,
    seed: int,
    ambient: Any,
    direct: Any,
    depth: Any,
) -> None:
    colour, d, n = np.zeros(3), np.zeros(3), np.zeros(3)
    p, q, scratch = np.zeros(3), np.zeros(3), np.zeros(3)
    share = 1.0 / (_SAMPLES * _SAMPLES)
    for row in range(ambient.shape[0]):
        py = first + row
        for px in range(w):
            for sample in range(_SAMPLES * _SAMPLES):
                i, j = sample % _SAMPLES, sample // _SAMPLES
                sx, sy = (i + 0.5) / _SAMPLES, (j + 0.5) / _SAMPLES
                cosine = _ray(px + sx, py + sy, rotation, focal, w, h, d)
                at = row * _SAMPLES + j, px * _SAMPLES + i
                t, kind, which = hit(eye, d, boxes, cylinders, ellipsoids, parked, FAR + 10.0, n)
                if kind == NOTHING or t > FAR:
                    depth[at] = _SKY_DEPTH
                    _sky(d, colour)
                    for a in range(3):
                        ambient[row, px, a] += colour[a] * share
                    continue
                depth[at] = t * cosine
                for a in range(3):
                    p[a] = eye[a] + d[a] * t + 2e-3 * n[a]
                glow, mirror, met = 0.0, 0.0, NOTHING
                if kind == CAR:
                    x, y = into_car(parked[which], p[0] - parked[which, 0], p[1] - parked[which, 1])
                    mirror = cars.finish(x, y, p[2], n[2], parked[which, 3:], colour)
                else:
                    material = ground
                    if kind == BOX:
                        material = int(boxes[which, 6])
                    elif kind == CYLINDER:
                        material = int(cylinders[which, 5])
                    elif kind != GROUND:
                        material = int(ellipsoids[which, 6])
                    r, g, b, glow = surface(material, p[0], p[1], p[2], n[1], seed)
                    colour[0], colour[1], colour[2] = r, g, b
                if kind == CAR:
                    # Its own shadow boxes would black it out; paint is lit by height instead.
                    open_sky = min(0.35 + 0.6 * p[2], 1.0)
                else:
                    open_sky = 0.0
                    for ray in range(_RAYS):
                        k = sample * _RAYS + ray
                        u = (k + hashed(px, py, k + 11)) * share / _RAYS
                        v = hashed(px, py, 5) + _GOLDEN * k
                        _around(n, u, v - np.floor(v), q)
                        met = blocked(p, q, boxes, cylinders, ellipsoids, reach, scratch)
                        if met == NOTHING:
                            open_sky += 1.0 / _RAYS
                        elif met == GROUND:
                            open_sky += 0.4 / _RAYS
                    open_sky = 0.25 + 0.75 * open_sky
                facing = n[0] * sun[0] + n[1] * sun[1] + n[2] * sun[2]
                lit = 0.0
                if facing > 0.0:
                    u = (sample + hashed(px, py, 1000 + sample)) * share
                    v = hashed(px, py, 7) + _GOLDEN * sample
                    _towards(sun, softness, u, v - np.floor(v), q)
                    if kind != CAR:
                        met = blocked(p, q, boxes, cylinders, ellipsoids, 60.0, scratch)
                    lit = facing if kind == CAR or met == NOTHING else 0.0
                up = 0.5 + 0.5 * n[2]
                shine, glint = 0.0, 0.0
                if mirror > 0.0:
                    along = -(d[0] * n[0] + d[1] * n[1] + d[2] * n[2])
                    for a in range(3):
                        q[a] = d[a] + 2.0 * along * n[a]
                    fresnel = 0.12 + 0.88 * (1.0 - min(max(along, 0.0), 1.0)) ** 4
                    shine = mirror * fresnel * min(max(q[2] * 2.0 + 0.2, 0.08), 1.0) * 1.2
                    towards = q[0] * sun[0] + q[1] * sun[1] + q[2] * sun[2]
                    glint = 2.0 * mirror * max(towards, 0.0) ** 60
                for a in range(3):
                    around = (sky[a] * up + bounce[a] * (1.0 - up)) * open_sky + glow
                    ambient[row, px, a] += (colour[a] * around + shine * sky[a]) * share
                    direct[row, px, a] += (colour[a] * lit + glint) * lamp[a] * share


@kernel
def _sunlit(
    boxes: Any, cylinders: Any, ellipsoids: Any, sun: Any, softness: float, x: float, y: float
) -> float:
    p, q, scratch = np.zeros(3), np.zeros(3), np.zeros(3)
    seen = 0.0
    for k in range(16):
        p[0], p[1], p[2] = x, y, 0.4 + 0.08 * k
        _towards(sun, softness, hashed(k, 1, 71), hashed(k, 2, 71), q)
        if blocked(p, q, boxes, cylinders, ellipsoids, 60.0, scratch) == NOTHING:
            seen += 1.0 / 16.0
    return seen
