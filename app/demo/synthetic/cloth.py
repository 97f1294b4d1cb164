"""Kernels for what garments look like, in coordinates of the figure at rest.

Patterns are tied to the cloth, so they do not swim when it moves. Positions are metres.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.noise import hashed, noise, smooth_step


@kernel
def slope_noise(x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Smooth noise -0.5 to 0.5 with its slope along x, y and z."""
    column, row, layer = np.floor(x), np.floor(y), np.floor(z)
    fx, fy, fz = x - column, y - row, z - layer
    u, v, w = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    du, dv, dw = 6 * fx * (1 - fx), 6 * fy * (1 - fy), 6 * fz * (1 - fz)
    i, j, k = int(column) + 100000, int(row) + 100000, int(layer) + 100000
    a000, a100 = hashed(i, j, k), hashed(i + 1, j, k)
    a010, a110 = hashed(i, j + 1, k), hashed(i + 1, j + 1, k)
    a001, a101 = hashed(i, j, k + 1), hashed(i + 1, j, k + 1)
    a011, a111 = hashed(i, j + 1, k + 1), hashed(i + 1, j + 1, k + 1)
    x00, x10 = a000 + (a100 - a000) * u, a010 + (a110 - a010) * u
    x01, x11 = a001 + (a101 - a001) * u, a011 + (a111 - a011) * u
    y0, y1 = x00 + (x10 - x00) * v, x01 + (x11 - x01) * v
    near = (a100 - a000) * (1 - v) + (a110 - a010) * v
    far = (a101 - a001) * (1 - v) + (a111 - a011) * v
    along_x = (near * (1 - w) + far * w) * du
    along_y = ((x10 - x00) * (1 - w) + (x11 - x01) * w) * dv
    return y0 + (y1 - y0) * w - 0.5, along_x, along_y, (y1 - y0) * dw


@kernel
def line(distance: float, half: float, soft: float) -> float:
    """1 within `half` metres of a line, fading over `soft` metres."""
    return 1.0 - smooth_step(half, half + soft, abs(distance))


@kernel
def blend(pattern: int, x: float, y: float, z: float, arm: float, soft: float) -> float:
    """How much of a garment's second colour shows: 0–1.

    Args:
        pattern: a `Pattern`.
        x: forward.
        y: to the left.
        z: up.
        arm: metres beyond the armpit; positive on a sleeve.
        soft: metres over which edges fade, about one subpixel.
    """
    sleeve = arm > 0.0
    mix = 0.0
    # Turns around the trunk; a sleeve's own turn is close to how far forward it is.
    around = np.arctan2(y, 1.25 * x) if not sleeve else 6.5 * (x + 0.3 * y)
    if pattern == 1:
        mix = smooth_step(-0.25, 0.25, np.sin(z * 95))
    elif pattern == 2:
        if z < 0.97 and arm < 0:
            leg = 0.09 + 0.058 * (0.915 - min(z, 0.915))
            mix = smooth_step(0.3, 0.7, np.sin(13 * np.arctan2(abs(y) - leg, x)))
        else:
            mix = smooth_step(0.3, 0.7, np.sin(27 * around))
    elif pattern == 3:
        across, up = 11 * around, z * 62
        mix = 0.5 * smooth_step(-0.15, 0.15, np.sin(up))
        mix += 0.5 * smooth_step(-0.15, 0.15, np.sin(across))
    elif pattern == 4:
        mix = smooth_step(1.18 + soft, 1.18 - soft, z)
    elif pattern == 5:
        if x > 0:
            out = np.sqrt((y / 0.075) ** 2 + ((z - 1.27) / 0.042) ** 2)
            mix = smooth_step(1.05, 0.97, out) * smooth_step(0.58, 0.66, out)
        elif abs(y) < 0.1:
            mix = line(z - 1.30, 0.026, soft)
    elif pattern == 7:
        big = noise(x * 14, y * 14, z * 14) + 0.5 * noise(x * 30 + 9, y * 30, z * 30)
        mix = smooth_step(0.0, 0.06, big)
    elif pattern == 8:
        mix = smooth_step(-0.002, 0.004, arm)
    elif pattern == 9:
        u, v = 22 / (2 * np.pi) * around, z * 22
        v += 0.5 * (np.floor(u) % 2)
        u, v = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
        mix = smooth_step(0.30, 0.24, np.sqrt(u * u + v * v))
    elif pattern == 10:
        if sleeve:
            mix = max(line(arm - 0.11, 0.019, soft), line(arm - 0.19, 0.019, soft))
        else:
            mix = max(line(z - 1.00, 0.024, soft), line(z - 1.14, 0.024, soft))
            if z > 1.14:
                mix = max(mix, line(abs(y) - 0.09, 0.021, soft))
    elif pattern == 12 and not sleeve:
        mix = smooth_step(1.26 - soft, 1.26 + soft, z)
    return mix


