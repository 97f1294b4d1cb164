"""Noise from hashes, for kernels: the same place gives the same value, in any order, on any day."""

from __future__ import annotations

import numpy as np

from app.demo.synthetic.compiled import kernel


@kernel
def hashed(x: int, y: int, z: int) -> float:
    """A number 0–1 that belongs to three integers."""
    bits = np.uint32(x) * np.uint32(374761393) + np.uint32(y) * np.uint32(668265263)
    bits = np.uint32(bits + np.uint32(z) * np.uint32(2246822519))
    bits = np.uint32((bits ^ (bits >> np.uint32(13))) * np.uint32(1274126177))
    bits = np.uint32((bits ^ (bits >> np.uint32(15))) * np.uint32(2654435761))
    bits = np.uint32(bits ^ (bits >> np.uint32(16)))
    return float(bits & np.uint32(0xFFFFFF)) / 16777215.0


@kernel
def smooth_step(low: float, high: float, x: float) -> float:
    """0 below `low`, 1 above `high` (or the other way round), an S between."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def noise(x: float, y: float, z: float) -> float:
    """Smooth noise −0.5 to 0.5, one bump a unit; coordinates above −100,000."""
    column, row, layer = np.floor(x), np.floor(y), np.floor(z)
    fx, fy, fz = x - column, y - row, z - layer
    fx = fx * fx * (3.0 - 2.0 * fx)
    fy = fy * fy * (3.0 - 2.0 * fy)
    fz = fz * fz * (3.0 - 2.0 * fz)
    i, j, k = int(column) + 100000, int(row) + 100000, int(layer) + 100000
    a = hashed(i, j, k) * (1 - fx) + hashed(i + 1, j, k) * fx
    b = hashed(i, j + 1, k) * (1 - fx) + hashed(i + 1, j + 1, k) * fx
    c = hashed(i, j, k + 1) * (1 - fx) + hashed(i + 1, j, k + 1) * fx
    d = hashed(i, j + 1, k + 1) * (1 - fx) + hashed(i + 1, j + 1, k + 1) * fx
    return (a * (1 - fy) + b * fy) * (1 - fz) + (c * (1 - fy) + d * fy) * fz - 0.5
