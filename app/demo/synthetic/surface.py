"""Solids as signed distances, and triangle meshes of their surfaces.

A distance is negative inside; the values are close to metres near the surface, which is all that
the mesher, the seams and the occlusion need. Points are (..., 3) float64 arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]
Field = Callable[[Array], Array]
"""(..., 3) points → (...) signed distances, metres."""


def smooth_min(a: Array, b: Array, width: float) -> Array:
    """The union of two solids, their seam rounded over `width` metres."""
    overlap = np.maximum(width - np.abs(a - b), 0) / width
    return np.asarray(np.minimum(a, b) - overlap * overlap * width * 0.25)


def smooth_max(a: Array, b: Array, width: float) -> Array:
    """The intersection of two solids, their edge rounded over `width` metres."""
    return -smooth_min(-a, -b, width)


def cone(
    points: Array,
    start: ArrayLike,
    end: ArrayLike,
    start_radius: float,
    end_radius: float,
    squash: ArrayLike = (1, 1, 1),
) -> Array:
    """A limb: a segment with a radius at each end; `squash` above 1 makes an axis thinner."""
    a, b, factors = (np.asarray(value, dtype=np.float64) for value in (start, end, squash))
    along = b - a
    offset = [points[..., axis] - a[axis] for axis in range(3)]
    share = sum(offset[axis] * (along[axis] / (along @ along)) for axis in range(3))
    share = np.clip(share, 0, 1)
    square = np.zeros(points.shape[:-1])
    for axis in range(3):
        square += ((offset[axis] - share * along[axis]) * factors[axis]) ** 2
    return np.asarray(np.sqrt(square) - (start_radius + (end_radius - start_radius) * share))


def ellipsoid(points: Array, centre: ArrayLike, radii: ArrayLike) -> Array:
    """An ellipsoid; its distances are right near the surface if its radii do not differ much."""
    sizes, middle = np.asarray(radii, dtype=np.float64), np.asarray(centre, dtype=np.float64)
    square = np.zeros(points.shape[:-1])
    for axis in range(3):
        square += ((points[..., axis] - middle[axis]) / sizes[axis]) ** 2
    return np.asarray((np.sqrt(square) - 1) * sizes.min())


def box(points: Array, centre: ArrayLike, half: ArrayLike, radius: float) -> Array:
    """A box with rounded edges; `half` are half its side lengths."""
    outside = np.abs(points - np.asarray(centre, dtype=np.float64))
    outside = outside - (np.asarray(half, dtype=np.float64) - radius)
    corner = np.sqrt((np.maximum(outside, 0) ** 2).sum(-1))
    return np.asarray(corner + np.minimum(outside.max(-1), 0) - radius)


def loft(
    points: Array,
    heights: Sequence[float],
    depth: ArrayLike,
    width: ArrayLike,
    centre: ArrayLike,
    power: float = 2.4,
) -> Array:
    """An upright body of rounded cross-sections.

    Args:
        points: (..., 3).
        heights: ascending z of the sections; the body ends at the first and the last.
        depth: half its extent along x at each height.
        width: half its extent along y.
        centre: x of its middle.
        power: 2 for ellipses, more for boxier sections.
    """
    z = points[..., 2]
    inside = np.clip(z, heights[0], heights[-1])
    rx, ry, cx = (PchipInterpolator(heights, np.asarray(v))(inside) for v in (depth, width, centre))
    share_x, share_y = np.abs(points[..., 0] - cx) / rx, np.abs(points[..., 1]) / ry
    around = ((share_x**power + share_y**power) ** (1 / power) - 1) * np.minimum(rx, ry)
    return np.maximum(around, np.maximum(heights[0] - z, z - heights[-1]))


def grid(low: ArrayLike, high: ArrayLike, step: float) -> Array:
    """(nx, ny, nz, 3) points from `low` to `high`, `step` apart."""
    axes = [
        np.arange(a, b + step, step) for a, b in zip(np.asarray(low), np.asarray(high), strict=True)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1)


def near_surface(field: Field, points: Array, stride: int = 4) -> Array:
    """Distances of a grid's points, exact near the surface and of the right sign elsewhere.

    Every `stride`-th point is asked first; where the surface cannot be near, its value stands for
    those around it.

    Args:
        field: the solid; must not change by more than three times the distance moved.
        points: (nx, ny, nz, 3) from `grid`.
        stride: points from one that is asked to the next.
    """
    coarse = field(points[::stride, ::stride, ::stride])
    step = float(points[1, 0, 0, 0] - points[0, 0, 0, 0])
    wide = np.repeat(np.repeat(np.repeat(coarse, stride, 0), stride, 1), stride, 2)
    shape = points.shape[:3]
    distances = np.ascontiguousarray(wide[: shape[0], : shape[1], : shape[2]])
    near = np.abs(distances) < 3 * stride * step
    distances[near] = field(np.asfortranarray(points[near]))
    return distances


def settled(field: Field, vertices: Array, faces: NDArray[np.int64], limit: float) -> Array:
    """Vertices moved onto the surface along their normals, `limit` metres at most."""
    normals = vertex_normals(vertices, faces)
    return vertices - normals * np.clip(field(np.asfortranarray(vertices)), -limit, limit)[:, None]


def surface_nets(
    distances: Array, origin: ArrayLike, step: float
) -> tuple[Array, NDArray[np.int64]]:
    """The zero surface of a grid of distances, after Gibson's surface nets (1998).

    A cell that the surface crosses gets one vertex, the mean of the crossings of its edges; an edge
    that crosses joins the vertices of the four cells around it.

    Args:
        distances: (nx, ny, nz); positive at the grid's border, or the mesh is open there.
        origin: (3,) position of the first point.
        step: metres between points.

    Returns:
        (V, 3) vertices and (T, 3) triangles, anticlockwise seen from outside.
    """
    inside = distances < 0
    nx, ny, nz = inside.shape
    corners = np.zeros((nx - 1, ny - 1, nz - 1), np.int8)
    for a, b, c in np.ndindex(2, 2, 2):
        corners += inside[a : nx - 1 + a, b : ny - 1 + b, c : nz - 1 + c]
    cells = np.argwhere((corners > 0) & (corners < 8))
    vertices = _crossings(distances, cells) * step + np.asarray(origin, dtype=np.float64)
    number = np.full(corners.shape, -1, np.int64)
    number[tuple(cells.T)] = np.arange(len(cells))
    quads = np.concatenate([_quads(inside, number, axis) for axis in range(3)])
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def _crossings(distances: Array, cells: NDArray[np.int64]) -> Array:
    """(V, 3) in grid units: the mean of where the surface crosses each cell's twelve edges."""
    total, count = np.zeros((len(cells), 3)), np.zeros(len(cells))
    for axis in range(3):
        first, second = (other for other in range(3) if other != axis)
        for u, v in np.ndindex(2, 2):
            start = cells.copy()
            start[:, first] += u
            start[:, second] += v
            end = start.copy()
            end[:, axis] += 1
            a, b = distances[tuple(start.T)], distances[tuple(end.T)]
            crosses = (a < 0) != (b < 0)
            point = start[crosses].astype(np.float64)
            point[:, axis] += a[crosses] / (a[crosses] - b[crosses])
            total[crosses] += point
            count[crosses] += 1
    return np.asarray(total / count[:, None])


