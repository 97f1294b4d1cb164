"""STCnet: hidden bands of a frame painted from the frame itself and from its neighbours in time.

Hou et al., VRSTC: Occlusion-Free Video Person Re-Identification, CVPR 2019. x a frame, p and n its
nearest clean neighbours, M what is hidden (1) or not (0):

    x1 = M · G_s((1 - M) · x) + (1 - M) · x          spatial structure generator
    x2 = M · G_t(x1, p, n) + (1 - M) · x             temporal attention generator
    o_ab = Σ softmax over a'b' of scale · cos(f_ab, r_a'b')  · r(a', b')     f, r: 3×3 patches

The layers are Iizuka et al.'s (2017) at a width of one's choice, as the paper's table could not be
read. What is hidden is grey (0 in -1–1) with M as a fourth channel. r(a', b') is the neighbour's
feature at the patch's centre. The paper's cosines have no scale: its weights are nearly even (on a
random map the largest is 1.4 times the mean), so the default is 10; 1 is the paper's. The two
neighbours share an encoder.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

__all__ = ["STCNet", "SpatialGenerator", "TemporalAttention", "TemporalGenerator"]

_DILATIONS = (1, 2, 4, 8)


class SpatialGenerator(nn.Module):
    """G_s: a frame with its hidden part in grey, and where that is, to a whole frame."""

    def __init__(self, width: int) -> None:
        """Build with random weights; `width` is 64 for the full network, 32 for half of it."""
        super().__init__()
        self.encoder = _encoder(width)
        self.decoder = _decoder(width, 4 * width)

    def forward(self, frames: Tensor, masks: Tensor) -> Tensor:
        """(N, 3, H, W) in -1–1 and (N, 1, H, W) in {0, 1} → (N, 3, H, W) in -1–1; 4 divides H, W.

        What lies under a mask is not looked at.
        """
        seen = torch.cat([frames * (1 - masks), masks], dim=1)
        return torch.as_tensor(self.decoder(self.encoder(seen)))


class TemporalAttention(nn.Module):
    """What of another frame belongs to each place of this one."""

    def __init__(self, scale: float = 10.0) -> None:
        super().__init__()
        self.scale = scale

    def weights(self, here: Tensor, there: Tensor) -> Tensor:
        """(N, C, h, w) twice → (N, P, P): row ab holds the shares of all a'b', which sum to 1."""
        patches = [nnf.normalize(nnf.unfold(x, 3, padding=1), dim=1) for x in (here, there)]
        return (self.scale * patches[0].transpose(1, 2) @ patches[1]).softmax(dim=2)

    def forward(self, here: Tensor, there: Tensor) -> Tensor:
        """o (N, C, h, w)."""
        seen = there.flatten(2) @ self.weights(here, there).transpose(1, 2)
        return seen.reshape(here.shape)


class TemporalGenerator(nn.Module):
    """G_t: what G_s painted, put right by what the neighbours show."""

    def __init__(self, width: int, scale: float = 10.0) -> None:
        """Build with random weights."""
        super().__init__()
        self.own = _encoder(width)
        self.neighbour = _encoder(width)
        self.attention = TemporalAttention(scale)
        self.join = _block(12 * width, 4 * width, 1)
        self.decoder = _decoder(width, 4 * width)

    def forward(self, painted: Tensor, masks: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """x1, M, p and n, (N, 3 or 1, H, W) each → (N, 3, H, W) in -1–1."""
        here = self.own(torch.cat([painted, masks], dim=1))
        nothing = torch.zeros_like(masks)
        found = [
            self.attention(here, self.neighbour(torch.cat([other, nothing], dim=1)))
            for other in (before, after)
        ]
        return torch.as_tensor(self.decoder(self.join(torch.cat([here, *found], dim=1))))


class STCNet(nn.Module):
    """Both generators; outside the mask what comes out is what went in, bit for bit."""

    def __init__(self, width: int = 32, scale: float = 10.0) -> None:
        """Build with random weights.

        Args:
            width: channels of the first layer; 64: the full network, 32: half of it.
            scale: of the cosines in the temporal attention; 1: the paper's.
        """
        super().__init__()
        self.spatial = SpatialGenerator(width)
        self.temporal = TemporalGenerator(width, scale)

    def paint(self, frames: Tensor, masks: Tensor) -> Tensor:
        """x1 (N, 3, H, W): from the frame alone."""
        return composite(self.spatial(frames, masks), frames, masks)

    def forward(
        self, frames: Tensor, masks: Tensor, before: Tensor, after: Tensor
    ) -> tuple[Tensor, Tensor]:
        """x1 and x2 (N, 3, H, W); see the module's text for what goes in."""
        painted = self.paint(frames, masks)
        whole = self.temporal(painted, masks, before, after)
        return painted, composite(whole, frames, masks)


def composite(painted: Tensor, frames: Tensor, masks: Tensor) -> Tensor:
    """`painted` where something is hidden, the frame itself everywhere else."""
    return torch.where(masks > 0.5, painted.to(frames.dtype), frames)


def _block(
    channels: int, wanted: int, kernel: int, stride: int = 1, dilation: int = 1
) -> nn.Module:
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(channels, wanted, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(wanted),
        nn.ReLU(),
    )


def _encoder(width: int) -> nn.Sequential:
    return nn.Sequential(
        _block(4, width, 5),
        _block(width, 2 * width, 3, stride=2),
        _block(2 * width, 2 * width, 3),
        _block(2 * width, 4 * width, 3, stride=2),
        *(_block(4 * width, 4 * width, 3, dilation=dilation) for dilation in _DILATIONS),
        _block(4 * width, 4 * width, 3),
    )


def _decoder(width: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Upsample(scale_factor=2),
        _block(channels, 2 * width, 3),
        nn.Upsample(scale_factor=2),
        _block(2 * width, width, 3),
        nn.Conv2d(width, 3, 3, padding=1),
        nn.Tanh(),
    )
