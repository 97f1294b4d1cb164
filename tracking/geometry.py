"""Pure maths on boxes: xyxy float32, (n, 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def area(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Areas (n,) of boxes (n, 4)."""
    result: NDArray[np.float32] = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return result


def intersection(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Areas shared by every pair: (n, 4) and (m, 4) give (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.maximum(high - low, 0)
    result: NDArray[np.float32] = sides[..., 0] * sides[..., 1]
    return result


def iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union, 0–1, of every pair: (n, 4) and (m, 4) give (n, m)."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def covered(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share, 0–1, of each `a` that lies inside each `b`: (n, 4) and (m, 4) give (n, m)."""
    shared = intersection(a, b)
    own = np.broadcast_to(area(a)[:, None], shared.shape)
    return np.divide(shared, own, out=np.zeros_like(shared), where=own > 0)


def same_person(boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pairs of boxes of one frame that show one person twice, (n, n), symmetric, diagonal False."""
    same = boxed_twice(boxes[:, None], boxes[None, :])
    np.fill_diagonal(same, False)
    return same


def boxed_twice(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether two boxes of one frame show one person twice: (..., 4) and (..., 4) give (...).

    Either they are nearly equal, or one is a part of the other as the head and shoulders are of a
    standing person: inside it, nearly as wide, and flush at the top or the bottom. A box around
    two people is wider than each, so it is not the same person as either.
    """
    sides = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    shared = sides[..., 0] * sides[..., 1]
    size_a, size_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    area_a, area_b = size_a[..., 0] * size_a[..., 1], size_b[..., 0] * size_b[..., 1]
    inside = _share(shared, np.minimum(area_a, area_b)) > 0.85
    narrow, wide = np.minimum(size_a, size_b)[..., 0], np.maximum(size_a, size_b)[..., 0]
    slack = 0.1 * np.maximum(size_a, size_b)[..., 1]
    flush = np.abs(a[..., 1::2] - b[..., 1::2]) < slack[..., None]
    part = inside & (narrow > 0.75 * wide) & flush.any(axis=-1)
    same: NDArray[np.bool_] = (_share(shared, area_a + area_b - shared) > 0.8) | part
    return same


def _share(part: NDArray[np.float32], whole: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def without_doubles(
    boxes: NDArray[np.float32], confidences: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Which boxes of one frame to keep so that no person is there twice: the most certain.

    Args:
        boxes: (n, 4) xyxy.
        confidences: (n,) 0–1.

    Returns:
        Their increasing positions, (m,).
    """
    same = same_person(boxes)
    kept: list[int] = []
    for position in np.argsort(-confidences, kind="stable").tolist():
        if not any(same[position, other] for other in kept):
            kept.append(position)
    return np.array(sorted(kept), dtype=np.int64)
