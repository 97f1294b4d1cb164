"""Kernels that move a figure's vertices and find which triangle is seen at each point.

Pixels here are subpixels; a triangle covers a pixel when it covers its centre. Depth is
interpolated in perspective (its inverse is linear on the screen), so figures that reach through
each other part along the right line.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.synthetic.compiled import kernel

NEAREST = 0.25
"""Metres before the camera where figures end."""


@kernel
def follow_bones(rest: Any, bones: Any, weights: Any, moves: Any, out: Any) -> None:
    """Linear blend skinning.

    Args:
        rest: (V, 3) float32.
        bones: (V, 4) int32.
        weights: (V, 4) float32.
        moves: (bones, 3, 4) float64, rest to world.
        out: (V, 3) float32, written.
    """
    for i in range(rest.shape[0]):
        x, y, z = float(rest[i, 0]), float(rest[i, 1]), float(rest[i, 2])
        a = b = c = 0.0
        for k in range(4):
            w = float(weights[i, k])
            if w <= 0.0:
                break
            m = moves[bones[i, k]]
            a += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
            b += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
            c += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[i, 0], out[i, 1], out[i, 2] = a, b, c


@kernel
def find_normals(vertices: Any, triangles: Any, out: Any) -> None:
    """(V, 3) float32 unit normals into `out`, triangles weighted by area."""
    out[:] = 0.0
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1]
        bx, by = vertices[k, 0] - vertices[i, 0], vertices[k, 1] - vertices[i, 1]
        az, bz = vertices[j, 2] - vertices[i, 2], vertices[k, 2] - vertices[i, 2]
        cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for corner in (i, j, k):
            out[corner, 0] += cx
            out[corner, 1] += cy
            out[corner, 2] += cz
    for i in range(out.shape[0]):
        x, y, z = float(out[i, 0]), float(out[i, 1]), float(out[i, 2])
        length = np.sqrt(x * x + y * y + z * z) + 1e-18
        out[i, 0], out[i, 1], out[i, 2] = x / length, y / length, z / length


@kernel
def to_screen(
    vertices: Any, eye: Any, rotation: Any, focal: float, middle_x: float, middle_y: float, out: Any
) -> None:
    """(V, 3) float64 into `out`: pixel x and y, depth in metres (at most 0 behind the camera)."""
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0] - eye[0], vertices[i, 1] - eye[1], vertices[i, 2] - eye[2]
        depth = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
        near = max(depth, 1e-6)
        right = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z
        down = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z
        out[i, 0] = right / near * focal + middle_x
        out[i, 1] = down / near * focal + middle_y
        out[i, 2] = depth


@kernel
def extent(points: Any, nearest: float) -> tuple[float, float, float, float]:
    """Smallest and largest x and y of points whose z is at least `nearest`: x0, y0, x1, y1."""
    x0 = y0 = np.inf
    x1 = y1 = -np.inf
    for i in range(points.shape[0]):
        if points[i, 2] >= nearest:
            x0, y0 = min(x0, points[i, 0]), min(y0, points[i, 1])
            x1, y1 = max(x1, points[i, 0]), max(y1, points[i, 1])
    return x0, y0, x1, y1


@kernel
def transform(points: Any, matrix: Any, out: Any) -> None:
    """Points through a (3, 4) matrix into `out`, (V, 3) float64."""
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for a in range(3):
            m = matrix[a]
            out[i, a] = m[0] * x + m[1] * y + m[2] * z + m[3]


@kernel
def rasterise(
    screen: Any, triangles: Any, left: int, top: int, depth: Any, seen: Any, share: Any
) -> None:
    """Which triangle is nearest at each pixel of a window.

    Args:
        screen: (V, 3) float64 from `to_screen`.
        triangles: (T, 3) int32, front side seen.
        left: column of the window's first pixel.
        top: row of the window's first pixel.
        depth: (h, w) float32 metres, what is there already; nearer triangles are written.
        seen: (h, w) int32, the triangle, written where it is nearest.
        share: (h, w, 2) float32, how much its second and third corner count there.
    """
    rows, columns = depth.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1 = screen[i, 0], screen[i, 1], screen[j, 0], screen[j, 1]
        x2, y2 = screen[k, 0], screen[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area >= 0:
            continue
        if min(screen[i, 2], screen[j, 2], screen[k, 2]) < NEAREST:
            continue
        first = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)) - left)
        last = min(columns - 1, int(np.floor(max(x0, x1, x2) - 0.5)) - left)
        upper = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)) - top)
        lower = min(rows - 1, int(np.floor(max(y0, y1, y2) - 0.5)) - top)
        if first > last or upper > lower:
            continue
        w0, w1, w2 = 1 / screen[i, 2], 1 / screen[j, 2], 1 / screen[k, 2]
        for row in range(upper, lower + 1):
            py = row + top + 0.5 - y0
            for column in range(first, last + 1):
                px = column + left + 0.5 - x0
                b1 = (px * (y2 - y0) - (x2 - x0) * py) / area
                b2 = ((x1 - x0) * py - px * (y1 - y0)) / area
                if b1 < 0 or b2 < 0 or b1 + b2 > 1:
                    continue
                z = np.float32(1 / ((1 - b1 - b2) * w0 + b1 * w1 + b2 * w2))
                if z < depth[row, column]:
                    depth[row, column] = z
                    seen[row, column] = t
                    share[row, column, 0], share[row, column, 1] = b1, b2


@kernel
def cover(screen: Any, triangles: Any, left: int, top: int, mask: Any) -> None:
    """Mark the pixels of a window that any triangle covers, exactly as `rasterise` decides it."""
    rows, columns = mask.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1 = screen[i, 0], screen[i, 1], screen[j, 0], screen[j, 1]
        x2, y2 = screen[k, 0], screen[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area >= 0:
            continue
        if min(screen[i, 2], screen[j, 2], screen[k, 2]) < NEAREST:
            continue
        first = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)) - left)
        last = min(columns - 1, int(np.floor(max(x0, x1, x2) - 0.5)) - left)
        upper = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)) - top)
        lower = min(rows - 1, int(np.floor(max(y0, y1, y2) - 0.5)) - top)
        for row in range(upper, lower + 1):
            py = row + top + 0.5 - y0
            for column in range(first, last + 1):
                px = column + left + 0.5 - x0
                b1 = (px * (y2 - y0) - (x2 - x0) * py) / area
                b2 = ((x1 - x0) * py - px * (y1 - y0)) / area
                if b1 >= 0 and b2 >= 0 and b1 + b2 <= 1:
                    mask[row, column] = True


@kernel
def nearest_to_light(points: Any, triangles: Any, depth: Any) -> None:
    """Depths of a figure seen from far away.

    Args:
        points: (V, 3) float64 column, row, metres away from the light.
        triangles: (T, 3) int32.
        depth: (h, w) float32, inf at first; nearer values are written.
    """
    rows, columns = depth.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1 = points[i, 0], points[i, 1], points[j, 0], points[j, 1]
        x2, y2 = points[k, 0], points[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area >= 0:
            continue
        first = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        last = min(columns - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        upper = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        lower = min(rows - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for row in range(upper, lower + 1):
            py = row + 0.5 - y0
            for column in range(first, last + 1):
                px = column + 0.5 - x0
                b1 = (px * (y2 - y0) - (x2 - x0) * py) / area
                b2 = ((x1 - x0) * py - px * (y1 - y0)) / area
                if b1 < 0 or b2 < 0 or b1 + b2 > 1:
                    continue
                z = (1 - b1 - b2) * points[i, 2] + b1 * points[j, 2] + b2 * points[k, 2]
                if z < depth[row, column]:
                    depth[row, column] = z
