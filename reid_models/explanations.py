"""Why two crops count as alike: heat maps over both, for every model.

    model = load(name, folders)
    explanation = explainer_for(model).explain(query_crop, hit_crop)
    heat = cv2.resize(explanation.left, (width, height))     # over the query's crop

A method that can say where its features come from brings an explainer of its own (IANet: relation
maps). All others, whatever runs them, are asked by covering one place after another: what makes
the pair much less alike when it is covered is what the likeness rests on (Zeiler & Fergus, 2014).
A heat map shows what the model looked at, not that it was right to do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reid_models.roles import Crop, Explainer, Explanation, ExplanationKind, HeatMap, ImageEmbedder

if TYPE_CHECKING:
    from reid_models.registry import LoadedModel

__all__ = ["OcclusionExplainer", "explainer_for", "scaled"]

_GREY = (124, 116, 104)
"""ImageNet's mean colour: what random erasing shows networks as "nothing to see"."""
_NOISE = 1e-4
"""Falls of a cosine that say nothing: computing in bf16 alone moves it as far."""


def explainer_for(model: LoadedModel) -> Explainer:
    """The best explainer for a model: its own where it has one, else by covering places."""
    return model.explainer or OcclusionExplainer(model.image)


class OcclusionExplainer:
    """How much the pair's cosine falls when a patch of one crop is covered in grey.

    A patch spans 3 of 12 rows and 2 of 6 columns and is moved by one, 50 places a crop. A cell's
    heat is the mean fall over the patches that cover it; covering that makes the pair more alike
    counts as nothing. One call embeds 102 crops at once.
    """

    kind: ExplanationKind = "occlusion"

    def __init__(
        self,
        image: ImageEmbedder,
        *,
        grid: tuple[int, int] = (12, 6),
        patch: tuple[int, int] = (3, 2),
    ) -> None:
        """Explain what `image` sees.

        Args:
            image: any image embedder.
            grid: rows and columns of the heat maps.
            patch: rows and columns of them that are covered at once.
        """
        self._image = image
        self._grid = grid
        self._windows = [
            (slice(row, row + patch[0]), slice(column, column + patch[1]))
            for row in range(grid[0] - patch[0] + 1)
            for column in range(grid[1] - patch[1] + 1)
        ]

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain a pair as `Explainer.explain` says."""
        covered = [
            self._cover(crop, window)
            for crop in (left, right)
            # What is no crop goes to the embedder as it is, which says what is wrong with it.
            if getattr(crop, "ndim", 0) == 3
            for window in self._windows
        ]
        vectors = self._image.embed([left, right, *covered])
        count = len(self._windows)
        whole = float(vectors[0] @ vectors[1])
        falls_left = whole - vectors[2 : 2 + count] @ vectors[1]
        falls_right = whole - vectors[2 + count :] @ vectors[0]
        return Explanation("occlusion", self._heat(falls_left), self._heat(falls_right))

    def _cover(self, crop: Crop, window: tuple[slice, slice]) -> Crop:
        covered = crop.copy()
        spans = [
            slice(span.start * side // cells, -(-span.stop * side // cells))
            for span, side, cells in zip(window, crop.shape, self._grid, strict=False)
        ]
        covered[spans[0], spans[1]] = _GREY
        return covered

    def _heat(self, falls: npt.NDArray[np.float32]) -> HeatMap:
        total = np.zeros(self._grid, np.float64)
        covers = np.zeros(self._grid, np.int64)
        for window, fall in zip(self._windows, falls, strict=True):
            total[window] += fall if fall > _NOISE else 0.0
            covers[window] += 1
        return scaled(total / np.maximum(covers, 1))


def scaled(values: npt.NDArray[np.floating]) -> HeatMap:
    """Values of at least 0 as a heat map: the largest becomes 1; zeros stay zeros."""
    return np.asarray(values / (float(values.max()) or 1.0), np.float32)
