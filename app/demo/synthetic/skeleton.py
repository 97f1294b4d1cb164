"""Joints and bones of a figure at rest, and how strongly its skin and clothes follow each bone.

At rest the figure stands at the origin, x forward, y to its left, z up, 1.76 m tall, its arms 35°
from the trunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.specs import Body
from app.demo.synthetic.surface import Array, smoothstep

REST_HEIGHT = 1.76
ARM_ANGLE = float(np.radians(35))
SIDES = (1, -1)
"""Left (y > 0) and right."""

ARMPIT_NORMAL = (0.95, 0.31)
"""(y, z) of the plane that parts arm from trunk."""


class Bone(IntEnum):
    """Each moves with its parent (`PARENTS`)."""

    PELVIS = 0
    ABDOMEN = 1
    CHEST = 2
    HEAD = 3
    LEFT_UPPER_ARM = 4
    LEFT_FOREARM = 5
    LEFT_HAND = 6
    RIGHT_UPPER_ARM = 7
    RIGHT_FOREARM = 8
    RIGHT_HAND = 9
    LEFT_THIGH = 10
    LEFT_SHIN = 11
    LEFT_FOOT = 12
    LEFT_TOES = 13
    RIGHT_THIGH = 14
    RIGHT_SHIN = 15
    RIGHT_FOOT = 16
    RIGHT_TOES = 17
    SKIRT_FRONT_LEFT = 18
    SKIRT_FRONT_RIGHT = 19
    SKIRT_BACK_LEFT = 20
    SKIRT_BACK_RIGHT = 21
    CARRIED = 22


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """(3,) positions of the joints at rest; pairs hold left and right.

    `armpit` is where the arm's inner side meets the trunk.
    """

    pelvis: Array
    abdomen: Array
    chest: Array
    neck: Array
    shoulder: tuple[Array, Array]
    elbow: tuple[Array, Array]
    wrist: tuple[Array, Array]
    fingers: tuple[Array, Array]
    armpit: tuple[Array, Array]
    hip: tuple[Array, Array]
    knee: tuple[Array, Array]
    ankle: tuple[Array, Array]
    ball: tuple[Array, Array]
    toe: tuple[Array, Array]


def skeleton(body: Body) -> Skeleton:
    """The joints of a body; lengths do not depend on it, breadths do."""
    shoulder = 0.172 * body.shoulders * body.girth**0.45
    hip = 0.090 * body.hips * body.girth**0.3

    def pair(x: float, y: float, z: float) -> tuple[Array, Array]:
        return np.array((x, y, z)), np.array((x, -y, z))

    def arm(length: float) -> tuple[Array, Array]:
        reach, drop = np.sin(ARM_ANGLE) * length, np.cos(ARM_ANGLE) * length
        return pair(-0.012, shoulder + float(reach), 1.405 - float(drop))

    return Skeleton(
        pelvis=np.array((0, 0, 0.95)),
        abdomen=np.array((0, 0, 1.06)),
        chest=np.array((-0.005, 0, 1.22)),
        neck=np.array((-0.012, 0, 1.475)),
        shoulder=arm(0),
        elbow=arm(0.285),
        wrist=arm(0.53),
        fingers=arm(0.66),
        armpit=pair(-0.012, shoulder + 0.012, 1.275),
        hip=pair(0, hip, 0.915),
        knee=pair(0.012, hip + 0.028, 0.50),
        ankle=pair(-0.012, hip + 0.048, 0.085),
        ball=pair(0.105, hip + 0.060, 0.022),
        toe=pair(0.155, hip + 0.066, 0.03),
    )


def arm_side(points: Array, joints: Skeleton) -> Array:
    """Metres beyond the plane that parts the arm from the trunk; positive on the arm."""
    _, y, z = joints.armpit[0]
    away = np.abs(points[..., 1]) - y
    return np.asarray(ARMPIT_NORMAL[0] * away + ARMPIT_NORMAL[1] * (points[..., 2] - z))


def body_weights(points: Array, joints: Skeleton, *, neck: bool = False) -> Array:
    """(V, bones): how skin and close-fitting clothes follow the bones.

    Args:
        points: (V, 3) at rest.
        joints: the joints.
        neck: whether what lies above the collar follows the head.
    """
    weights = np.zeros((len(points), len(Bone)))
    y, z = points[:, 1], points[:, 2]
    trunk = np.ones(len(points))
    # The seam is broad over the shoulder and narrow in the armpit, where cloth must not stretch.
    breadth = np.clip(0.012 + 0.35 * (z - 1.275), 0.012, 0.06)
    arm = smoothstep(-1, 1, arm_side(points, joints) / breadth) * smoothstep(1.50, 1.46, z)
    drop = (joints.shoulder[0][2] - z) * np.cos(ARM_ANGLE)
    along = drop + (np.abs(y) - joints.shoulder[0][1]) * np.sin(ARM_ANGLE)
    forearm, hand = smoothstep(0.24, 0.33, along), smoothstep(0.505, 0.555, along)
    for side, first in ((1, Bone.LEFT_UPPER_ARM), (-1, Bone.RIGHT_UPPER_ARM)):
        own = arm * (y * side > 0)
        weights[:, first] = own * (1 - forearm)
        weights[:, first + 1] = own * forearm * (1 - hand)
        weights[:, first + 2] = own * forearm * hand
        trunk = trunk - own
    leg = smoothstep(0.985, 0.83, z) * trunk
    trunk = trunk - leg
    left = np.where(z > 0.72, smoothstep(-0.045, 0.045, y), y > 0)
    shin, foot = smoothstep(0.555, 0.445, z), smoothstep(0.115, 0.065, z)
    for share, first in ((left, Bone.LEFT_THIGH), (1 - left, Bone.RIGHT_THIGH)):
        weights[:, first] = leg * share * (1 - shin)
        weights[:, first + 1] = leg * share * shin * (1 - foot)
        weights[:, first + 2] = leg * share * shin * foot
    abdomen, chest = smoothstep(0.97, 1.10, z), smoothstep(1.10, 1.28, z)
    head = smoothstep(1.45, 1.53, z) if neck else np.zeros(len(points))
    weights[:, Bone.PELVIS] = trunk * (1 - abdomen)
    weights[:, Bone.ABDOMEN] = trunk * abdomen * (1 - chest)
    weights[:, Bone.CHEST] = trunk * abdomen * chest * (1 - head)
    weights[:, Bone.HEAD] = trunk * abdomen * chest * head
    return weights


def trouser_weights(points: Array, joints: Skeleton) -> Array:
    """Like `body_weights`, but the cuffs stay with the shins and nothing follows an arm."""
    weights = body_weights(points * (1, 0.6, 1), joints)
    for foot in (Bone.LEFT_FOOT, Bone.RIGHT_FOOT):
        weights[:, foot - 1] += weights[:, foot]
        weights[:, foot] = 0
    return weights


def skirt_weights(points: Array, joints: Skeleton) -> Array:
    """Below the waist the cloth hangs on four panels that span the legs; above it fits the body."""
    weights = body_weights(points, joints)
    x, y, z = points.T
    hang = smoothstep(1.0, 0.80, z) * (arm_side(points, joints) < 0)
    front, left = smoothstep(-0.13, 0.11, x), smoothstep(-0.14, 0.14, y)
    weights *= (1 - hang)[:, None]
    # What would follow the thighs between waist and hip stays with the pelvis.
    for thigh in (Bone.LEFT_THIGH, Bone.RIGHT_THIGH):
        near = weights[:, thigh : thigh + 3].sum(1)
        weights[:, thigh : thigh + 3] = 0
        weights[:, Bone.PELVIS] += near
    weights[:, Bone.SKIRT_FRONT_LEFT] = hang * front * left
    weights[:, Bone.SKIRT_FRONT_RIGHT] = hang * front * (1 - left)
    weights[:, Bone.SKIRT_BACK_LEFT] = hang * (1 - front) * left
    weights[:, Bone.SKIRT_BACK_RIGHT] = hang * (1 - front) * (1 - left)
    return weights


def shoe_weights(points: Array, side: int) -> Array:
    """A shoe bends at the ball of the foot; `side` as in `SIDES`."""
    weights = np.zeros((len(points), len(Bone)))
    toes = smoothstep(0.085, 0.125, points[:, 0])
    first = Bone.LEFT_FOOT if side > 0 else Bone.RIGHT_FOOT
    weights[:, first], weights[:, first + 1] = 1 - toes, toes
    return weights


def hair_weights(points: Array) -> Array:
    """Hair and scarves follow the head; what lies on the shoulders follows the chest half-way."""
    weights = np.zeros((len(points), len(Bone)))
    chest = smoothstep(1.53, 1.36, points[:, 2]) * 0.75
    weights[:, Bone.HEAD], weights[:, Bone.CHEST] = 1 - chest, chest
    return weights


def rigid_weights(points: Array, bone: Bone) -> Array:
    """Everything follows one bone."""
    weights = np.zeros((len(points), len(Bone)))
    weights[:, bone] = 1
    return weights


def strongest(weights: Array) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(V, 4) bones and (V, 4) weights: the four that matter most, made to sum to 1."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    chosen = np.take_along_axis(weights, order, 1)
    chosen = np.where(chosen < 2e-3, 0, chosen)
    chosen = chosen / chosen.sum(1, keepdims=True)
    return order.astype(np.int32), chosen.astype(np.float32)