@kernel
def wear(pattern: int, x: float, y: float, z: float, pixel: float) -> float:
    """A factor on a cloth's colour: its weave, its fading; `pixel` in metres decides how fine."""
    factor = 1.0 + 0.10 * noise(x * 7, y * 7, z * 7)
    if pixel < 0.003:
        factor += 0.08 * noise(x * 90, y * 90, z * 90)
    if pattern == 11:
        factor += 0.22 * noise(x * 5, y * 5, z * 4)
        if pixel < 0.002:
            factor += 0.12 * noise(x * 160, y * 160, z * 40)
        faded = smooth_step(0.75, 0.45, abs(z - 0.64) * 2.4)
        factor += (0.20 if x > 0 else 0.02) * faded
    return factor


@kernel
def upper_seams(
    pattern: int, x: float, y: float, z: float, arm: float, hem: float, soft: float
) -> float:
    """A factor on the colour where a garment is sewn: hem, zip or buttons, armhole, cuffs."""
    shade = 1.0 - 0.28 * line(z - hem - 0.022, 0.002, 0.5 * soft + 0.002)
    shade *= 1.0 - 0.20 * line(arm, 0.002, 0.5 * soft + 0.002)
    if x > 0 and arm < 0 and (pattern == 0 or pattern == 8 or pattern == 10 or pattern == 7):
        shade *= 1.0 - 0.40 * line(y, 0.0025, 0.5 * soft + 0.001)
    return shade


@kernel
def lower_seams(x: float, y: float, z: float, hem: float, soft: float) -> float:
    """A factor on the colour of trousers: side seams, back pockets, fly."""
    shade = 1.0
    if z < 0.95:
        shade *= 1.0 - 0.22 * line(abs(y) - 0.165, 0.003, soft) * line(x, 0.03, 0.01)
    pocket = abs(abs(y) - 0.082)
    if x < -0.05 and 0.80 < z < 0.90 and pocket < 0.05:
        edge = max(line(pocket - 0.046, 0.002, soft), line(z - 0.893, 0.003, soft))
        shade *= 1.0 - 0.30 * edge
    if x > 0.05 and z > 0.85:
        shade *= 1.0 - 0.25 * line(y, 0.002, soft)
    return shade * (1.0 - 0.20 * line(z - hem - 0.02, 0.002, 0.5 * soft + 0.002))


@kernel
def folds(
    lower: bool, x: float, y: float, z: float, arm: float, hem: float, seed: float
) -> tuple[float, float, float, float]:
    """How folds tilt the surface: (height, slope along x, y, z), strongest near bent joints."""
    if lower:
        knee, cuff = (z - 0.50) / 0.10, (z - hem - 0.05) / 0.07
        strength = 0.30 + 0.75 * np.exp(-knee * knee) + 0.9 * np.exp(-cuff * cuff)
        crotch = (z - 0.82) / 0.07
        strength += 0.5 * np.exp(-crotch * crotch)
        across, up = 11.0, 20.0
    else:
        elbow = (arm - 0.175) / 0.08
        waist = (z - 1.05) / 0.12
        strength = 0.45 + 0.45 * np.exp(-waist * waist)
        if arm > 0:
            strength = 0.40 + 0.9 * np.exp(-elbow * elbow)
        across, up = 9.0, 17.0
    lean = 0.9 * noise(x * 5 + seed, y * 5, z * 4)
    height, along_x, along_y, along_z = slope_noise(
        x * across + seed, y * across, z * up + 1.4 * lean + 3.0 * abs(y) * (0.0 if lower else 1.0)
    )
    k = strength * 0.30
    return strength * height, k * along_x, k * along_y, k * along_z * 1.2


@kernel
def jacket(
    x: float, y: float, z: float, arm: float, soft: float, first: Any, shirt: Any, tie: Any
) -> tuple[float, float, float]:
    """The colour of an open jacket: cloth, lapels with a dark edge, shirt, tie."""
    r, g, b = float(first[0]), float(first[1]), float(first[2])
    if x <= 0 or arm > 0 or z < 1.06:
        if x > 0 and arm < 0:
            dark = 1.0 - 0.45 * line(y + 0.006, 0.002, soft)
            return r * dark, g * dark, b * dark
        return r, g, b
    rise = min(max((z - 1.09) / 0.36, 0.0), 1.0)
    opening = 0.006 + 0.062 * rise**1.2
    notch = 0.022 if abs(z - 1.385) < 0.012 else 0.0
    roll = opening + 0.058 * np.sin(np.pi * rise) ** 0.8 - notch
    side = abs(y)
    if z > 1.09 and side < opening:
        width = 0.014 + 0.012 * smooth_step(1.40, 1.10, z)
        knot = 0.018 if z > 1.405 else width
        t = smooth_step(knot + soft, knot, side)
        edge = 1.0 - 0.4 * smooth_step(opening - 0.012, opening, side)
        return (
            (shirt[0] * (1 - t) + tie[0] * t) * edge,
            (shirt[1] * (1 - t) + tie[1] * t) * edge,
            (shirt[2] * (1 - t) + tie[2] * t) * edge,
        )
    shade = 1.0 - 0.55 * line(side - roll, 0.0025, soft) * (1.0 if z > 1.10 else 0.0)
    if side < roll:
        shade *= 1.16
    if z <= 1.09:
        shade *= 1.0 - 0.5 * line(y, 0.002, soft)
    return r * shade, g * shade, b * shade
