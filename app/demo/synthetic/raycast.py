"""Rays against the solids of a set: what is hit, how far away, which way it faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic import cars
from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.noise import noise

FAR = 390.0
"""Metres; what is further is sky."""

NOTHING, GROUND, BOX, CYLINDER, ELLIPSOID, CAR = range(6)

SOLID, NO_SHADOW, ONLY_SHADOW = range(3)
"""The last column of a box: drawn and casting, drawn only, casting only."""


@dataclass(frozen=True, slots=True, eq=False)
class Solids:
    """All of a set, in its own coordinates, metres; z = 0 is an endless ground.

    Args:
        ground: the ground's `Material`.
        boxes: (n, 8) x0, y0, z0, x1, y1, z1, material, `SOLID` or what else it does.
        cylinders: (n, 6) upright: x, y, radius, z0, z1, material.
        ellipsoids: (n, 7) leaves: x, y, z, three radii, material.
        cars: (n, 6) x, y, yaw, linear RGB.
    """

    ground: int
    boxes: NDArray[np.float64]
    cylinders: NDArray[np.float64]
    ellipsoids: NDArray[np.float64]
    cars: NDArray[np.float64]


@kernel
def _box(o: Any, d: Any, boxes: Any, i: int, best: float) -> tuple[float, int]:
    """Metres to a box nearer than `best` and the axis of the side that is hit, or -1, -1."""
    for axis in range(3):
        # Most boxes lie behind the ray or too far aside: no division for them.
        if d[axis] >= 0.0 and o[axis] > boxes[i, 3 + axis]:
            return -1.0, -1
        if d[axis] <= 0.0 and o[axis] < boxes[i, axis]:
            return -1.0, -1
        if o[axis] < boxes[i, axis] - best or o[axis] > boxes[i, 3 + axis] + best:
            return -1.0, -1
    enter, leave, side = 1e-4, best, -1
    for axis in range(3):
        if abs(d[axis]) < 1e-9:
            continue
        inverse = 1.0 / d[axis]
        a, b = (boxes[i, axis] - o[axis]) * inverse, (boxes[i, 3 + axis] - o[axis]) * inverse
        if a > b:
            a, b = b, a
        if a > enter:
            enter, side = a, axis
        leave = min(leave, b)
        if enter > leave:
            return -1.0, -1
    if side < 0 or enter >= best:
        return -1.0, -1
    return enter, side


@kernel
def _leaves(o: Any, d: Any, ball: Any, best: float, n: Any) -> float:
    """Metres to ragged foliage, or -1; writes its ruffled normal."""
    for axis in range(3):
        if abs(o[axis] - ball[axis]) > ball[3 + axis] + best:
            return -1.0
    ox, oy, oz = (o[0] - ball[0]) / ball[3], (o[1] - ball[1]) / ball[4], (o[2] - ball[2]) / ball[5]
    dx, dy, dz = d[0] / ball[3], d[1] / ball[4], d[2] / ball[5]
    a = dx * dx + dy * dy + dz * dz
    b = ox * dx + oy * dy + oz * dz
    q = b * b - a * (ox * ox + oy * oy + oz * oz - 1.0)
    if q <= 0.0:
        return -1.0
    t = (-b - np.sqrt(q)) / a
    if t <= 1e-4 or t >= best:
        return -1.0
    x, y, z = o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]
    if noise(x * 9.0, y * 9.0, z * 9.0) + 0.45 * (np.sqrt(q / a) - 0.35) < -0.12:
        return -1.0
    nx, ny, nz = (ox + t * dx) / ball[3], (oy + t * dy) / ball[4], (oz + t * dz) / ball[5]
    length = np.sqrt(nx * nx + ny * ny + nz * nz)
    nx = nx / length + 1.6 * noise(x * 7.0, y * 7.0, z * 7.0)
    ny = ny / length + 1.6 * noise(x * 7.0 + 50.0, y * 7.0, z * 7.0)
    nz = nz / length + 1.6 * noise(x * 7.0, y * 7.0 + 50.0, z * 7.0)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    n[0], n[1], n[2] = nx / length, ny / length, nz / length
    return t


@kernel
def into_car(car: Any, x: float, y: float) -> tuple[float, float]:
    """Turn a direction (or a difference to the car's place) into the car's coordinates."""
    c, s = np.cos(car[2]), np.sin(car[2])
    return c * x + s * y, -s * x + c * y


@kernel
def _car(o: Any, d: Any, car: Any, best: float, n: Any) -> float:
    ox, oy = into_car(car, o[0] - car[0], o[1] - car[1])
    dx, dy = into_car(car, d[0], d[1])
    t = cars.march(ox, oy, o[2], dx, dy, d[2], best)
    if t < 0.0:
        return -1.0
    cars.normal(ox + t * dx, oy + t * dy, o[2] + t * d[2], n)
    c, s = np.cos(car[2]), np.sin(car[2])
    n[0], n[1] = c * n[0] - s * n[1], s * n[0] + c * n[1]
    return t


@kernel
def hit(
    o: Any,
    d: Any,
    boxes: Any,
    cylinders: Any,
    ellipsoids: Any,
    parked: Any,
    furthest: float,
    n: Any,
) -> tuple[float, int, int]:
    """The first thing on a ray.

    Args:
        o: (3,) where it starts.
        d: (3,) unit direction.
        boxes: as in `Solids`, and so on.
        cylinders: same.
        ellipsoids: same.
        parked: the cars.
        furthest: metres.
        n: (3,), becomes the unit normal there.

    Returns:
        Metres, what kind of thing, its row.
    """
    best, kind, row = furthest, NOTHING, -1
    if d[2] < -1e-6 and 1e-4 < -o[2] / d[2] < best:
        best, kind, row = -o[2] / d[2], GROUND, 0
        n[0], n[1], n[2] = 0.0, 0.0, 1.0
    for i in range(boxes.shape[0]):
        if boxes[i, 7] == ONLY_SHADOW:
            continue
        t, side = _box(o, d, boxes, i, best)
        if side >= 0:
            best, kind, row = t, BOX, i
            n[0] = n[1] = n[2] = 0.0
            n[side] = -1.0 if d[side] > 0.0 else 1.0
    for i in range(cylinders.shape[0]):
        ox, oy, r = o[0] - cylinders[i, 0], o[1] - cylinders[i, 1], cylinders[i, 2]
        a = d[0] * d[0] + d[1] * d[1]
        b = ox * d[0] + oy * d[1]
        q = b * b - a * (ox * ox + oy * oy - r * r)
        if q <= 0.0 or a < 1e-9:
            continue
        t = (-b - np.sqrt(q)) / a
        z = o[2] + t * d[2]
        if 1e-4 < t < best and cylinders[i, 3] < z < cylinders[i, 4]:
            best, kind, row = t, CYLINDER, i
            n[0], n[1], n[2] = (ox + t * d[0]) / r, (oy + t * d[1]) / r, 0.0
    for i in range(ellipsoids.shape[0]):
        t = _leaves(o, d, ellipsoids[i], best, n)
        if t > 0.0:
            best, kind, row = t, ELLIPSOID, i
    for i in range(parked.shape[0]):
        t = _car(o, d, parked[i], best, n)
        if t > 0.0:
            best, kind, row = t, CAR, i
    return best, kind, row


@kernel
def blocked(
    o: Any, d: Any, boxes: Any, cylinders: Any, ellipsoids: Any, furthest: float, n: Any
) -> int:
    """What a ray of light meets first to last: `NOTHING`, `GROUND`, or a solid (`BOX`).

    Cars count by their shadow boxes, which is far quicker. `n` (3,) is scratch.
    """
    for i in range(boxes.shape[0]):
        if boxes[i, 7] != NO_SHADOW and _box(o, d, boxes, i, furthest)[1] >= 0:
            return BOX
    for i in range(cylinders.shape[0]):
        ox, oy, r = o[0] - cylinders[i, 0], o[1] - cylinders[i, 1], cylinders[i, 2]
        a = d[0] * d[0] + d[1] * d[1]
        b = ox * d[0] + oy * d[1]
        q = b * b - a * (ox * ox + oy * oy - r * r)
        if q <= 0.0 or a < 1e-9:
            continue
        t = (-b - np.sqrt(q)) / a
        if 1e-4 < t < furthest and cylinders[i, 3] < o[2] + t * d[2] < cylinders[i, 4]:
            return BOX
    for i in range(ellipsoids.shape[0]):
        if _leaves(o, d, ellipsoids[i], furthest, n) > 0.0:
            return BOX
    if d[2] < -1e-6 and 1e-4 < -o[2] / d[2] < furthest:
        return GROUND
    return NOTHING
