"""The solids of hair and of what is worn on the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from app.demo.synthetic.anatomy import FACE
from app.demo.synthetic.specs import Head
from app.demo.synthetic.surface import (
    Array,
    cone,
    ellipsoid,
    loft,
    smooth_max,
    smooth_min,
    smoothstep,
)


def hair(points: Array, head: Head) -> Array:
    """Hair as a solid; its strands are a matter of shading."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    around = np.arctan2(y, x + 0.01)
    # Locks run down the head: they differ around it and hardly along it.
    locks = 0.0022 * np.sin(23 * around + 3 * np.sin(9 * z)) + 0.0016 * np.sin(41 * around + 20 * z)
    style = head.hair
    # Cut short, hair leaves the temples free; long hair falls over them.
    fall = 0.12 if style in ("short", "buzz", "curls") else 0.42
    hairline = FACE + 0.086 - fall * np.abs(y) + 0.004 * np.sin(y * 90 + 1)
    skull = ellipsoid(points, (0, 0, FACE + 0.038), (0.098, 0.078, 0.110))
    crown = smoothstep(FACE + 0.03, FACE + 0.13, z)
    sideburn = 0.026 + 0.10 * np.clip(z - FACE - 0.03, 0, 0.1) - 0.25 * np.minimum(z - FACE, 0.03)
    nape = FACE - 0.045 + 0.45 * np.maximum(x + 0.05, 0)
    # Metres within the hairline; hair thins out to nothing there.
    within = np.maximum(z - hairline, np.minimum(sideburn - x, z - nape))
    if style == "buzz":
        solid = skull - _grown(within, 0.003 + 0.003 * crown)
    elif style == "short":
        top = 0.004 + 0.011 * crown + 0.004 * crown * smoothstep(-0.06, 0.08, x)
        solid = skull - _grown(within + 1.5 * locks, top) + 0.8 * locks * crown
    elif style == "curls":
        puff = 0.006 * np.sin(85 * x + 3) * np.sin(85 * y + 1) * np.sin(80 * z)
        bush = ellipsoid(points, (-0.016, 0, FACE + 0.060), (0.128, 0.118, 0.126)) + puff
        solid = smooth_max(bush, np.minimum(hairline - z, x - 0.03), 0.03)
    else:
        within = np.maximum(z - hairline - 0.008, np.minimum(0.026 - x, z - FACE + 0.06))
        solid = skull - _grown(within + locks, 0.011 + 0.005 * crown) + locks
        solid = _length(solid, points, locks, style)
    if head.hat in ("cap", "beanie"):
        solid = np.maximum(solid, z - (FACE + 0.066))
    return solid


def _grown(within: Array, full: ArrayLike) -> Array:
    """How far hair stands off the skull: nothing at the hairline, `full` 4 cm within."""
    share = np.clip(within / 0.04, 0, 1)
    return np.where(within > 0, np.asarray(full) * np.sqrt(share), -0.008 + 0 * within)


def _length(cap: Array, points: Array, locks: Array, style: str) -> Array:
    x = points[..., 0]
    if style == "long":
        heights = [1.315, 1.38, 1.46, 1.56, 1.67]
        depth = [0.018, 0.034, 0.046, 0.068, 0.09]
        width = [0.066, 0.090, 0.096, 0.094, 0.085]
        fall = loft(points, heights, depth, width, [-0.105, -0.098, -0.078, -0.040, -0.020], 2.2)
        return smooth_min(cap, np.maximum(fall + 1.6 * locks, x - 0.026), 0.03)
    if style == "bob":
        heights = [1.478, 1.51, 1.57, 1.67]
        depth, width = [0.074, 0.086, 0.09, 0.09], [0.086, 0.098, 0.098, 0.085]
        fall = loft(points, heights, depth, width, [-0.030, -0.030, -0.024, -0.012], 2.3)
        return smooth_min(cap, smooth_max(fall + 1.4 * locks, x - 0.042, 0.01), 0.03)
    if style == "bun":
        return smooth_min(cap, ellipsoid(points, (-0.100, 0, FACE + 0.088), (0.044,) * 3), 0.018)
    tail = cone(points, (-0.104, 0, FACE + 0.064), (-0.150, 0, FACE - 0.02), 0.026, 0.033)
    end = cone(points, (-0.150, 0, FACE - 0.02), (-0.142, 0, FACE - 0.19), 0.033, 0.010)
    return smooth_min(cap, smooth_min(tail, end, 0.03) + locks, 0.014)


def hat(points: Array, head: Head) -> Array:
    """Cap, beanie or head scarf."""
    z = points[..., 2]
    if head.hat == "cap":
        crown = ellipsoid(points, (-0.004, 0, FACE + 0.055), (0.114, 0.094, 0.114))
        crown = np.maximum(crown, FACE + 0.058 - z)
        brim = ellipsoid(points, (0.105, 0, FACE + 0.066), (0.082, 0.073, 0.012))
        return smooth_min(crown, np.maximum(brim, 0.03 - points[..., 0]), 0.012)
    if head.hat == "beanie":
        crown = ellipsoid(points, (-0.006, 0, FACE + 0.052), (0.116, 0.097, 0.132))
        fold = cone(points, (-0.006, 0, FACE + 0.062), (-0.006, 0, FACE + 0.085), 0.104, 0.104,
                    (1, 1.2, 1))  # fmt: skip
        fold = np.maximum(fold, np.maximum(z - FACE - 0.088, FACE + 0.048 - z))
        return smooth_min(np.maximum(crown, FACE + 0.050 - z), fold, 0.012)
    wrap = ellipsoid(points, (-0.008, 0, FACE + 0.034), (0.117, 0.095, 0.124))
    drape = cone(points, (-0.014, 0, 1.425), (-0.010, 0, FACE - 0.06), 0.112, 0.084)
    solid = smooth_min(wrap, drape, 0.06)
    face = ellipsoid(points, (0.120, 0, FACE - 0.008), (0.075, 0.062, 0.086))
    return smooth_max(solid, -face, 0.012)
