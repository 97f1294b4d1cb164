"""CAN as in the paper: ResNet-12 without pooling, and cross attention on its 6×6 map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models.methods.can import CrossAttention

__all__ = ["FewShotCAN", "ResNet12"]


class _Block(nn.Module):
    """Three 3×3 convolutions, the second with stride 2, and a shortcut."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(channels, width),
            nn.ReLU(),
            *_convolution(width, width, stride=2),
            nn.ReLU(),
            *_convolution(width, width),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(channels, width, 1, 2, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class ResNet12(nn.Sequential):
    """float32 (N, 3, 84, 84) → (N, 8 · width, 6, 6)."""

    def __init__(self, width: int = 64) -> None:
        """Build with random weights; `width` channels in the first of four blocks."""
        super().__init__(
            *_convolution(3, width),
            nn.ReLU(),
            _Block(width, width),
            _Block(width, 2 * width),
            _Block(2 * width, 4 * width),
            _Block(4 * width, 8 * width),
        )
        self.channels = 8 * width
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


class FewShotCAN(nn.Module):
    """Maps of pictures, and the attention between maps."""

    def __init__(self, *, width: int = 64, side: int = 84, meta_fusion: bool = True) -> None:
        """Build with random weights.

        Args:
            width: of `ResNet12`.
            side: of its square inputs, pixels.
            meta_fusion: see `CrossAttention`.
        """
        super().__init__()
        self.backbone = ResNet12(width)
        self.cross = CrossAttention((-(-side // 16)) ** 2, meta_fusion=meta_fusion)

    def forward(self, images: Tensor) -> Tensor:
        """Maps (N, C, h, w) of float32 (N, 3, side, side), normalised."""
        return torch.as_tensor(self.backbone(images))


def _convolution(channels: int, width: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
