"""ResNet 10, 18, 34 and 50 with the last stride taken out, keyed like torchvision's.

He et al., Deep Residual Learning for Image Recognition, 2015, in the form torchvision made common:
the stride of a bottleneck sits on its 3×3 convolution. For re-ID the last stage keeps its
resolution (Luo et al., 2019): stride 1 in its first block, both in the 3×3 convolution and in the
shortcut. Weights trained with stride 2 load unchanged. `load_torchvision` in
`reid_models.pretrained` brings ImageNet weights.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

__all__ = ["Depth", "ResNet"]

Depth = Literal[10, 18, 34, 50]


class InstanceBatchNorm(nn.Module):
    """Instance normalisation of the first half of the channels, batch normalisation of the rest.

    Pan et al., Two at Once: IBN-Net, 2018 (its form a): what a camera does to colour and contrast
    is taken out of one half, what tells people apart is kept in the other.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.instances = channels // 2
        self.instance = nn.InstanceNorm2d(self.instances, affine=True)
        self.batch = nn.BatchNorm2d(channels - self.instances)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) → the same shape."""
        first, second = x[:, : self.instances], x[:, self.instances :]
        return torch.cat([self.instance(first.contiguous()), self.batch(second)], dim=1)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut.

    Attributes:
        channels: of what it gives.
        residual: applied to what is added to the shortcut; nothing here, SE in SE + SA.
    """

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int, ibn: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = InstanceBatchNorm(width) if ibn else nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(channels, width, stride)
        self.channels = width
        self.residual: nn.Module = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) → (N, width, H / stride, W / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.residual(self.bn2(self.conv2(y)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 convolutions and a shortcut; gives 4 · width channels.

    Attributes:
        channels: of what it gives.
        residual: applied to what is added to the shortcut; nothing here, SE in SE + SA.
    """

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int, ibn: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = InstanceBatchNorm(width) if ibn else nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.downsample = _shortcut(channels, width * 4, stride)
        self.channels = width * 4
        self.residual: nn.Module = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) → (N, 4 · width, H / stride, W / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.residual(self.bn3(self.conv3(y)))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


def _shortcut(channels: int, wanted: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels == wanted:
        return None
    return nn.Sequential(nn.Conv2d(channels, wanted, 1, stride, bias=False), nn.BatchNorm2d(wanted))


_LAYOUTS: dict[int, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, int, int, int]]] = {
    10: (BasicBlock, (1, 1, 1, 1)),
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
}


class ResNet(nn.Module):
    """A ResNet without its classifier.

    Attributes:
        after: what follows a stage, by "stage1" to "stage4"; empty here, filled by methods.
        channels: of the last stage's map: 8 · width (depths 10 to 34) or 32 · width (50).
    """

    def __init__(
        self,
        depth: Depth,
        *,
        last_stride: Literal[1, 2] = 1,
        width: int = 64,
        ibn: bool = False,
    ) -> None:
        """Build with random weights (He initialisation).

        Args:
            depth: 10, 18, 34 or 50.
            last_stride: stride of the last stage; 1 for re-ID, 2 as on ImageNet.
            width: channels of the first stage, doubled by each stage after it.
            ibn: instance normalisation in half the channels of the first three stages.
        """
        super().__init__()
        block, counts = _LAYOUTS[depth]
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = width
        for stage, (count, stride) in enumerate(
            zip(counts, (1, 2, 2, last_stride), strict=True), 1
        ):
            inner = width * 2 ** (stage - 1)
            blocks = []
            for index in range(count):
                blocks.append(
                    block(channels, inner, stride if index == 0 else 1, ibn and stage < 4)
                )
                channels = inner * block.expansion
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.channels = channels
        self.after = nn.ModuleDict()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stem(self, images: Tensor) -> Tensor:
        """What comes before the first stage: float32 (N, 3, H, W) → (N, width, H/4, W/4)."""
        return self.maxpool(torch.relu(self.bn1(self.conv1(images))))

    def stage(self, number: int) -> nn.Sequential:
        """The blocks of stage 1 to 4."""
        blocks = self.get_submodule(f"layer{number}")
        assert isinstance(blocks, nn.Sequential)
        return blocks

    def forward(self, images: Tensor) -> Tensor:
        """float32 (N, 3, H, W) → (N, channels, H/16, W/16), or H/32, W/32 with last_stride 2."""
        x = self.stem(images)
        for stage in (1, 2, 3, 4):
            x = self.stage(stage)(x)
            if f"stage{stage}" in self.after:
                x = self.after[f"stage{stage}"](x)
        return x
