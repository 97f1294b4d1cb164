"""The solids of a body: trunk, head, arms, legs and hands."""

from __future__ import annotations

import numpy as np

from app.demo.synthetic.skeleton import SIDES, Skeleton
from app.demo.synthetic.specs import Body
from app.demo.synthetic.surface import Array, cone, ellipsoid, loft, smooth_max, smooth_min

FACE = 1.612
"""Height of the middle of the face, metres at rest."""


def trunk(
    points: Array,
    body: Body,
    offset: float,
    low: float,
    *,
    flare: float = 0.0,
    top: float = 1.462,
) -> Array:
    """The trunk from `low` to `top`, grown by `offset` metres.

    Args:
        points: (..., 3).
        body: the body.
        offset: distance of the cloth from the skin.
        low: height of the lower edge.
        flare: how much the cloth widens downward.
        top: height of the upper edge.
    """
    woman, belly = body.feminine, body.belly
    heights = [0.78, 0.88, 0.95, 1.06, 1.13, 1.22, 1.31, 1.375, 1.415, 1.445, 1.475]
    width = np.array([0.158, 0.173, 0.170, 0.149, 0.146, 0.154, 0.163, 0.152, 0.124, 0.090, 0.062])
    width[:3] *= body.hips * (1 + 0.03 * woman)
    width[3:6] -= np.array([0.008, 0.014, 0.012]) * woman
    width[5:9] *= body.shoulders
    width[3:5] += 0.012 * belly
    depth = np.array([0.108, 0.120, 0.118, 0.106, 0.106, 0.113, 0.117, 0.104, 0.086, 0.072, 0.060])
    depth[3:6] += np.array([0.018, 0.022, 0.014]) * belly
    centre = np.array([-0.01, -0.012, -0.006, 0.006, 0.006, 0.0, -0.006, -0.010, -0.012, -0.013])
    centre = np.append(centre, -0.012)
    centre[3:6] += np.array([0.014, 0.017, 0.010]) * belly
    fall = np.clip((1.20 - np.array(heights)) / 0.4, 0, 1)
    width = width * body.girth * (1 + flare * fall) + offset
    depth = depth * body.girth * (1 + flare * fall) + offset
    if low < heights[0]:
        more = 1 + (heights[0] - low) * 1.2 * flare
        heights = [low - 0.01, *heights]
        width, depth = np.append(width[0] * more, width), np.append(depth[0] * more, depth)
        centre = np.append(centre[0], centre)
    solid = loft(points, heights, depth, width, centre)
    if woman > 0:
        for side in SIDES:
            bust = ellipsoid(
                points, (0.072 * body.girth, side * 0.072, 1.262), np.full(3, 0.058 + offset)
            )
            solid = smooth_min(solid, bust + 0.02 * (1 - woman), 0.07)
    for side in SIDES:
        seat = ellipsoid(
            points,
            (-0.058 * body.girth, side * 0.075 * body.hips, 0.895),
            (0.075 + offset, 0.085 + offset, 0.095),
        )
        solid = smooth_min(solid, seat, 0.05)
    z = points[..., 2]
    return np.maximum(np.maximum(solid, low - z), z - top)


def shoulders(points: Array, joints: Skeleton, offset: float) -> Array:
    """The slope from the neck to the shoulders."""
    solid = None
    for side, shoulder in zip(SIDES, joints.shoulder, strict=True):
        slope = cone(
            points,
            (-0.016, side * 0.045, 1.452),
            shoulder + np.array((-0.004, -side * 0.02, 0.012)),
            0.040 + offset,
            0.038 + offset,
        )
        solid = slope if solid is None else np.minimum(solid, slope)
    assert solid is not None
    return solid


