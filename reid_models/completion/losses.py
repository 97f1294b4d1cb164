"""What STCnet minimises, and what its critics do.

    L_r = |x - x1| + |x - x2|   over the hidden pixels, their mean
    L_a = -log D(x2)            of both critics: of the whole frame, and of the hidden band alone
    L_c = cross-entropy of the ID guider on x2

The paper's generator minimises log(1 - D(x2)); -log D(x2) has the same optimum and gradients while
the critics are still far ahead.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["cut_bands", "painted_loss", "real_loss", "reconstruction"]


def reconstruction(truth: Tensor, painted: Tensor, masks: Tensor) -> Tensor:
    """Mean absolute difference over what is hidden: (N, 3, H, W) twice and (N, 1, H, W)."""
    hidden = masks.sum() * truth.shape[1]
    return ((truth - painted).abs() * masks).sum() / hidden.clamp(min=1.0)


def real_loss(real: Tensor, painted: Tensor) -> Tensor:
    """What a critic minimises, from its logits (N,) of real pictures and painted ones."""
    return nnf.softplus(-real).mean() + nnf.softplus(painted).mean()


def painted_loss(painted: Tensor) -> Tensor:
    """What a generator minimises, from a critic's logits (N,) of what it painted."""
    return nnf.softplus(-painted).mean()


def cut_bands(frames: Tensor, tops: Tensor, rows: int) -> Tensor:
    """Of each frame (N, C, H, W) the `rows` rows from `tops` (N,) on: (N, C, rows, W)."""
    lines = tops[:, None] + torch.arange(rows, device=frames.device)
    places = lines[:, None, :, None].expand(-1, frames.shape[1], -1, frames.shape[3])
    return frames.gather(2, places)
