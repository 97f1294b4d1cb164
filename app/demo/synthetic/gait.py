"""How a figure moves: walking, standing, anything between, from a phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.armature import bone_matrices
from app.demo.synthetic.compiled import require_drawing
from app.demo.synthetic.figures import Figure
from app.demo.synthetic.raster import find_normals, follow_bones
from app.demo.synthetic.skeleton import Bone


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A figure at one instant.

    Args:
        figure: who.
        vertices: (V, 3) float32 world metres.
        normals: (V, 3) float32, length 1.
        feet: (2, 3) float64 world metres, the middle of the left and the right sole.
    """

    figure: Figure
    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    feet: NDArray[np.float64]


def pose(
    figure: Figure,
    phase: float,
    walking: float,
    x: float,
    y: float,
    yaw: float,
    turn: float = 0.0,
) -> Posed:
    """A figure on the ground (z = 0).

    The feet stay where they stand if, in each instant, `phase` advances by the figure's cadence,
    the figure moves ahead by `walking` × `figure.stride` a cycle and turns by `turn` a cycle. So
    somebody who stops walks on with ever shorter steps, and one who turns on the spot steps too.

    Args:
        figure: who.
        phase: cycles (two steps each) so far. When standing its slow change makes the idle sway.
        walking: 0 stands, 1 walks; between them the steps are shorter.
        x: metres, where the figure stands.
        y: metres.
        yaw: radians from the world's x axis, the direction the figure faces.
        turn: radians a cycle by which the figure turns left just now.
    """
    require_drawing()
    moves = bone_matrices(figure.spec, figure.joints, figure.drop, phase, walking, turn)
    cos, sin, scale = np.cos(yaw), np.sin(yaw), figure.scale
    place = np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, 0]])
    place[:, :3] *= scale
    moves = np.ascontiguousarray(place @ moves)
    vertices = np.empty_like(figure.vertices)
    follow_bones(figure.vertices, figure.bones, figure.weights, moves, vertices)
    normals = np.empty_like(vertices)
    find_normals(vertices, figure.triangles, normals)
    feet = []
    for index, bone in enumerate((Bone.LEFT_FOOT, Bone.RIGHT_FOOT)):
        sole = (figure.joints.ankle[index] + figure.joints.ball[index]) / 2 * (1, 1, 0)
        feet.append(moves[bone] @ np.append(sole, 1))
    return Posed(figure, vertices, normals, np.stack(feet))