def head(points: Array, body: Body) -> Array:
    """Skull, face, ears and neck."""
    z = FACE
    solid = ellipsoid(points, (0.000, 0, z + 0.038), (0.098, 0.078, 0.110))
    jaw = (0.062, 0.058 - 0.005 * body.feminine, 0.070)
    solid = smooth_min(solid, ellipsoid(points, (0.030, 0, z - 0.042), jaw), 0.05)
    solid = smooth_min(solid, ellipsoid(points, (0.072, 0, z - 0.080), (0.024, 0.027, 0.021)), 0.03)
    nose = cone(points, (0.090, 0, z + 0.028), (0.110, 0, z - 0.014), 0.010, 0.0145)
    solid = smooth_min(solid, nose, 0.018)
    brow = cone(points, (0.087, -0.034, z + 0.044), (0.087, 0.034, z + 0.044), 0.012, 0.012)
    solid = smooth_min(solid, brow, 0.02)
    for side in SIDES:
        ear = ellipsoid(points, (-0.006, side * 0.080, z + 0.006), (0.018, 0.009, 0.031))
        solid = smooth_min(solid, ear, 0.008)
        socket = ellipsoid(points, (0.106, side * 0.032, z + 0.024), (0.021, 0.020, 0.011))
        solid = smooth_max(solid, -socket, 0.008)
    thick = 1 - 0.12 * body.feminine
    neck = cone(
        points, (-0.020, 0, 1.42), (-0.008, 0, z - 0.03), 0.066 * body.girth**0.4 * thick,
        0.057 * thick,
    )  # fmt: skip
    return smooth_min(solid, neck, 0.03)


def arms(points: Array, joints: Skeleton, body: Body) -> Array:
    """Bare arms from shoulder to wrist."""
    size = body.girth**0.6 * (1 - 0.10 * body.feminine)
    solid = np.full(points.shape[:-1], 9.0)
    for shoulder, elbow, wrist in zip(joints.shoulder, joints.elbow, joints.wrist, strict=True):
        upper = cone(points, shoulder, elbow, 0.050 * size, 0.040 * size)
        middle = elbow + (wrist - elbow) * 0.25
        fore = smooth_min(
            cone(points, elbow, middle, 0.039 * size, 0.041 * size),
            cone(points, middle, wrist, 0.041 * size, 0.0275),
            0.03,
        )
        solid = np.minimum(solid, smooth_min(upper, fore, 0.02))
    return solid


def legs(points: Array, joints: Skeleton, body: Body) -> Array:
    """Bare legs from hip to ankle, with calves."""
    size = body.girth**0.8
    solid = np.full(points.shape[:-1], 9.0)
    for hip, knee, ankle in zip(joints.hip, joints.knee, joints.ankle, strict=True):
        calf = ankle * 0.66 + knee * 0.34 + np.array((-0.018, 0, 0.03))
        leg = cone(points, hip, knee, 0.080 * size, 0.052 * body.girth**0.5)
        leg = smooth_min(leg, cone(points, knee, calf, 0.046, 0.052 * body.girth**0.5), 0.05)
        leg = smooth_min(leg, cone(points, calf, ankle, 0.050 * body.girth**0.5, 0.035), 0.04)
        solid = np.minimum(solid, leg)
    return solid


def hands(points: Array, joints: Skeleton) -> Array:
    """Hands hanging half open, fingers together, thumbs forward."""
    solid = np.full(points.shape[:-1], 9.0)
    flat = (0.9, 1.4, 1)
    for wrist, fingers in zip(joints.wrist, joints.fingers, strict=True):
        way = (fingers - wrist) / np.linalg.norm(fingers - wrist)
        hand = cone(points, wrist - way * 0.03, wrist + way * 0.03, 0.0255, 0.029)
        palm = cone(points, wrist + way * 0.045, wrist + way * 0.09, 0.036, 0.034, flat)
        hand = smooth_min(hand, palm, 0.02)
        bend = np.array((0.012, -0.25 * way[1] * 0.06, 0))
        tips = cone(points, wrist + way * 0.10, wrist + way * 0.165 + bend, 0.029, 0.020, flat)
        hand = smooth_min(hand, tips, 0.015)
        thumb = cone(
            points,
            wrist + way * 0.03 + np.array((0.020, 0, 0)),
            wrist + way * 0.095 + np.array((0.046, 0, 0)),
            0.0135,
            0.011,
        )
        solid = np.minimum(solid, smooth_min(hand, thumb, 0.010))
    return solid
