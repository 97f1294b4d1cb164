"""What the sets are made of: a colour for each point of a surface, computed, never loaded."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.noise import hashed, noise, smooth_step

_Colour = tuple[float, float, float]


class Material(IntEnum):
    """Surfaces of the sets."""

    TILES = 0
    WALL = 1
    CONCRETE = 2
    ASPHALT = 3
    PAVING = 4
    BRICK = 5
    GLASS = 6
    WOOD = 7
    LEAVES = 8
    METAL = 9
    DOOR = 10
    POSTER = 11
    GRASS = 12
    CEILING = 13
    WHITE = 14
    YELLOW = 15


_TILES, _WALL, _CONCRETE, _ASPHALT, _PAVING, _BRICK, _GLASS, _WOOD = range(8)
_LEAVES, _METAL, _DOOR, _POSTER, _GRASS, _CEILING, _WHITE, _YELLOW = range(8, 16)


@kernel
def _joint(u: float, v: float) -> float:
    """How far a point is from the nearest joint of a grid of unit squares, in squares."""
    fu, fv = u - np.floor(u), v - np.floor(v)
    return min(min(fu, 1.0 - fu), min(fv, 1.0 - fv))


@kernel
def _cell(u: float, v: float, seed: int) -> float:
    return hashed(int(np.floor(u)) + 5000, int(np.floor(v)) + 5000, seed)


@kernel
def _floors(material: int, x: float, y: float, z: float, seed: int) -> _Colour:
    coarse = noise(x * 1.1 + seed, y * 1.1, z * 1.1 + 3.0)
    middle = noise(x * 9.0, y * 9.0, z * 9.0)
    fine = noise(x * 60.0, y * 60.0, z * 60.0)
    if material == _TILES:
        u, v = x / 0.6, y / 0.6
        shade = 1.0 + 0.10 * (_cell(u, v, 3 + seed) - 0.5)
        shade += 0.10 * middle + 0.06 * fine + 0.12 * coarse
        if _joint(u, v) < 0.012:
            shade *= 0.55
        return 0.42 * shade, 0.40 * shade, 0.37 * shade
    if material == _PAVING:
        u = x / 0.5
        v = y / 0.5 + 0.5 * (int(np.floor(u)) % 2)
        shade = 1.0 + 0.35 * (_cell(u, v, 1 + seed) - 0.5)
        shade += 0.20 * coarse + 0.12 * middle + 0.12 * fine
        if _joint(u, v) < 0.014:
            shade *= 0.5
        return 0.36 * shade, 0.33 * shade, 0.29 * shade
    if material == _GRASS:
        shade = 1.0 + 0.3 * coarse + 0.4 * middle + 0.7 * fine
        return 0.10 * shade, 0.16 * shade, 0.05 * shade
    # Asphalt with the painted lines of a car park.
    shade = 1.0 + 0.35 * coarse + 0.25 * middle + 0.5 * fine
    if noise(x * 0.35 + 9.0 + seed, y * 0.35, 0.0) > 0.18:
        shade *= 0.8
    bay = y / 2.6 - np.floor(y / 2.6)
    line = 13.2 < x < 18.2 and (bay < 0.02 or bay > 0.98) and middle > -0.30
    dash = x * 0.5 - np.floor(x * 0.5) < 0.55
    lane = 3.0 < x < 12.6 and abs(y - 1.0) < 0.06 and dash
    if line or lane:
        shade = 1.0 + 0.3 * coarse + 0.3 * fine
        return 0.55 * shade, 0.55 * shade, 0.55 * shade
    return 0.085 * shade, 0.085 * shade, 0.09 * shade


@kernel
def _walls(material: int, along: float, x: float, y: float, z: float, seed: int) -> _Colour:
    coarse = noise(x * 1.1 + seed, y * 1.1, z * 1.1 + 3.0)
    middle = noise(x * 9.0, y * 9.0, z * 9.0)
    fine = noise(x * 60.0, y * 60.0, z * 60.0)
    if material == _WALL:
        shade = 1.0 + 0.05 * coarse + 0.02 * fine
        if z < 0.12:
            return 0.12 * shade, 0.11 * shade, 0.10 * shade
        if abs(z - 1.05) < 0.025:
            return 0.20 * shade, 0.16 * shade, 0.12 * shade
        if z < 1.05:
            if seed % 2 == 1:
                return 0.38 * shade, 0.31 * shade, 0.24 * shade
            return 0.30 * shade, 0.38 * shade, 0.40 * shade
        return 0.62 * shade, 0.61 * shade, 0.57 * shade
    if material == _BRICK:
        v = z / 0.085
        u = along / 0.25 + 0.5 * (int(np.floor(v)) % 2)
        shade = 1.0 + 0.5 * (_cell(u, v, 2 + seed) - 0.5) + 0.15 * coarse + 0.1 * fine
        fu, fv = u - np.floor(u), v - np.floor(v)
        if min(fu, 1.0 - fu) < 0.03 or min(fv, 1.0 - fv) < 0.08:
            return 0.42 * shade, 0.40 * shade, 0.37 * shade
        if seed % 2 == 1:
            return 0.40 * shade, 0.32 * shade, 0.21 * shade
        return 0.34 * shade, 0.15 * shade, 0.10 * shade
    if material == _GLASS:
        u, v = along / 1.6, z / 1.5
        fu, fv = u - np.floor(u), v - np.floor(v)
        if min(fu, 1.0 - fu) * 1.6 < 0.05 or min(fv, 1.0 - fv) * 1.5 < 0.05:
            return 0.10, 0.10, 0.10
        pane = _cell(u, v, 7 + seed)
        shade = 1.0 + 0.8 * smooth_step(-0.1, 0.3, noise(along * 0.7 + fv * 0.4, z * 0.9, 4.0))
        shade += 0.5 * fv
        return (
            (0.06 + 0.10 * pane) * shade,
            (0.09 + 0.12 * pane) * shade,
            (0.11 + 0.14 * pane) * shade,
        )
    shade = 1.0 + 0.25 * coarse + 0.15 * middle + 0.10 * fine
    return 0.36 * shade, 0.35 * shade, 0.33 * shade


@kernel
def _things(material: int, along: float, x: float, y: float, z: float, seed: int) -> _Colour:
    if material == _WOOD:
        shade = 1.0 + 0.5 * noise(x * 6.0, y * 60.0, z * 60.0)
        shade += 0.1 * noise(x * 60.0, y * 60.0, z * 60.0)
        return 0.32 * shade, 0.18 * shade, 0.09 * shade
    if material == _LEAVES:
        shade = 1.0 + 0.9 * noise(x * 16.0, y * 16.0, z * 16.0)
        shade += 0.4 * noise(x * 9.0, y * 9.0, z * 9.0)
        return 0.07 * shade, 0.14 * shade, 0.035 * shade
    if material == _DOOR:
        shade = 1.0 + 0.25 * noise(x * 30.0, y * 30.0, z * 2.0)
        return 0.34 * shade, 0.20 * shade, 0.10 * shade
    if material == _POSTER:
        column = int(np.floor((x + y) * 1.7 + 400.0)) + seed * 11
        r = 0.15 + 0.6 * hashed(column + 3, 1, 1)
        g = 0.15 + 0.5 * hashed(column + 3, 2, 1)
        b = 0.20 + 0.6 * hashed(column + 3, 3, 1)
        if z < 1.75 and z * 9.0 - np.floor(z * 9.0) < 0.45:
            return r * 0.35 + 0.5, g * 0.35 + 0.5, b * 0.35 + 0.5
        return r, g, b
    if material == _WHITE:
        shade = 1.0 + 0.1 * noise(x * 1.1, y * 1.1, z * 1.1 + 3.0)
        return 0.75 * shade, 0.73 * shade, 0.68 * shade
    if material == _YELLOW:
        return 0.70, 0.55, 0.05
    shade = 1.0 + 0.1 * noise(x * 9.0, y * 9.0, z * 9.0)
    return 0.07 * shade, 0.075 * shade, 0.08 * shade


@kernel
def surface(
    material: int, x: float, y: float, z: float, across: float, seed: int
) -> tuple[float, float, float, float]:
    """What a point looks like.

    Args:
        material: a `Material`.
        x: metres in the set's own coordinates.
        y: metres.
        z: metres above the ground.
        across: the y part of the surface's normal, tells which way a wall runs.
        seed: another seed gives other stones, panes and posters.

    Returns:
        Linear RGB reflectance, and how much the surface glows by itself (times its colour).
    """
    along = x if abs(across) > 0.5 else y
    if material in (_TILES, _PAVING, _GRASS, _ASPHALT):
        r, g, b = _floors(material, x, y, z, seed)
        return r, g, b, 0.0
    if material in (_WALL, _BRICK, _GLASS, _CONCRETE):
        r, g, b = _walls(material, along, x, y, z, seed)
        return r, g, b, 0.0
    if material == _CEILING:
        u, v = x / 1.2, y / 1.2
        if _joint(u, v) < 0.012:
            return 0.36, 0.36, 0.36, 0.0
        if int(np.floor(u)) % 2 == 0 and int(np.floor(v)) % 2 == 0:
            return 1.0, 1.0, 1.0, 2.2
        return 0.6, 0.6, 0.6, 0.0
    r, g, b = _things(material, along, x, y, z, seed)
    return r, g, b, 0.0
