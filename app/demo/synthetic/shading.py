"""The kernel that colours the pixels a figure won: its materials under the place's light."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.demo.synthetic.cloth import (
    blend,
    folds,
    jacket,
    lower_seams,
    slope_noise,
    upper_seams,
    wear,
)
from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.complexion import skin, strands
from app.demo.synthetic.noise import noise, smooth_step

# Members of `palette.Material`, for kernels cannot read an enumeration quickly.
_SKIN, _HAIR, _UPPER, _LOWER, _SHOE, _BAG, _INNER, _HAT, _TIGHTS = range(9)
_JACKET = 6


@kernel
def lit_share(shadow: Any, to_map: Any, x: float, y: float, z: float, bias: float) -> float:
    """How much of the direct light reaches a point past the figure itself, 0–1."""
    u = to_map[0, 0] * x + to_map[0, 1] * y + to_map[0, 2] * z + to_map[0, 3]
    v = to_map[1, 0] * x + to_map[1, 1] * y + to_map[1, 2] * z + to_map[1, 3]
    far = to_map[2, 0] * x + to_map[2, 1] * y + to_map[2, 2] * z + to_map[2, 3] - bias
    lit = 0
    for row in range(-1, 2):
        for column in range(-1, 2):
            i, j = int(np.floor(u + 0.9 * column)), int(np.floor(v + 0.9 * row))
            if i < 0 or j < 0 or i >= shadow.shape[1] or j >= shadow.shape[0] or shadow[j, i] > far:
                lit += 1
    return lit / 9.0


@kernel
def coloured(
    material: int, pattern: int, x: float, y: float, z: float, arm: float, hem: float,
    pixel: float, first: Any, second: Any, inner: Any, hair: Any,
) -> Any:  # fmt: skip
    """The colour of a point of a figure at rest, linear RGB.

    Args:
        material: a `Material`.
        pattern: the material's row of `Palette.pattern`.
        x: metres forward at rest.
        y: metres to the left.
        z: metres up.
        arm: metres beyond the armpit.
        hem: height of the garment's lower edge.
        pixel: metres a subpixel spans there.
        first: (3,) the material's colour.
        second: (3,) its second colour.
        inner: (3,) the shirt under a jacket.
        hair: (3,) the colour of the hair.
    """
    r, g, b = float(first[0]), float(first[1]), float(first[2])
    if material in (_UPPER, _LOWER):
        if material == _UPPER and pattern == _JACKET:
            r, g, b = jacket(x, y, z, arm, pixel, first, inner, second)
        else:
            mix = blend(pattern, x, y, z, arm if material == _UPPER else -1.0, pixel)
            r += (second[0] - r) * mix
            g += (second[1] - g) * mix
            b += (second[2] - b) * mix
        shade = wear(pattern, x, y, z, pixel)
        if material == _UPPER:
            shade *= upper_seams(pattern, x, y, z, arm, hem, pixel)
        else:
            shade *= lower_seams(x, y, z, hem, pixel)
        r, g, b = r * shade, g * shade, b * shade
    elif material == _SKIN:
        r, g, b = skin(x, y, z, pattern, first, hair)
    elif material == _SHOE:
        if z < 0.026:
            r, g, b = float(second[0]), float(second[1]), float(second[2])
        elif 0.03 < x < 0.10 and z > 0.05 and np.sin(x * 220) > 0.3:
            r, g, b = 0.5 * (r + second[0]), 0.5 * (g + second[1]), 0.5 * (b + second[2])
    elif material == _BAG:
        shade = 1.0 + 0.12 * noise(x * 50, y * 50, z * 50)
        if x < -0.1 and abs(z - 1.27) < 0.006:
            shade *= 0.4
        r, g, b = r * shade, g * shade, b * shade
    elif material == _HAT:
        shade = 1.0 + 0.10 * noise(x * 50, y * 50, z * 130)
        r, g, b = r * shade, g * shade, b * shade
    return r, g, b


@kernel
def shade(
    seen: Any, share: Any, left: int, top: int, triangles: Any, materials: Any, rest: Any,
    vertices: Any, normals: Any, occlusion: Any, first: Any, second: Any, patterns: Any,
    hems: Any, armpit: Any, towards: Any, direct: Any, sky: Any, ground: Any, shadow: Any,
    to_map: Any, seed: float, eye: Any, per_metre: float, number: int, colour: Any, person: Any,
) -> None:  # fmt: skip
    """Colour every pixel whose triangle is known.

    Args:
        seen: (h, w) int32 from `rasterise`, -1 where the figure is not seen.
        share: (h, w, 2) float32 from `rasterise`.
        left: column of the window in the buffers.
        top: row of the window in the buffers.
        triangles: (T, 3) int32.
        materials: (T,) int32.
        rest: (V, 3) float32 metres at rest.
        vertices: (V, 3) float32 world metres.
        normals: (V, 3) float32.
        occlusion: (V,) float32.
        first: (M, 3) float32.
        second: (M, 3) float32.
        patterns: (M,) int32.
        hems: (2,) heights of the upper and the lower garment's edge.
        armpit: (2,) y and z.
        towards: (3,) unit, to the light.
        direct: (3,) its colour.
        sky: (3,) light from above.
        ground: (3,) light from below.
        shadow: (h, w) float32 of the shadow map.
        to_map: (3, 4).
        seed: sets one person's folds apart from another's.
        eye: (3,) of the camera.
        per_metre: subpixels a metre spans at one metre's distance.
        number: written into `person`.
        colour: (H, W, 3) float32, written.
        person: (H, W) int16, written.
    """
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            t = seen[row, column]
            if t < 0:
                continue
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            q, s = float(share[row, column, 0]), float(share[row, column, 1])
            p = 1.0 - q - s
            x = p * rest[i, 0] + q * rest[j, 0] + s * rest[k, 0]
            y = p * rest[i, 1] + q * rest[j, 1] + s * rest[k, 1]
            z = p * rest[i, 2] + q * rest[j, 2] + s * rest[k, 2]
            nx = p * normals[i, 0] + q * normals[j, 0] + s * normals[k, 0]
            ny = p * normals[i, 1] + q * normals[j, 1] + s * normals[k, 1]
            nz = p * normals[i, 2] + q * normals[j, 2] + s * normals[k, 2]
            wx = p * vertices[i, 0] + q * vertices[j, 0] + s * vertices[k, 0]
            wy = p * vertices[i, 1] + q * vertices[j, 1] + s * vertices[k, 1]
            wz = p * vertices[i, 2] + q * vertices[j, 2] + s * vertices[k, 2]
            open_sky = p * occlusion[i] + q * occlusion[j] + s * occlusion[k]
            vx, vy, vz = eye[0] - wx, eye[1] - wy, eye[2] - wz
            away = np.sqrt(vx * vx + vy * vy + vz * vz)
            vx, vy, vz = vx / away, vy / away, vz / away
            pixel = away / per_metre

            material = materials[t]
            arm = 0.95 * (abs(y) - armpit[0]) + 0.31 * (z - armpit[1])
            hem = hems[0] if material == _UPPER else hems[1]
            r, g, b = coloured(
                material, patterns[material], x, y, z, arm, hem, pixel,
                first[material], second[material], first[_INNER], first[_HAIR],
            )  # fmt: skip
            gloss = 0.02
            if material in (_UPPER, _LOWER):
                height, sx, sy, sz = folds(material == _LOWER, x, y, z, arm, hem, seed)
                nx, ny, nz = nx - sx, ny - sy, nz - sz
                open_sky *= 1 + 0.28 * height
            elif material == _HAIR:
                lock, tilt = strands(x, y, z, pixel)
                r, g, b = r * lock, g * lock, b * lock
                # Sideways around the head, so that locks catch the light one by one.
                out = np.sqrt(x * x + y * y) + 1e-6
                nx, ny = nx - 0.9 * tilt * -y / out, ny - 0.9 * tilt * x / out
                open_sky *= 1 + 0.5 * tilt
                gloss = 0.0
            elif material == _SKIN:
                gloss = 0.05
            elif material == _SHOE:
                gloss = 0.12
            elif material == _BAG:
                gloss = 0.04
            elif material == _HAT:
                height, sx, sy, sz = slope_noise(x * 22, y * 22, z * 16)
                nx, ny, nz = nx - 0.15 * sx, ny - 0.15 * sy, nz - 0.15 * sz
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / length, ny / length, nz / length

            lit = lit_share(shadow, to_map, wx, wy, wz, 0.035)
            facing = nx * towards[0] + ny * towards[1] + nz * towards[2]
            diffuse = max((facing + 0.15) / 1.15, 0.0) * lit
            hx, hy, hz = vx + towards[0], vy + towards[1], vz + towards[2]
            middle = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            shine = 0.0
            if gloss > 0:
                peak = max((nx * hx + ny * hy + nz * hz) / middle, 0.0)
                shine = 3.0 * gloss * lit * peak**24
            elif facing > 0:
                # Strands hang: they shine in a ring around the head.
                ring = 1.0 - (hz / middle + 0.25 * nz) ** 2
                shine = 0.10 * lit * facing * max(ring, 0.0) ** 20 * smooth_step(1.50, 1.60, z)
            up = 0.5 + 0.5 * nz
            rim = 0.06 * up * (1 - max(nx * vx + ny * vy + nz * vz, 0.0)) ** 4
            for c in range(3):
                albedo = r if c == 0 else (g if c == 1 else b)
                around = (sky[c] * up + ground[c] * (1 - up)) * open_sky
                value = albedo * (around + direct[c] * diffuse) + shine * direct[c] + rim * sky[c]
                colour[row + top, column + left, c] = value
            person[row + top, column + left] = number
