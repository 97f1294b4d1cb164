"""The losses that re-ID methods share. Features are float (N, D); labels int64 (N,)."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

__all__ = [
    "CentreLoss",
    "batch_hard",
    "batch_hard_triplet",
    "distance_propagation",
    "distances",
    "embedding_distillation",
    "feature_propagation",
    "relation_distillation",
    "smoothed_cross_entropy",
]


def smoothed_cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.1) -> Tensor:
    """Cross-entropy against (1 - ε)·[k = y] + ε / K, the mean over the batch."""
    return nnf.cross_entropy(logits, labels, label_smoothing=smoothing)


def distances(left: Tensor, right: Tensor) -> Tensor:
    """Euclidean distances (N, M) of (N, D) and (M, D), with finite gradients at distance zero."""
    squares = left.square().sum(1)[:, None] + right.square().sum(1)[None] - 2 * left @ right.T
    return squares.clamp(min=1e-12).sqrt()


def batch_hard_triplet(
    anchors: Tensor,
    anchor_labels: Tensor,
    others: Tensor | None = None,
    other_labels: Tensor | None = None,
    margin: float | None = 0.3,
) -> Tensor:
    """The batch-hard triplet loss (Hermans et al., In Defense of the Triplet Loss, 2017).

        mean over anchors of max(0, margin + farthest of the same person - nearest of another)

    Args:
        anchors: (N, D), not normalised.
        anchor_labels: (N,).
        others: (M, D) candidates; None: the anchors themselves.
        other_labels: (M,); None: the anchors' labels.
        margin: in units of distance; None: the soft margin, log(1 + exp(difference)).

    Returns:
        A scalar; zero (with zero gradients) when the candidates show one person only, as no triplet
        can be formed then.
    """
    if others is None or other_labels is None:
        others, other_labels = anchors, anchor_labels
    same = anchor_labels[:, None] == other_labels[None]
    return batch_hard(distances(anchors, others), same, margin)


def batch_hard(table: Tensor, same: Tensor, margin: float | None = 0.3) -> Tensor:
    """The batch-hard triplet loss from distances (N, M) and who is the same, bool (N, M)."""
    usable = same.any(dim=1) & ~same.all(dim=1)
    if not usable.any():
        return table.sum() * 0.0
    farthest = table.masked_fill(~same, -torch.inf).amax(dim=1)[usable]
    nearest = table.masked_fill(same, torch.inf).amin(dim=1)[usable]
    difference = farthest - nearest
    if margin is None:
        return nnf.softplus(difference).mean()
    return torch.relu(difference + margin).mean()


class CentreLoss(nn.Module):
    """½ · mean squared distance to a learnt centre of each person (Wen et al., 2016).

    The strong baseline weighs it by 0.0005 and learns the centres by SGD with that weight divided
    out again; under Adam, whose steps do not depend on the gradient's scale, neither is needed.
    """

    def __init__(self, people: int, dimension: int) -> None:
        """Start with the centres at random."""
        super().__init__()
        self.centres = nn.Parameter(torch.randn(people, dimension))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """A scalar for features (N, dimension)."""
        return 0.5 * (features - self.centres[labels]).square().sum(dim=1).mean()


def feature_propagation(stills: Tensor, frames: Tensor) -> Tensor:
    """TKP's L_F: squared distance of each still's feature to its frame's, the mean over the batch.

    Both (N, D), row by row the same picture; `frames` should not carry gradients.
    """
    return (stills - frames).square().sum(dim=1).mean()


def distance_propagation(stills: Tensor, frames: Tensor) -> Tensor:
    """TKP's L_D: mean squared difference between the distances of all pairs within the batch.

    The mean runs over all N² pairs, as in the authors' code; the slides' formula is N times that.
    """
    return (distances(stills, stills) - distances(frames, frames)).square().mean()


def embedding_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """1 - cosine of the student's and the teacher's vectors (N, D), the mean over the batch."""
    return 1.0 - nnf.cosine_similarity(student, teacher, dim=1).mean()


def relation_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference between all cosines within the batch, student's against teacher's.

    The two need not have the same length: (N, D) and (N, E).
    """
    mine = nnf.normalize(student, dim=1)
    theirs = nnf.normalize(teacher, dim=1)
    return (mine @ mine.T - theirs @ theirs.T).square().mean()
