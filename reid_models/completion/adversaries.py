"""Who judges STCnet while it learns: critics (real or painted?) and an ID guider (still them?)."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["Critic", "IdGuider", "to_network_input"]


class Critic(nn.Module):
    """Strided convolutions to one logit a picture; of the whole frame, or of a band of it."""

    def __init__(self, width: int = 32) -> None:
        """Build with random weights; `width` channels first, doubled three times."""
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for step in range(4):
            layers += [nn.Conv2d(channels, width << step, 3, 2, 1), nn.LeakyReLU(0.2)]
            channels = width << step
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(channels, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, h, w) in -1–1 → (N,): above 0 for real."""
        return torch.as_tensor(self.out(self.layers(pictures).mean(dim=(2, 3)))[:, 0])


class IdGuider(nn.Module):
    """A trained re-ID network with its classifier; it is asked, and never changes."""

    def __init__(self, logits: nn.Module, height: int, width: int) -> None:
        """Ask `logits`, normalised float32 (N, 3, height, width) → (N, people)."""
        super().__init__()
        self.logits = logits.eval().requires_grad_(False)
        self.size = (height, width)

    def train(self, mode: bool = True) -> IdGuider:
        """Stay in evaluation mode whatever is asked: its running statistics must not move."""
        return super().train(False)

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (N, people) of frames (N, 3, H, W) in -1–1; gradients reach the frames."""
        return torch.as_tensor(self.logits(to_network_input(frames, *self.size)))


def to_network_input(frames: Tensor, height: int, width: int) -> Tensor:
    """-1–1 to what our re-ID networks take: resized, ImageNet's mean and deviation taken out."""
    if frames.shape[2:] != (height, width):
        frames = nnf.interpolate(frames, (height, width), mode="bilinear", antialias=True)
    mean = torch.tensor(IMAGENET_MEAN, device=frames.device)[:, None, None]
    return ((frames + 1) / 2 - mean) / torch.tensor(IMAGENET_STD, device=frames.device)[
        :, None, None
    ]
