"""Kernels for skin, face and hair, in coordinates of the figure at rest (metres)."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.noise import noise, smooth_step

_FACE = 1.612
"""`anatomy.FACE`: kernels read only constants of their own module."""


@kernel
def skin(x: float, y: float, z: float, marks: int, tone: Any, hair: Any) -> Any:
    """The colour of skin: (r, g, b) linear.

    Args:
        x: forward.
        y: to the left.
        z: up.
        marks: bit 1 a beard, bit 2 glasses.
        tone: (3,) the skin's colour.
        hair: (3,) the hair's colour, for brows and beard.
    """
    blotch = 1.0 + 0.07 * noise(x * 40, y * 40, z * 40)
    r, g, b = tone[0] * blotch, tone[1] * blotch, tone[2] * blotch
    up = z - _FACE
    side = abs(y)
    if up < -0.13:
        return r, g, b
    if x > 0.02:
        warm = np.exp(-(((side - 0.045) / 0.024) ** 2) - ((up + 0.018) / 0.024) ** 2)
        warm += 0.6 * np.exp(-((y / 0.016) ** 2) - ((up + 0.012) / 0.014) ** 2)
        r, g, b = r * (1 + 0.05 * warm), g * (1 - 0.08 * warm), b * (1 - 0.09 * warm)
        socket = np.exp(-(((side - 0.033) / 0.020) ** 2) - ((up - 0.022) / 0.013) ** 2)
        r, g, b = r * (1 - 0.22 * socket), g * (1 - 0.26 * socket), b * (1 - 0.26 * socket)
        if x > 0.06:
            r, g, b = _features(y, up, r, g, b, hair)
        if marks & 1:
            mouth = smooth_step(1.0, 1.5, (y / 0.024) ** 2 + ((up + 0.057) / 0.009) ** 2)
            cheek = smooth_step(-0.026, -0.044, up - 0.25 * max(side - 0.03, 0.0))
            beard = 0.8 * cheek * mouth
            r = r * (1 - beard) + hair[0] * beard
            g = g * (1 - beard) + hair[1] * beard
            b = b * (1 - beard) + hair[2] * beard
    if marks & 2:
        frame = 0.0
        ring = np.sqrt(((side - 0.034) / 0.0235) ** 2 + ((up - 0.020) / 0.0185) ** 2)
        if x > 0.05:
            frame = smooth_step(0.80, 0.88, ring) * smooth_step(1.14, 1.06, ring)
            if side < 0.012 and abs(up - 0.024) < 0.003:
                frame = 1.0
        elif abs(up - 0.026) < 0.0035:
            frame = 1.0
        r, g, b = r * (1 - frame) + 0.02, g * (1 - frame) + 0.02, b * (1 - frame) + 0.02
    return r, g, b


@kernel
def _features(y: float, up: float, r: float, g: float, b: float, hair: Any) -> Any:
    """Eyes, brows, nostrils and lips on a face's colour."""
    side = abs(y) - 0.033
    eye = (side / 0.0155) ** 2 + ((up - 0.023) / (0.0068 - 12.0 * side * side)) ** 2
    if eye < 1.0:
        iris = smooth_step(0.0078, 0.0062, np.sqrt(side * side + (up - 0.0235) ** 2))
        lit = 0.30 * (1 - iris) + 0.02 * iris
        r, g, b = lit, lit * 0.97, lit * 0.95
    elif eye < 1.9 and up > 0.022:
        r, g, b = r * 0.35, g * 0.32, b * 0.32
    lift = up - 0.046 + 0.12 * abs(side) + 0.08 * side
    brow = 0.75 * smooth_step(1.25, 0.6, (side / 0.022) ** 2 + (lift / 0.0052) ** 2)
    r = r * (1 - brow) + 0.8 * hair[0] * brow
    g = g * (1 - brow) + 0.8 * hair[1] * brow
    b = b * (1 - brow) + 0.8 * hair[2] * brow
    lips = smooth_step(1.1, 0.7, (y / 0.025) ** 2 + ((up + 0.057) / 0.0088) ** 2)
    r, g, b = r * (1 - 0.22 * lips), g * (1 - 0.45 * lips), b * (1 - 0.42 * lips)
    if lips > 0:
        parting = 1 - 0.5 * smooth_step(0.0026, 0.0010, abs(up + 0.057))
        r, g, b = r * parting, g * parting, b * parting
    nostril = (abs(y) - 0.0085) ** 2 + (up + 0.0255) ** 2
    if nostril < 0.0046**2:
        r, g, b = r * 0.5, g * 0.45, b * 0.45
    return r, g, b


@kernel
def strands(x: float, y: float, z: float, pixel: float) -> tuple[float, float]:
    """Hair runs down from the crown: (a factor on its colour, how far it tilts sideways)."""
    around = np.arctan2(y, x + 0.012)
    # Far from the axis locks are counted along the surface; the crown is a whorl.
    height = z * 7.0 + 1.5 * noise(x * 9, y * 9, z * 9)
    coarse = noise(around * 6.5 + 40.0, height, 3.0)
    lock = coarse
    if pixel < 0.007:
        lock += 0.7 * noise(around * 19.0 + 90.0, height * 1.3, 11.0)
    root = smooth_step(_FACE + 0.15, _FACE + 0.02, z)
    return 0.92 + 0.75 * lock + 0.12 * root, lock
