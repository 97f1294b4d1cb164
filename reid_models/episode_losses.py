"""CAN's two losses on an episode: n1 classes with a prototype map each, n2 queries."""

from __future__ import annotations

import torch.nn.functional as nnf
from torch import Tensor, nn

__all__ = ["SCALE", "global_loss", "nearest_loss"]

SCALE = 7.0
"""What cosines are multiplied by before a softmax."""


def global_loss(
    attended: Tensor, classes: Tensor, classifier: nn.Linear, labels: Tensor, smoothing: float = 0.0
) -> Tensor:
    """Each position of a query, weighed by its own class's prototype, names its class.

    Args:
        attended: Q' (n2, n1, C, h, w).
        classes: int64 (n2,), which of the n1 classes of the episode each query is of.
        classifier: C → all classes of the training set.
        labels: int64 (n2,), the queries' classes among all of them.
        smoothing: of the labels.
    """
    own = attended[range(len(attended)), classes]
    logits = classifier(own.flatten(2).transpose(1, 2)).float()
    repeated = labels[:, None].expand(logits.shape[:2])
    return nnf.cross_entropy(logits.flatten(0, 1), repeated.flatten(), label_smoothing=smoothing)


def nearest_loss(prototypes: Tensor, queries: Tensor, classes: Tensor) -> Tensor:
    """Each position of a query is nearest to the prototype of its class among the episode's.

    Args:
        prototypes: P' (n2, n1, C, h, w).
        queries: Q' (n2, n1, C, h, w).
        classes: as for `global_loss`.
    """
    wanted = nnf.normalize(prototypes.float().mean(dim=(3, 4)), dim=2)
    places = nnf.normalize(queries.float().flatten(3), dim=2)
    alike = SCALE * (wanted[..., None] * places).sum(dim=2)
    repeated = classes[:, None].expand(len(alike), alike.shape[2])
    return nnf.cross_entropy(alike, repeated)
