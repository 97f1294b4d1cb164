"""Parked cars: a distance field that rays march through, and the paint, glass and tyres on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.synthetic.compiled import kernel

LENGTH, WIDTH, HEIGHT = 4.24, 1.72, 1.45
"""Metres over all, without mirrors."""

_AXLE = 1.32
_STEPS = 72


@kernel
def _between(z: float, a: float, b: float, c: float, d: float) -> float:
    """A value given at the heights 0.75, 0.95, 1.25 and 1.44, straight lines between."""
    if z <= 0.75:
        return a
    if z <= 0.95:
        return a + (b - a) * (z - 0.75) / 0.20
    if z <= 1.25:
        return b + (c - b) * (z - 0.95) / 0.30
    if z <= 1.44:
        return c + (d - c) * (z - 1.25) / 0.19
    return d


@kernel
def _melt(a: float, b: float, width: float) -> float:
    """The smaller of two distances, their edge rounded."""
    h = max(width - abs(a - b), 0.0) / width
    return min(a, b) - h * h * width * 0.25


@kernel
def distance(x: float, y: float, z: float) -> float:
    """A lower bound on metres to the car, negative inside; x points to its front."""
    qx, qy, qz = abs(x) - 1.90, abs(y) - 0.64, abs(z - 0.58) - 0.14
    outside = np.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2 + max(qz, 0.0) ** 2)
    lower = outside + min(max(qx, max(qy, qz)), 0.0) - 0.22
    rx, ry = _between(z, 1.65, 1.50, 1.12, 0.85), _between(z, 0.84, 0.80, 0.70, 0.58)
    middle = _between(z, -0.10, -0.12, -0.15, -0.18)
    k = (((x - middle) / rx) ** 4 + (y / ry) ** 4) ** 0.25
    upper = max((k - 1.0) * min(rx, ry), max(0.75 - z, z - 1.44))
    body = _melt(lower, upper, 0.12)
    reach = abs(abs(x) - _AXLE)
    spoke = np.sqrt(reach * reach + (z - 0.32) ** 2)
    body = max(body, -max(spoke - 0.38, 0.55 - abs(y)))
    wheel = max(spoke - 0.32, abs(abs(y) - 0.74) - 0.10)
    return min(body, wheel)


@kernel
def march(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, furthest: float
) -> float:
    """Metres along a ray (in the car's coordinates, unit direction) to the car, or -1."""
    start, end = 1e-4, furthest
    for axis in range(3):
        o = ox if axis == 0 else (oy if axis == 1 else oz)
        d = dx if axis == 0 else (dy if axis == 1 else dz)
        low = -2.15 if axis == 0 else (-0.90 if axis == 1 else 0.0)
        high = 2.15 if axis == 0 else (0.90 if axis == 1 else 1.47)
        if abs(d) < 1e-9:
            if o < low or o > high:
                return -1.0
            continue
        a, b = (low - o) / d, (high - o) / d
        start, end = max(start, min(a, b)), min(end, max(a, b))
        if start > end:
            return -1.0
    t = start
    for _ in range(_STEPS):
        gap = distance(ox + t * dx, oy + t * dy, oz + t * dz)
        if gap < 2e-3:
            return t
        t += max(gap * 0.75, 2e-3)
        if t > end:
            return -1.0
    return -1.0


@kernel
def normal(x: float, y: float, z: float, out: Any) -> None:
    """Write the outward unit normal at a point of the surface into `out` (3,)."""
    e = 4e-3
    nx = distance(x + e, y, z) - distance(x - e, y, z)
    ny = distance(x, y + e, z) - distance(x, y - e, z)
    nz = distance(x, y, z + e) - distance(x, y, z - e)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    out[0], out[1], out[2] = nx / length, ny / length, nz / length


@kernel
def finish(x: float, y: float, z: float, flat: float, paint: Any, out: Any) -> float:
    """What the car is made of at a point of its surface.

    Args:
        x: metres in the car's coordinates.
        y: metres.
        z: metres.
        flat: the z part of the normal.
        paint: (3,) linear RGB.
        out: (3,), becomes the reflectance.

    Returns:
        How strongly it mirrors the sky, 0–1.
    """
    side = abs(y)
    for c in range(3):
        out[c] = paint[c]
    mirror = 0.35
    spoke = np.sqrt((abs(x) - _AXLE) ** 2 + (z - 0.32) ** 2)
    if spoke < 0.335 and side > 0.6:
        grey = 0.35 if spoke < 0.20 and side > 0.78 else 0.02
        out[0] = out[1] = out[2] = grey
        return 0.05
    if spoke < 0.40 and side > 0.5:
        out[0] = out[1] = out[2] = 0.01
        return 0.0
    window = 0.92 < z < 1.36 and (x > 0.78 or x < -1.12 or side > 0.55)
    if window and abs(x + 0.2) > 0.04 and abs(flat) < 0.93:
        out[0] = out[1] = out[2] = 0.025
        return 0.6
    if z < 0.28:
        for c in range(3):
            out[c] *= 0.3
    lamp = 0.55 < z < 0.74 and side > 0.48
    if x > 1.95 and lamp:
        out[0] = out[1] = out[2] = 0.6
    elif x < -1.95 and lamp:
        out[0], out[1], out[2] = 0.35, 0.02, 0.02
    if abs(x) > 2.05 and 0.42 < z < 0.54 and side < 0.26:
        out[0] = out[1] = out[2] = 0.7
    if abs(x - 0.02) < 0.012 and z < 0.95:
        for c in range(3):
            out[c] *= 0.5
    return mirror
