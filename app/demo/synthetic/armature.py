"""Bones of a walking or standing figure as matrices, in the figure's own frame.

Feet are put where the steps want them and the legs follow by inverse kinematics; trunk, arms and
head swing along. Angles of `Gait` are degrees.
"""

from __future__ import annotations

import math

import numpy as np

from app.demo.synthetic.skeleton import ARM_ANGLE, SIDES, Bone, Skeleton
from app.demo.synthetic.specs import FigureSpec, Gait
from app.demo.synthetic.steps import STRIDE, Foot, foot, lowest, rise, turned
from app.demo.synthetic.surface import Array

X, Y, Z = np.eye(3)


def rotation(axis: Array, degrees: float) -> Array:
    """(3, 3): a turn about a unit axis, anticlockwise seen from its tip."""
    angle = math.radians(degrees)
    x, y, z = axis.tolist()
    sin, cos = math.sin(angle), math.cos(angle)
    rest = 1 - cos
    return np.array(
        [
            [cos + x * x * rest, x * y * rest - z * sin, x * z * rest + y * sin],
            [x * y * rest + z * sin, cos + y * y * rest, y * z * rest - x * sin],
            [x * z * rest - y * sin, y * z * rest + x * sin, cos + z * z * rest],
        ]
    )


def _cross(a: Array, b: Array) -> Array:
    """(3,): np.cross without its overhead."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx))


def about(point: Array, turn: Array) -> Array:
    """(4, 4): a turn that leaves a point where it is."""
    move = np.eye(4)
    move[:3, :3], move[:3, 3] = turn, point - turn @ point
    return move


def bone_matrices(
    spec: FigureSpec, joints: Skeleton, drop: float, phase: float, walking: float, turn: float
) -> Array:
    """(bones, 4, 4) from rest to the figure's frame; the ground is z = 0.

    Args:
        spec: the figure's description.
        joints: its joints at rest.
        drop: `steps.hip_drop`.
        phase: cycles.
        walking: 0–1.
        turn: radians a cycle, to the left.
    """
    gait = spec.gait
    moves = np.tile(np.eye(4), (len(Bone), 1, 1))
    wave, across = np.cos(2 * np.pi * phase), np.sin(2 * np.pi * phase)
    sway = gait.sway * walking
    idle = 1 - walking
    pelvis = rotation(Z, -5 * wave * sway) @ rotation(X, 2.4 * across * sway + 0.8 * across * idle)
    base = about(joints.pelvis, pelvis)
    # Over the standing leg while walking; from one leg to the other while standing.
    shift = 0.016 * gait.sway * np.cos(2 * np.pi * (phase - 0.3)) * walking + 0.012 * across * idle
    base[:3, 3] += (0, shift, walking * (rise(phase, gait) - drop) - 0.004 * idle)
    moves[Bone.PELVIS] = base
    _trunk(moves, gait, joints, phase, walking)
    for index, side in enumerate(SIDES):
        _arm(moves, spec, joints, index, phase + 0.5 * index, walking)
        _leg(moves, gait, joints, index, side, phase, walking, turn)
    _skirt(moves, joints, spec)
    return moves


def _trunk(moves: Array, gait: Gait, joints: Skeleton, phase: float, walking: float) -> None:
    wave, across = np.cos(2 * np.pi * phase), np.sin(2 * np.pi * phase)
    sway, idle = gait.sway * walking, 1 - walking
    breath = 0.6 * np.sin(6 * np.pi * phase) * idle
    abdomen = rotation(Y, 0.5 * gait.lean + 1.0 * walking) @ rotation(Z, 5 * wave * sway)
    abdomen = abdomen @ rotation(X, -1.2 * across * sway - 0.9 * across * idle)
    chest = rotation(Y, 0.5 * gait.lean + 0.8 * walking - breath) @ rotation(Z, 5 * wave * sway)
    chest = chest @ rotation(X, -1.2 * across * sway)
    look = 9 * np.sin(2 * np.pi * phase * 0.7 + 1) * idle
    head = rotation(Z, -5 * wave * sway + look) @ rotation(Y, gait.head - 0.7 * gait.lean)
    moves[Bone.ABDOMEN] = moves[Bone.PELVIS] @ about(joints.abdomen, abdomen)
    moves[Bone.CHEST] = moves[Bone.ABDOMEN] @ about(joints.chest, chest)
    moves[Bone.HEAD] = moves[Bone.CHEST] @ about(joints.neck, head)


def _arm(
    moves: Array, spec: FigureSpec, joints: Skeleton, index: int, phase: float, walking: float
) -> None:
    gait, side = spec.gait, SIDES[index]
    holds = spec.bag is not None and spec.bag.kind == "handbag" and index == 1
    swing = -np.cos(2 * np.pi * (phase - 0.02 - gait.offset)) * gait.arms * walking
    if holds:
        swing *= 0.35
    inward = float(np.degrees(ARM_ANGLE)) - gait.spread - 2 * (1 - walking)
    upper = rotation(-Y, swing - 2) @ rotation(X, -side * inward)
    down = np.array((0, side * np.sin(ARM_ANGLE), -np.cos(ARM_ANGLE)))
    bend = 10.0 if holds else gait.elbow * (0.55 + 0.45 * walking) + 0.35 * max(swing, -8.0)
    hinge = _cross(down, X)
    fore = rotation(hinge / np.linalg.norm(hinge), max(bend, 2.0))
    first = Bone.LEFT_UPPER_ARM if index == 0 else Bone.RIGHT_UPPER_ARM
    moves[first] = moves[Bone.CHEST] @ about(joints.shoulder[index], upper)
    moves[first + 1] = moves[first] @ about(joints.elbow[index], fore)
    moves[first + 2] = moves[first + 1] @ about(joints.wrist[index], rotation(down, side * -12.0))
    if index == 1:
        grip = joints.fingers[1]
        place = moves[first + 2] @ np.append(grip, 1)
        moves[Bone.CARRIED] = about(grip, rotation(-Y, 0.5 * swing))
        moves[Bone.CARRIED][:3, 3] += place[:3] - grip


def _leg(
    moves: Array, gait: Gait, joints: Skeleton, index: int, side: int, phase: float,
    walking: float, turn: float,
) -> None:  # fmt: skip
    hip, knee, ankle = joints.hip[index], joints.knee[index], joints.ankle[index]
    ball = joints.ball[index]
    stride = STRIDE * gait.stride
    step = foot(phase + 0.5 * index, stride, float(ball[0] - ankle[0]))
    place = _placed(step, gait, joints, index, walking, turn)
    yaw = side * gait.toes - np.degrees(turn * step.lag)
    pitch = np.degrees(step.pitch) * walking
    level = rotation(Z, yaw)
    foot_turn = level @ rotation(-Y, pitch)
    toes_turn = level @ rotation(-Y, np.degrees(step.toes) * walking)

    start = (moves[Bone.PELVIS] @ np.append(hip, 1))[:3]
    pole = rotation(Z, 0.6 * yaw) @ X
    bent = _knee(start, place, pole, hip, knee, ankle)
    first = Bone.LEFT_THIGH if index == 0 else Bone.RIGHT_THIGH
    moves[first] = _aligned(hip, knee, start, bent, pole)
    moves[first + 1] = _aligned(knee, ankle, bent, place, pole)
    moves[first + 2][:3, :3], moves[first + 2][:3, 3] = foot_turn, place - foot_turn @ ankle
    joint = place + foot_turn @ (ball - ankle)
    moves[first + 3][:3, :3], moves[first + 3][:3, 3] = toes_turn, joint - toes_turn @ ball


def _placed(
    step: Foot, gait: Gait, joints: Skeleton, index: int, walking: float, turn: float
) -> Array:
    """(3,) the ankle: under the hip when standing, where the step is when walking."""
    side, ankle, hip = SIDES[index], joints.ankle[index], joints.hip[index]
    still = np.array((ankle[0] + 0.025 * side, hip[1] + 0.022 * side, ankle[2]))
    apart = 0.045 + 0.35 * abs(hip[1]) * (0.6 + 0.4 * gait.sway)
    x, y = turned(
        still[0] + (step.x - still[0]) * walking,
        still[1] + (side * apart - still[1]) * walking,
        step.lag,
        STRIDE * gait.stride * walking,
        turn,
    )
    # Between standing and walking the foot is turned less, so it may have to be held higher.
    reach = float(joints.ball[index][0] - ankle[0])
    z = still[2] + (step.z - still[2]) * walking
    return np.array((x, y, max(z, -lowest(step.pitch * walking, step.toes * walking, reach))))


def _knee(start: Array, end: Array, pole: Array, hip: Array, knee: Array, ankle: Array) -> Array:
    """(3,) the knee between hip and ankle, bent towards the pole."""
    thigh, shin = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
    way = end - start
    distance = min(float(np.linalg.norm(way)), (thigh + shin) * 0.9999)
    way = way / np.linalg.norm(way)
    along = (thigh**2 - shin**2 + distance**2) / (2 * distance)
    out = pole - way * (pole @ way)
    out = out / np.linalg.norm(out)
    return np.asarray(start + way * along + out * np.sqrt(max(thigh**2 - along**2, 0.0)))


def _aligned(rest_start: Array, rest_end: Array, start: Array, end: Array, pole: Array) -> Array:
    """(4, 4): a bone from its place at rest to where it is, its front towards the pole."""
    turn = _frame(end - start, pole) @ _frame(rest_end - rest_start, X).T
    move = np.eye(4)
    move[:3, :3], move[:3, 3] = turn, start - turn @ rest_start
    return move


def _frame(way: Array, front: Array) -> Array:
    """(3, 3) columns: along the bone, its side, its front."""
    along = way / np.linalg.norm(way)
    ahead = front - along * (front @ along)
    ahead = ahead / np.linalg.norm(ahead)
    return np.stack([along, _cross(ahead, along), ahead], 1)


def _skirt(moves: Array, joints: Skeleton, spec: FigureSpec) -> None:
    """Panels that hang over both legs: in front over the foremost, behind over the hindmost."""
    hem = spec.upper.hem if spec.lower.kind == "none" else min(spec.lower.hem, spec.upper.hem)
    long = float(np.clip((0.55 - hem) / 0.3, 0, 1))
    forward, backward = [], []
    for thigh in (Bone.LEFT_THIGH, Bone.RIGHT_THIGH):
        upper, lower = (-moves[bone][:3, :3] @ Z for bone in (thigh, thigh + 1))
        lower = upper + 0.55 * long * (lower - upper)
        forward.append(float(np.degrees(np.arctan2(upper[0], -upper[2]))))
        backward.append(float(np.degrees(np.arctan2(lower[0], -lower[2]))))
    hinge = joints.pelvis
    shift = (moves[Bone.PELVIS] @ np.append(hinge, 1))[:3] - hinge
    front, back = max(*forward, 1.0), min(*backward, -1.0)
    for first, angles, end in (
        (Bone.SKIRT_FRONT_LEFT, forward, front),
        (Bone.SKIRT_BACK_LEFT, backward, back),
    ):
        for offset, own in enumerate(angles):
            panel = about(hinge, rotation(-Y, 0.78 * end + 0.22 * own))
            panel[:3, 3] += shift
            moves[first + offset] = panel
