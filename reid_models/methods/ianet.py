"""IANet: interaction and aggregation within a map (Hou et al., CVPR 2019, arXiv 1907.08435).

Two blocks follow each other after a stage. SIA mixes positions that look alike and lie near each
other, so that a feature follows its body part; CIA mixes channels that answer alike. Both add to
what comes in, through a batch normalisation that starts at zero: at first nothing changes.

    a_K(i, j) = Σ over the offsets k of a K×K patch of x_{i+k} · x_{j+k} / √(C·K²)
    S = rows of (location · Π_K softmax_j a_K), scaled to sum to 1       Z   = X + BN(S X)
    R = softmax over channels n of (f_m · f_n / √positions)              out = Z + BN(R F)

Where paper and released code differ or are silent: the product is scaled to sum to 1 (the code's
second softmax makes every row uniform); both dot products are scaled (unscaled, the softmax picks a
single channel); the Gaussian's widths are shares of the map that give the code's values at 256×128.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models.cards import Architecture
from reid_models.methods.baseline import Baseline

__all__ = ["ChannelInteraction", "IANet", "SpatialInteraction", "location_relation"]

REACH = 0.625
"""The Gaussian's deviation as a share of the map: 20 rows of 32 and 10 columns of 16."""


def location_relation(
    height: int, width: int, *, reach_y: float = REACH, reach_x: float = REACH, device: str = "cpu"
) -> Tensor:
    """How much each position minds each other one by distance: (H·W, H·W), rows sum to 1.

    Args:
        height: rows of the map.
        width: columns of the map.
        reach_y: the Gaussian's deviation down the map, as a share of its height.
        reach_x: the same along it.
        device: where to make it.
    """
    rows = torch.arange(height, device=device).float() / (reach_y * height)
    columns = torch.arange(width, device=device).float() / (reach_x * width)
    apart_y = (rows[:, None] - rows[None]).square()[:, None, :, None]
    apart_x = (columns[:, None] - columns[None]).square()[None, :, None, :]
    logits = -0.5 * (apart_y + apart_x).reshape(height * width, height * width)
    return logits.softmax(dim=1)


class SpatialInteraction(nn.Module):
    """SIA: every position becomes itself plus a mean over those that look alike and are near."""

    def __init__(
        self,
        channels: int,
        *,
        patches: tuple[int, ...] = (1,),
        reach_y: float = REACH,
        reach_x: float = REACH,
    ) -> None:
        """Start as the identity.

        Args:
            channels: of the map.
            patches: odd sizes K of the patches compared; the maps of several are multiplied.
            reach_y: see `location_relation`.
            reach_x: likewise.
        """
        super().__init__()
        self.patches, self.reach_y, self.reach_x = patches, reach_y, reach_x
        self.bn = _silent(channels)

    def relation(self, x: Tensor) -> Tensor:
        """S (N, P, P) of a map (N, C, H, W) or (N, C, T, H, W); P positions, rows sum to 1."""
        frames, (height, width) = _frames(x), x.shape[-2:]
        logits = location_relation(
            height, width, reach_y=self.reach_y, reach_x=self.reach_x, device=str(x.device)
        ).log()
        time = len(frames) // len(x)
        # A frame has no place: position alone counts between the frames of a clip.
        logits = logits.repeat(time, time)[None]
        for size in self.patches:
            parts = nn.functional.unfold(frames, size, padding=size // 2)
            parts = parts.unflatten(0, (len(x), time)).transpose(1, 2).flatten(2)
            logits = logits + parts.transpose(1, 2) @ parts * (x.shape[1] * size * size) ** -0.5
        # Multiplying softmaxes and scaling rows to 1 is one softmax over the summed logits.
        return logits.softmax(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """A map of the same shape."""
        flat = x.flatten(2)
        mixed = (flat @ self.relation(x).transpose(1, 2)).reshape(x.shape)
        return x + self.bn(mixed.flatten(2)).reshape(x.shape)


class ChannelInteraction(nn.Module):
    """CIA: every channel becomes itself plus a mean over those that answer alike."""

    def __init__(self, channels: int, *, scaled: bool = True) -> None:
        """Start as the identity.

        Args:
            channels: of the map.
            scaled: divide the dot products by √positions; the paper does not.
        """
        super().__init__()
        self.scaled = scaled
        self.bn = _silent(channels)

    def relation(self, x: Tensor) -> Tensor:
        """R (N, C, C) of a map (N, C, …); rows sum to 1."""
        flat = x.flatten(2)
        logits = flat @ flat.transpose(1, 2)
        return (logits * flat.shape[2] ** -0.5 if self.scaled else logits).softmax(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """A map of the same shape."""
        return x + self.bn(self.relation(x) @ x.flatten(2)).reshape(x.shape)


class IANet(Baseline):
    """The baseline with SIA and CIA after some of its stages; a neck with a shift of its own."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `stages` names the stages (2 and 3 in the paper), `parts` what stands
                after each: sia, cia or both.
            dimension: length of the served vector.
        """
        super().__init__(
            architecture.depth, dimension, width=architecture.width, ibn=architecture.ibn
        )
        assert isinstance(self.neck, nn.BatchNorm1d)
        self.neck.bias.requires_grad_(True)
        for stage in architecture.stages:
            channels = self.backbone.channels >> (4 - stage)
            blocks: list[nn.Module] = []
            if "sia" in architecture.parts:
                blocks.append(SpatialInteraction(channels, patches=architecture.patches))
            if "cia" in architecture.parts:
                blocks.append(ChannelInteraction(channels, scaled=architecture.scaled_channels))
            self.backbone.after[f"stage{stage}"] = nn.Sequential(*blocks)

    def relations(self, images: Tensor, stage: int) -> tuple[Tensor, Tensor]:
        """Where the features of a stage come from, in one pass.

        Args:
            images: float32 (N, 3, H, W).
            stage: a stage with SIA after it.

        Returns:
            The backbone's last map (N, C, H/16, W/16), and the stage's relation (N, h, w, h, w):
            for each position of its map the shares of all positions, which sum to 1.
        """
        seen: list[Tensor] = []
        block = self.backbone.after[f"stage{stage}"]
        assert isinstance(block, nn.Sequential)
        first = block[0]
        assert isinstance(first, SpatialInteraction)
        hook = first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        try:
            with torch.inference_mode():
                last = self.backbone(images)
                size = seen[0].shape[-2:]
                return last, first.relation(seen[0]).reshape(-1, *size, *size)
        finally:
            hook.remove()


def _frames(x: Tensor) -> Tensor:
    """(N, C, H, W) as it is; (N, C, T, H, W) → (N·T, C, H, W)."""
    return x if x.dim() == 4 else x.transpose(1, 2).flatten(0, 1)


def _silent(channels: int) -> nn.BatchNorm1d:
    bn = nn.BatchNorm1d(channels)
    nn.init.zeros_(bn.weight)
    return bn
