"""Comparing people by the body regions that both pictures show, from MGRAN's served vectors.

    d(q, g) = (|f_0 - f_0'| + Σ over regions seen in both of w |f_r - f_r'|) / (1 + Σ of those w)

f_0 is the whole person's block, all blocks at length 1; w = 1/3. The cosine that search uses first
ranks nearly alike where everything is visible; where a region is hidden on one side it counts that
as unlike, and this does not. So: cosine for all, this for the first hits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reid_models.embedders import normalise
from reid_models.errors import VectorsInvalid
from reid_models.roles import Vectors

__all__ = ["region_distances", "rescore", "split_regions"]

BLOCKS = 4
_WEIGHT = 1.0 / 3.0


def split_regions(vectors: Vectors) -> tuple[Vectors, npt.NDArray[np.bool_]]:
    """Blocks (N, 4, D / 4) of length 1 and which are visible (N, 4), from served vectors (N, D).

    Raises:
        VectorsInvalid: they cannot be cut into four.
    """
    if vectors.ndim != 2 or vectors.shape[1] % BLOCKS:
        raise VectorsInvalid(
            f"Region vectors are (N, D) with D a multiple of {BLOCKS}, not {vectors.shape}. Give "
            "those of an MGRAN model."
        )
    blocks = normalise(vectors.astype(np.float32).reshape(len(vectors), BLOCKS, -1))
    return blocks, np.asarray(blocks.any(axis=2), np.bool_)


def region_distances(queries: Vectors, gallery: Vectors) -> Vectors:
    """Distances (Q, G) in 0–2 of served vectors (Q, D) and (G, D).

    A pair that shares nothing is as far apart as can be.

    Raises:
        VectorsInvalid: as `split_regions` says.
    """
    (left, seen), (right, found) = split_regions(queries), split_regions(gallery)
    total = np.zeros((len(left), len(right)), np.float32)
    weights = np.zeros_like(total)
    for block in range(BLOCKS):
        weight = 1.0 if block == 0 else _WEIGHT
        cosines = np.clip(left[:, block] @ right[:, block].T, -1.0, 1.0)
        counts = weight * (seen[:, block, None] & found[None, :, block])
        total += counts * np.sqrt(2.0 - 2.0 * cosines)
        weights += counts
    return np.divide(total, weights, out=np.full_like(total, 2.0), where=weights > 0)


def rescore(
    query: Vectors, hits: Vectors, order: npt.NDArray[np.int64], first: int
) -> npt.NDArray[np.int64]:
    """A new order (N,) in which the first hits are sorted by `region_distances`, others stay.

    Args:
        query: (D,).
        hits: (N, D).
        order: (N,) rows of `hits`, best first.
        first: how many are sorted anew.

    Raises:
        VectorsInvalid: as `split_regions` says.
    """
    head = np.asarray(order[:first])
    distances = region_distances(query[None], hits[head])[0]
    return np.concatenate([head[np.argsort(distances, kind="stable")], order[first:]])
