"""CAN: two maps look at each other before they are compared (Hou et al., NeurIPS 2019, 1910.07677).

    R_ij = cosine of p_i and q_j            over the m positions of P and of Q
    g = mean over i of R_ij;  w = W2 · ReLU(BN(W1 · g))      meta fusion, from m numbers to m
    A^p = softmax over i of (mean over j of w_j R_ij) / τ
    P' = P · (1 + A^p);  Q' likewise with R transposed and the same W1, W2

so that both are weighed towards what they have in common. Two pairs score by the cosine of the
means of P' and Q'. As a feature depends on what it is compared with, CAN cannot search an archive;
it orders anew what a search has found (`reid_models.cross_scoring`).

The paper is about telling new classes from a few pictures (`reid_models.fewshot`) and publishes
nothing on people; here it stands on a light baseline's last map, brought to few channels by a 1×1
convolution. As in the authors' code w R is a mean over j (the paper prints a sum) and the residual
1 + A is kept.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.cards import Architecture
from reid_models.methods.baseline import Baseline

__all__ = ["CAN", "CrossAttention", "pooled_cosine"]

_REDUCTION = 6


class CrossAttention(nn.Module):
    """Where each of two maps looks when it is compared with the other."""

    def __init__(
        self, positions: int, *, temperature: float = 0.025, meta_fusion: bool = True
    ) -> None:
        """Build with random weights.

        Args:
            positions: m, rows times columns of the maps.
            temperature: tau; the larger, the flatter the attention.
            meta_fusion: False: w is 1 everywhere, an ablation.
        """
        super().__init__()
        self.temperature = temperature
        self.fusion: nn.Module | None = None
        if meta_fusion:
            inner = max(1, positions // _REDUCTION)
            self.fusion = nn.Sequential(
                nn.Linear(positions, inner),
                nn.BatchNorm1d(inner),
                nn.ReLU(),
                nn.Linear(inner, positions),
            )

    def relation(self, left: Tensor, right: Tensor) -> Tensor:
        """R (N, m, m) in -1…1 of maps (N, C, h, w): rows are left's positions."""
        sides = (nnf.normalize(each.flatten(2).float(), dim=1) for each in (left, right))
        first, second = sides
        return first.transpose(1, 2) @ second

    def attention(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """A of both sides, (N, m) each, rows sum to 1, for maps (N, C, h, w)."""
        relation = self.relation(left, right)
        return self._side(relation), self._side(relation.transpose(1, 2))

    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """P' and Q' (N, C, h, w) of N pairs of maps (N, C, h, w)."""
        weights = self.attention(left, right)
        attended = [
            each * (1 + weight.reshape(len(each), 1, *each.shape[2:]).to(each.dtype))
            for each, weight in zip((left, right), weights, strict=True)
        ]
        return attended[0], attended[1]

    def all_pairs(self, prototypes: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
        """P' and Q', (B, n2, n1, C, h, w) each, of B tasks.

        Args:
            prototypes: (B, n1, C, h, w).
            queries: (B, n2, C, h, w).
        """
        shape = (len(queries), queries.shape[1], *prototypes.shape[1:])
        left = prototypes[:, None].expand(shape).flatten(0, 2)
        right = queries[:, :, None].expand(shape).flatten(0, 2)
        first, second = self.forward(left, right)
        return first.reshape(shape), second.reshape(shape)

    def _side(self, relation: Tensor) -> Tensor:
        told = relation if self.fusion is None else relation * self._kernel(relation)
        return (told.mean(dim=2) / self.temperature).softmax(dim=1)

    def _kernel(self, relation: Tensor) -> Tensor:
        assert self.fusion is not None
        return torch.as_tensor(self.fusion(relation.mean(dim=1)))[:, None].float()


def pooled_cosine(left: Tensor, right: Tensor) -> Tensor:
    """Cosines (…) of the means over positions of maps (…, C, h, w)."""
    return nnf.cosine_similarity(left.mean(dim=(-2, -1)), right.mean(dim=(-2, -1)), dim=-1)


class CAN(Baseline):
    """A baseline whose last map, reduced, is compared pair by pair.

    `forward` gives the baseline's vectors, so that one checkpoint can search and order anew.
    """

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `pair_channels`, `map_size`, `temperature` and `meta_fusion` besides the
                backbone's.
            dimension: length of the served vector.
        """
        super().__init__(
            architecture.depth, dimension, width=architecture.width, ibn=architecture.ibn
        )
        rows, columns = self.size = architecture.map_size
        self.pair_channels = architecture.pair_channels
        self.reduction = nn.Sequential(
            nn.Conv2d(self.backbone.channels, architecture.pair_channels, 1, bias=False),
            nn.BatchNorm2d(architecture.pair_channels),
        )
        self.cross = CrossAttention(
            rows * columns,
            temperature=architecture.temperature,
            meta_fusion=architecture.meta_fusion,
        )
        # From cosines to log-odds; learnt on the batches' pairs, same and different equally heavy.
        self.slope = nn.Parameter(torch.tensor(10.0))
        self.offset = nn.Parameter(torch.tensor(-5.0))

    def maps(self, images: Tensor) -> Tensor:
        """What is compared of float32 (N, 3, H, W): (N, pair_channels, *map_size)."""
        return self.reduced(self.backbone(images))

    def reduced(self, last: Tensor) -> Tensor:
        """The same of the backbone's last map; other sizes are averaged to `map_size`."""
        found: Tensor = self.reduction(last)
        if found.shape[2:] != self.size:
            found = nnf.adaptive_avg_pool2d(found, self.size)
        return found

    def cosines(self, left: Tensor, right: Tensor) -> Tensor:
        """How alike pairs of maps (N, pair_channels, *map_size) are, (N,) in -1…1."""
        return pooled_cosine(*self.cross(left, right))

    def odds(self, cosines: Tensor) -> Tensor:
        """Log-odds that two show the same person, were every second pair one."""
        return self.slope * cosines + self.offset
