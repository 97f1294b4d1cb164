"""The solids of clothes, shoes and bags."""

from __future__ import annotations

import numpy as np

from app.demo.synthetic.anatomy import shoulders, trunk
from app.demo.synthetic.skeleton import SIDES, Skeleton
from app.demo.synthetic.specs import FigureSpec, Pattern
from app.demo.synthetic.surface import (
    Array,
    box,
    cone,
    ellipsoid,
    loft,
    smooth_max,
    smooth_min,
    smoothstep,
)


def upper(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    """Shirt, jacket, coat or dress, with sleeves, collar, hood and lapels."""
    garment, body = spec.upper, spec.body
    z = points[..., 2]
    solid = trunk(points, body, garment.loose, garment.hem, flare=garment.flare)
    if spec.lower.kind == "trousers" and garment.hem < 0.95:
        solid = smooth_min(solid, _hips(points, joints, spec) - 0.009, 0.03)
    solid = smooth_min(solid, shoulders(points, joints, garment.loose), 0.05)
    solid = smooth_min(solid, _sleeves(points, joints, spec), 0.045)
    if garment.collar:
        collar = cone(points, (-0.016, 0, 1.43), (-0.010, 0, 1.495), 0.084, 0.072)
        # Open in front, lower there than at the nape.
        edge = 1.503 - 0.35 * np.maximum(points[..., 0] - 0.02, 0)
        solid = smooth_min(solid, np.maximum(collar, z - edge), 0.018)
    if garment.hood:
        hood = ellipsoid(points, (-0.085, 0, 1.445), (0.070, 0.125, 0.062))
        solid = smooth_min(solid, hood, 0.03)
    if garment.pattern == Pattern.JACKET:
        solid = solid + _lapels(points)
    return np.maximum(solid, garment.hem - z)


def _hips(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    """The thighs in their trousers, over which a shirt or jacket falls."""
    solid = np.full(points.shape[:-1], 9.0)
    for hip, knee in zip(joints.hip, joints.knee, strict=True):
        solid = np.minimum(solid, cone(points, hip, knee, *_thigh(spec)))
    return solid


def _thigh(spec: FigureSpec) -> tuple[float, float]:
    """Radii of a trouser leg at hip and knee."""
    girth, loose = spec.body.girth, spec.lower.loose
    wide = 0.091 * girth**0.9 * (1 + 0.04 * spec.body.feminine) + 0.6 * loose
    return wide, 0.057 * girth**0.6 + loose


def _sleeves(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    garment = spec.upper
    size = spec.body.girth**0.6 * (1 - 0.08 * spec.body.feminine)
    loose = garment.loose
    solid = np.full(points.shape[:-1], 9.0)
    for shoulder, elbow, wrist in zip(joints.shoulder, joints.elbow, joints.wrist, strict=True):
        start = shoulder + np.array((0, 0, -0.006))
        arm = cone(points, start, elbow, 0.054 * size + loose, 0.043 * size + loose)
        if garment.sleeve > 1:
            end = elbow + (wrist - elbow) * (garment.sleeve - 1)
            lower = cone(points, elbow, end, 0.043 * size + loose, 0.033 + 1.05 * loose)
            arm = smooth_min(arm, lower, 0.02)
        else:
            end = start + (elbow - start) * garment.sleeve
        way = (elbow - start) / np.linalg.norm(elbow - start)
        solid = np.minimum(solid, smooth_max(arm, (points - end) @ way, 0.012))
    return solid


def _lapels(points: Array) -> Array:
    """How far the cloth stands back: the shirt's opening is deep, the lapels stand out."""
    x, y, z = points[..., 0], np.abs(points[..., 1]), points[..., 2]
    opening, roll = lapel_lines(z)
    front = smoothstep(0.0, 0.03, x) * smoothstep(1.06, 1.11, z)
    shirt = smoothstep(opening + 0.006, opening - 0.006, y) * front
    lapel = smoothstep(roll + 0.006, roll - 0.006, y) * front * (1 - shirt)
    return np.asarray(0.012 * shirt - 0.009 * lapel)


def lapel_lines(z: Array) -> tuple[Array, Array]:
    """Half the breadth of a jacket's opening at height `z`, and where its lapels end."""
    rise = np.clip((z - 1.09) / 0.36, 0, 1)
    opening = 0.006 + 0.062 * rise**1.2
    notch = np.where(np.abs(z - 1.385) < 0.012, 0.022, 0.0)
    return np.asarray(opening), np.asarray(opening + 0.058 * np.sin(np.pi * rise) ** 0.8 - notch)


def lower(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    """Trousers or a skirt up to the waist."""
    garment, body = spec.lower, spec.body
    if garment.kind == "skirt":
        return _skirt(points, spec)
    solid = trunk(points, body, 0.004, 0.84, top=1.03)
    loose, girth = garment.loose, body.girth
    for hip, knee, ankle in zip(joints.hip, joints.knee, joints.ankle, strict=True):
        leg = cone(points, hip, knee, *_thigh(spec))
        calf = cone(points, knee, ankle, 0.056 * girth**0.5 + loose, 0.043 + 1.15 * loose)
        leg = smooth_min(leg, calf, 0.03)
        leg = np.maximum(leg, garment.hem - points[..., 2])
        solid = smooth_min(solid, leg, 0.035)
    return solid


def _skirt(points: Array, spec: FigureSpec) -> Array:
    garment, body = spec.lower, spec.body
    wide, hips = garment.width, body.hips
    heights = [garment.hem, 0.80, 0.89, 0.96, 1.035]
    depth = np.array([0.150 * wide, 0.138, 0.136, 0.126, 0.110])
    width = np.array([0.196 * wide, 0.186 * hips, 0.184 * hips, 0.174 * hips, 0.150])
    # A wide skirt falls in folds that fade towards the waist.
    around = np.arctan2(points[..., 1], points[..., 0])
    deep = 0.010 * max(wide - 0.9, 0) * smoothstep(0.9, garment.hem, points[..., 2])
    folds = deep * np.sin(11 * around + 1.5 * np.sin(3 * around))
    centre = [0, -0.006, -0.012, -0.008, 0.002]
    solid = loft(points, heights, depth * body.girth, width * body.girth, centre, 2.1)
    return np.asarray(solid + folds)


def shoe(points: Array, joints: Skeleton, spec: FigureSpec, index: int) -> Array:
    """One shoe; `index` 0 is the left."""
    ankle, toe, side = joints.ankle[index], joints.toe[index], SIDES[index]
    inward = np.array((0, -0.004 * side, 0))
    heel, tip = np.array((ankle[0] - 0.032, ankle[1], 0.045)), np.array((toe[0], toe[1], 0.036))
    last = cone(points, heel, tip + inward, 0.043, 0.039, (1, 1, 1.25))
    shaft = cone(
        points, (ankle[0], ankle[1], 0.05), (ankle[0] - 0.004, ankle[1], spec.shoes.shaft),
        0.045, 0.044,
    )  # fmt: skip
    solid = smooth_min(last, shaft, 0.04)
    sole = cone(points, heel * (1, 1, 0.27), tip * (1, 1, 0.33) + inward, 0.047, 0.044)
    solid = smooth_min(solid, np.maximum(sole, points[..., 2] - 0.024), 0.006)
    return np.maximum(solid, -points[..., 2])


def bag(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    """The bag itself, without straps."""
    assert spec.bag is not None
    girth = spec.body.girth
    if spec.bag.kind == "backpack":
        back = -0.120 * girth - spec.upper.loose
        solid = box(points, (back - 0.075, 0, 1.235), (0.080, 0.145, 0.215), 0.055)
        pocket = box(points, (back - 0.155, 0, 1.15), (0.036, 0.108, 0.105), 0.03)
        return smooth_min(solid, pocket, 0.02)
    if spec.bag.kind == "tote":
        return box(points, (-0.01, -0.185 * girth - 0.072, 0.87), (0.165, 0.042, 0.145), 0.028)
    if spec.bag.kind == "messenger":
        return box(points, (-0.05, 0.185 * girth + 0.060, 0.93), (0.15, 0.045, 0.11), 0.028)
    grip = joints.fingers[1]
    solid = box(points, grip + np.array((0.02, 0, -0.22)), (0.145, 0.050, 0.115), 0.03)
    x, z = points[..., 0] - grip[0] - 0.02, points[..., 2] - grip[2] + 0.11
    ring = np.abs(np.sqrt(x * x + z * z) - 0.09)
    across = points[..., 1] - grip[1]
    handle = np.sqrt(ring * ring + across * across) - 0.0105
    return np.minimum(solid, handle)


def straps(points: Array, joints: Skeleton, spec: FigureSpec) -> Array:
    """What a backpack or a shoulder bag hangs on, lying on the garment."""
    assert spec.bag is not None
    z = points[..., 2]
    cloth = trunk(points, spec.body, spec.upper.loose + 0.013, 0.95, top=1.475)
    slope = shoulders(points, joints, spec.upper.loose + 0.013)
    cloth = smooth_min(cloth, slope, 0.05)
    if spec.bag.kind == "backpack":
        line = np.abs(np.abs(points[..., 1]) - 0.092) - 0.021
        return smooth_max(cloth, np.maximum(line, np.maximum(1.09 - z, z - 1.53)), 0.008)
    side = -1 if spec.bag.kind == "tote" else 1
    high, low = np.array((0, -side * 0.085, 1.45)), np.array((0, side * 0.20, 0.98))
    across = np.array((0, low[2] - high[2], high[1] - low[1]))
    across = across / np.linalg.norm(across)
    line = np.abs((points - high) @ across) - 0.017
    return smooth_max(cloth, np.maximum(line, 0.97 - z), 0.008)
