"""Where a foot is through a cycle of walking: heel strike, flat, heel off, swing.

Metres of a figure at rest (1.76 m), in the frame that moves along with the figure: x forward, z up.
Phase 0 is the foot's heel strike; until `STANCE` it stands on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from app.demo.synthetic.skeleton import Skeleton
from app.demo.synthetic.specs import Gait
from app.demo.synthetic.surface import Array

STRIDE = 1.34
"""Metres of a cycle (two steps) of a figure at rest whose `Gait.stride` is 1."""

STANCE = 0.60
MIDDLE = 0.30
"""The phase in which the foot stands below the hip."""

_ANKLE = 0.085
_HEEL = -0.068
"""The heel's point of contact, forward of the ankle."""

_AHEAD = 0.012
"""How far before the hip the middle of the stance lies."""

_PHASES = (0, 0.06, 0.12, 0.30, 0.40, 0.50, 0.60, 0.67, 0.76, 0.86, 0.94, 1.0)
_PITCHES = (16, 6, 0, 0, -7, -25, -54, -60, -38, -6, 13, 16)
_pitch = PchipInterpolator(_PHASES, np.radians(_PITCHES))


@dataclass(frozen=True, slots=True)
class Foot:
    """A foot at one instant.

    Args:
        x: of the ankle, forward of the hip's place.
        z: of the ankle.
        pitch: radians the foot's tip is lifted.
        toes: radians the toes are lifted.
        lag: cycles since the figure passed over the foot; -0.3 to 0.3.
    """

    x: float
    z: float
    pitch: float
    toes: float
    lag: float


def foot(phase: float, stride: float, ball: float) -> Foot:
    """A foot while walking straight on.

    Args:
        phase: cycles since its heel strike; only the fraction counts.
        stride: metres of a cycle.
        ball: metres from the ankle forward to the ball of the foot.
    """
    phase = phase % 1.0
    pitch = float(_pitch(phase))
    if phase <= STANCE:
        x, z = _standing(phase, pitch, stride, ball)
        return Foot(x, z, pitch, max(pitch, 0.0), phase - MIDDLE)
    share = (phase - STANCE) / (1 - STANCE)
    smooth = share * share * (3 - 2 * share)
    start, end = _at(STANCE, stride, ball), _at(0.0, stride, ball)
    leaving = (np.array(start) - _at(STANCE - 0.01, stride, ball)) / 0.01 * (1 - STANCE)
    landing = (np.array(_at(0.01, stride, ball)) - end) / 0.01 * (1 - STANCE) * 0.5
    a, b, c, d = _hermite(share)
    x, z = a * np.array(start) + b * leaving + c * np.array(end) + d * landing
    toes = pitch if pitch > 0 else pitch * smooth**0.5
    lift = 0.014 * np.sin(np.pi * share)
    z = max(float(z), lift - lowest(pitch, toes, ball))
    return Foot(float(x), z, pitch, toes, MIDDLE - 2 * MIDDLE * smooth)


def _at(phase: float, stride: float, ball: float) -> tuple[float, float]:
    return _standing(phase, float(_pitch(phase)), stride, ball)


def _standing(phase: float, pitch: float, stride: float, ball: float) -> tuple[float, float]:
    """The ankle of a foot on the ground, which turns about its heel, then about its ball."""
    flat = _AHEAD + stride * (MIDDLE - phase) - 0.055 * stride
    cos, sin = float(np.cos(pitch)), float(np.sin(pitch))
    if pitch >= 0:
        x, z = -_HEEL, _ANKLE
        return flat + _HEEL + x * cos - z * sin, x * sin + z * cos
    x, z = -ball, _ANKLE - _BALL_HEIGHT
    return flat + ball + x * cos - z * sin, _BALL_HEIGHT + x * sin + z * cos


_BALL_HEIGHT = 0.022


def lowest(pitch: float, toes: float, ball: float) -> float:
    """How far below the ankle the sole's lowest point is: negative metres."""
    cos, sin = float(np.cos(pitch)), float(np.sin(pitch))
    heel = _HEEL * sin - _ANKLE * cos
    joint = ball * sin - (_ANKLE - _BALL_HEIGHT) * cos
    tip = joint + 0.075 * float(np.sin(toes)) - _BALL_HEIGHT * float(np.cos(toes))
    return min(heel, joint - _BALL_HEIGHT * cos, tip)


def _hermite(t: float) -> tuple[float, float, float, float]:
    """Weights of start, start's slope, end and end's slope."""
    square, cube = t * t, t * t * t
    return 2 * cube - 3 * square + 1, cube - 2 * square + t, 3 * square - 2 * cube, cube - square


def rise(phase: float, gait: Gait) -> float:
    """How the pelvis rises over each standing leg and falls between, metres around 0."""
    return float(-0.021 * gait.bounce * np.cos(4 * np.pi * (phase - 0.01)))


def hip_drop(joints: Skeleton, gait: Gait) -> float:
    """How much lower the hips are in walking, so that both legs reach their feet all the time."""
    hip, knee, ankle = joints.hip[0], joints.knee[0], joints.ankle[0]
    length = 0.9975 * float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    reach = joints.ball[0][0] - ankle[0]
    drop = 0.0
    for phase in np.arange(64) / 64:
        place = foot(float(phase), STRIDE * gait.stride, float(reach))
        # Hips turn and tilt with the steps: 2 cm are kept for that.
        ahead = max(abs(place.x - float(hip[0])) - 0.005, 0.0)
        highest = place.z + float(np.sqrt(length**2 - ahead**2 - 0.03**2))
        drop = max(drop, float(hip[2]) + rise(float(phase), gait) + 0.004 - highest)
    return float(drop)


def turned(x: float, y: float, lag: float, stride: float, turn: float) -> Array:
    """Where a foot that stands still is seen from a figure that walks on a bend.

    Args:
        x: metres forward, as on a straight way.
        y: metres to the left.
        lag: `Foot.lag`.
        stride: metres of a cycle.
        turn: radians the figure turns left in a cycle.

    Returns:
        (2,) x and y.
    """
    angle = turn * lag
    if abs(angle) < 1e-6:
        return np.array((x, y))
    gone = stride * lag
    ahead, aside = gone * np.sin(angle) / angle, gone * (1 - np.cos(angle)) / angle
    away = np.array((x + gone - ahead, y - aside))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array((cos * away[0] + sin * away[1], cos * away[1] - sin * away[0]))
