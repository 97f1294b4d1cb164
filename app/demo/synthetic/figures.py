"""Clothed figures as triangle meshes, made from a description."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic import anatomy, garments, hair
from app.demo.synthetic.palette import Material, Palette, palette
from app.demo.synthetic.skeleton import (
    REST_HEIGHT,
    SIDES,
    Bone,
    Skeleton,
    body_weights,
    hair_weights,
    rigid_weights,
    shoe_weights,
    skeleton,
    skirt_weights,
    strongest,
    trouser_weights,
)
from app.demo.synthetic.specs import FigureSpec
from app.demo.synthetic.steps import STRIDE, hip_drop
from app.demo.synthetic.surface import (
    Array,
    Field,
    grid,
    near_surface,
    settled,
    surface_nets,
    vertex_normals,
)

COARSENESS = 1.3
"""Factor on every part's grid: finer is smoother, slower and hardly seen below 250 pixels."""


_UNDER_HEM = 0.05
"""Metres above a garment's edge up to which what is below it is kept, for it shows in motion."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure at rest (arms half raised), its x axis forward, y to its left, z up.

    Args:
        spec: what it was made from.
        joints: its skeleton at rest.
        vertices: (V, 3) float32 metres before `scale`.
        triangles: (T, 3) int32, anticlockwise seen from outside.
        materials: (T,) int32, a `Material` each.
        occlusion: (V,) float32, how much of the sky each vertex sees, 0–1.
        bones: (V, 4) int32, the bones each vertex follows.
        weights: (V, 4) float32, how much; sums to 1.
        palette: its colours.
        scale: metres of the world in a metre at rest.
        drop: `steps.hip_drop`, metres at rest.
    """

    spec: FigureSpec
    joints: Skeleton
    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    materials: NDArray[np.int32]
    occlusion: NDArray[np.float32]
    bones: NDArray[np.int32]
    weights: NDArray[np.float32]
    palette: Palette
    scale: float
    drop: float

    @property
    def height(self) -> float:
        """Metres from sole to crown, without hat and hair."""
        return self.spec.body.height

    @property
    def grain(self) -> float:
        """A number that sets this figure's folds apart from others', 0–1000."""
        return zlib.crc32(repr(self.spec).encode()) % 10007 / 10.007

    @property
    def stride(self) -> float:
        """Metres of a cycle (two steps)."""
        return STRIDE * self.spec.gait.stride * self.scale

    @property
    def speed(self) -> float:
        """Metres a second at this person's own cadence."""
        return self.stride * self.spec.gait.cadence


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A solid before it is meshed; higher layers hide what lies inside them."""

    field: Field
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    step: float
    material: Material
    weigh: Callable[[Array], Array]
    layer: int


def build(spec: FigureSpec) -> Figure:
    """The figure of a description; the same description gives the same bytes."""
    joints = skeleton(spec.body)
    parts = list(_parts(spec, joints))
    meshes = [_mesh(part) for part in parts]
    vertices, triangles, materials, weights = [], [], [], []
    count = 0
    for part, (points, faces) in zip(parts, meshes, strict=True):
        points, faces = _visible(points, faces, part, parts)
        vertices.append(points)
        triangles.append(faces + count)
        materials.append(np.full(len(faces), part.material, np.int32))
        weights.append(part.weigh(points))
        count += len(points)
    points, faces = np.concatenate(vertices), np.concatenate(triangles)
    bones, strengths = strongest(np.concatenate(weights))
    return Figure(
        spec=spec,
        joints=joints,
        vertices=points.astype(np.float32),
        triangles=faces.astype(np.int32),
        materials=np.concatenate(materials),
        occlusion=_occlusion(points, faces, parts),
        bones=bones,
        weights=strengths,
        palette=palette(spec),
        scale=spec.body.height / REST_HEIGHT,
        drop=hip_drop(joints, spec.gait),
    )


def _parts(spec: FigureSpec, joints: Skeleton) -> Iterator[_Part]:
    body, upper, lower, head = spec.body, spec.upper, spec.lower, spec.head
    near = partial(body_weights, joints=joints)
    hanging = partial(skirt_weights, joints=joints)
    skin = partial(body_weights, joints=joints, neck=True)
    wide = 0.34 + 0.1 * (body.girth - 1)
    yield _Part(
        partial(anatomy.head, body=body), (-0.15, -0.13, 1.38), (0.17, 0.13, 1.79), 0.0085,
        Material.SKIN, skin, 0,
    )  # fmt: skip
    yield _Part(
        partial(anatomy.hands, joints=joints), (-0.09, -0.72, 0.78), (0.10, 0.72, 1.06), 0.0095,
        Material.SKIN, near, 0,
    )  # fmt: skip
    if upper.sleeve < 1.9:
        yield _Part(
            partial(anatomy.arms, joints=joints, body=body), (-0.10, -0.62, 0.90),
            (0.10, 0.62, 1.48), 0.0135, Material.SKIN, near, 0,
        )  # fmt: skip
    if lower.hem > 0.13:
        yield _Part(
            partial(anatomy.legs, joints=joints, body=body), (-0.18, -wide, 0.04),
            (0.18, wide, 1.02), 0.0135, Material.TIGHTS if lower.tights else Material.SKIN, near, 0,
        )  # fmt: skip
    for index, side in enumerate(SIDES):
        y = joints.ankle[index][1]
        yield _Part(
            partial(garments.shoe, joints=joints, spec=spec, index=index),
            (-0.14, y - 0.09, -0.022), (0.24, y + 0.09, spec.shoes.shaft + 0.06), 0.011,
            Material.SHOE, partial(shoe_weights, side=side), 1,
        )  # fmt: skip
    if lower.kind != "none":
        yield _Part(
            partial(garments.lower, joints=joints, spec=spec), (-0.30, -wide, lower.hem - 0.03),
            (0.30, wide, 1.07), 0.0145, Material.LOWER,
            hanging if lower.kind == "skirt" else partial(trouser_weights, joints=joints), 2,
        )  # fmt: skip
    yield _Part(
        partial(garments.upper, joints=joints, spec=spec), (-0.32, -0.64, upper.hem - 0.03),
        (0.32, 0.64, 1.55), 0.0145, Material.UPPER, hanging, 3,
    )  # fmt: skip
    if head.hat != "scarf" and head.hair != "bald":
        yield _Part(
            partial(hair.hair, head=head), (-0.21, -0.17, 1.28), (0.16, 0.17, 1.85), 0.0085,
            Material.HAIR, hair_weights, 1,
        )  # fmt: skip
    if head.hat:
        yield _Part(
            partial(hair.hat, head=head), (-0.17, -0.15, 1.38), (0.22, 0.15, 1.85), 0.0095,
            Material.HAT, hair_weights, 4,
        )  # fmt: skip
    if spec.bag:
        bone = {"backpack": Bone.CHEST, "handbag": Bone.CARRIED}.get(spec.bag.kind, Bone.PELVIS)
        yield _Part(
            partial(garments.bag, joints=joints, spec=spec), (-0.42, -0.70, 0.50),
            (0.26, 0.45, 1.52), 0.0145, Material.BAG, partial(rigid_weights, bone=bone), 1,
        )  # fmt: skip
        if spec.bag.kind != "handbag":
            yield _Part(
                partial(garments.straps, joints=joints, spec=spec), (-0.25, -0.33, 0.93),
                (0.25, 0.33, 1.55), 0.0115, Material.BAG, near, 1,
            )  # fmt: skip


def _mesh(part: _Part) -> tuple[Array, NDArray[np.int64]]:
    step = part.step * COARSENESS
    points = grid(part.low, part.high, step)
    vertices, faces = surface_nets(near_surface(part.field, points), part.low, step)
    return settled(part.field, vertices, faces, 0.4 * step), faces


def _reached(part: _Part, points: Array, margin: float = 0.0) -> Array:
    """(n,) distances to a part; inf for points further than `margin` from its grid."""
    near = ((points > np.array(part.low) - margin) & (points < np.array(part.high) + margin)).all(1)
    distances = np.full(len(points), np.inf)
    distances[near] = part.field(np.asfortranarray(points[near]))
    return distances


def _visible(
    points: Array, faces: NDArray[np.int64], part: _Part, parts: list[_Part]
) -> tuple[Array, NDArray[np.int64]]:
    """Without the triangles that lie inside a part worn over this one, well above its edge."""
    hidden = np.zeros(len(points), bool)
    for over in parts:
        if over.layer > part.layer:
            inside = _reached(over, points) < -0.006
            hidden |= inside & (_reached(over, points - (0, 0, _UNDER_HEM)) < -0.006)
    faces = faces[~hidden[faces].all(1)]
    used, again = np.unique(faces, return_inverse=True)
    return points[used], again.reshape(faces.shape)


def _occlusion(points: Array, faces: NDArray[np.int64], parts: list[_Part]) -> NDArray[np.float32]:
    """How open the space before each vertex is, from the distances a little way out."""
    normals = vertex_normals(points, faces)
    open_sky = np.ones(len(points))
    for reach in (0.05, 0.11):
        ahead = points + normals * reach
        nearest = np.full(len(points), np.inf)
        for part in parts:
            nearest = np.minimum(nearest, _reached(part, ahead, reach))
        open_sky -= 0.4 * np.clip(1 - nearest / reach, 0, 1)
    return np.clip(open_sky, 0.25, 1).astype(np.float32)