def _quads(inside: NDArray[np.bool_], number: NDArray[np.int64], axis: int) -> NDArray[np.int64]:
    """(Q, 4) vertices around each crossing edge along `axis`."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    near, far = [slice(1, -1)] * 3, [slice(1, -1)] * 3
    near[axis], far[axis] = slice(0, -1), slice(1, None)
    a, b = inside[tuple(near)], inside[tuple(far)]
    found = []
    for leaves in (True, False):
        edges = np.argwhere(a & ~b if leaves else ~a & b) + 1
        edges[:, axis] -= 1
        around = []
        for back_first, back_second in ((1, 1), (0, 1), (0, 0), (1, 0)):
            cell = edges.copy()
            cell[:, first] -= back_first
            cell[:, second] -= back_second
            around.append(number[tuple(cell.T)])
        found.append(np.stack(around if leaves else around[::-1], 1))
    return np.concatenate(found)


def vertex_normals(vertices: Array, triangles: NDArray[np.integer]) -> Array:
    """(V, 3) unit normals, each the mean of its triangles' weighted by area."""
    corner = vertices[triangles]
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    total = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(face[:, k], 3), len(vertices)) for k in range(3)],
        1,
    )
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def smoothstep(low: ArrayLike, high: ArrayLike, value: ArrayLike) -> Array:
    """0 at `low`, 1 at `high` (which may be the smaller), smooth between."""
    start, end = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    share = np.clip((np.asarray(value, dtype=np.float64) - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
