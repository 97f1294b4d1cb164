"""RDAN: an agent looks at a few windows of the feature map, one after another (Wang et al., 2020).

    trunk:    X = stage 3's map;  g = mean of stage 4's;  g0 = ReLU(BN(W g))
    memory:   (h_0, c_0) = tanh(W g0);  h_t, c_t = LSTM(glimpse_t, h_{t-1}, c_{t-1})
    glimpse:  a window of half of X's height and width, centred by l_t in -1…1 (x, y)
              what = mean of two convolutions of it;  where = two layers on l_t
              glimpse_t = ReLU(W_a what + W_b where + W_c g0)
    locator:  μ_t = tanh(two layers on h_{t-1});  l_t ~ N(μ_t, σ²), held within -1…1

In training l_t is drawn and the locator learns by REINFORCE (`reid_models.glimpse_rewards`): no
gradient enters it through the window, and none leaves it towards the memory. When serving l_t is
μ_t, always the same. Served is an embedding of g and h_T, both scaled to length 1 and set end to
end; which of them the paper compares is not known.

The paper (ICPR 2020) and its code could not be had: windows, sizes and T = 4 are a reconstruction
in the family of recurrent attention models (Mnih et al., 2014). The value that is subtracted from
returns is told from h_{t-1}, before the glimpse; told from h_t it would depend on the action.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.cards import Architecture
from reid_models.methods.baseline import BaselineFeatures, embedding

__all__ = ["RDAN", "Looks", "crop_windows", "window_size"]

Draw = Callable[[int, Tensor], Tensor]
"""From the step (from 0) and the means μ (N, 2) to where to look (N, 2); may leave -1…1."""
_HIDDEN = 128


class Looks(NamedTuple):
    """What the agent saw and did on N images in T steps."""

    pooled: Tensor
    """g (N, channels)."""
    states: Tensor
    """h_0 to h_T (T + 1, N, memory)."""
    means: Tensor
    """μ_1 to μ_T (T, N, 2), each told from the state before it."""
    places: Tensor
    """l_1 to l_T (T, N, 2) as drawn, before they are held within -1…1."""


def window_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of a window on a map of this size: half of each."""
    return max(1, height // 2), max(1, width // 2)


def crop_windows(maps: Tensor, places: Tensor, size: tuple[int, int]) -> Tensor:
    """Windows (N, C, *size) of maps (N, C, H, W), bilinear between cells.

    Args:
        maps: feature maps.
        places: (N, 2), x then y: -1 is as far left or up as a window fits, 1 as far right or down.
        size: rows and columns of the windows.
    """
    shares = [size[1] / maps.shape[3], size[0] / maps.shape[2]]
    across, down = (
        (2 * torch.arange(count, device=maps.device) + 1) / count - 1 for count in size[::-1]
    )
    x = places[:, :1] * (1 - shares[0]) + across * shares[0]
    y = places[:, 1:] * (1 - shares[1]) + down * shares[1]
    grid = torch.stack(
        [x[:, None].expand(-1, size[0], -1), y[:, :, None].expand(-1, -1, size[1])], dim=3
    )
    return nnf.grid_sample(maps, grid.to(maps.dtype), align_corners=False)


class _Glimpse(nn.Module):
    """What a window shows and where it lies, together with the whole."""

    def __init__(self, channels: int, memory: int) -> None:
        super().__init__()
        self.what = nn.Sequential(
            nn.Conv2d(channels, memory, 1, bias=False),
            nn.BatchNorm2d(memory),
            nn.ReLU(),
            nn.Conv2d(memory, memory, 3, padding=1, bias=False),
            nn.BatchNorm2d(memory),
            nn.ReLU(),
        )
        self.where = nn.Sequential(nn.Linear(2, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, memory))
        self.by_what = nn.Linear(memory, memory)
        self.by_where = nn.Linear(memory, memory, bias=False)
        self.by_whole = nn.Linear(memory, memory, bias=False)

    def forward(self, maps: Tensor, places: Tensor, whole: Tensor) -> Tensor:
        windows = crop_windows(maps, places, window_size(maps.shape[2], maps.shape[3]))
        what = self.by_what(self.what(windows).mean(dim=(2, 3)))
        return torch.relu(what + self.by_where(self.where(places)) + self.by_whole(whole))


class _Memory(nn.Module):
    """An LSTM cell of two plain layers, which every runtime computes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.start = nn.Linear(size, 2 * size)
        self.seen = nn.Linear(size, 4 * size)
        self.known = nn.Linear(size, 4 * size, bias=False)

    def begin(self, whole: Tensor) -> tuple[Tensor, Tensor]:
        state, cell = self.start(whole).tanh().chunk(2, dim=1)
        return state, cell

    def forward(self, glimpse: Tensor, state: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        gates = self.seen(glimpse) + self.known(state)
        enter, keep, new, tell = gates.chunk(4, dim=1)
        cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
        return tell.sigmoid() * cell.tanh(), cell


class RDAN(nn.Module):
    """ResNet, glimpses, memory, locator, embedding. Classifiers and values live in training."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `glimpses` (T), `memory` (length of h) and `policy` besides the
                backbone's. `random` and `centre` are the controls: windows anywhere, and always in
                the middle. When serving, random windows are the same few for every image.
            dimension: length of the served vector.
        """
        super().__init__()
        self.glimpses, self.policy = architecture.glimpses, architecture.policy
        self.backbone = ResNet(architecture.depth, width=architecture.width, ibn=architecture.ibn)
        channels, memory = self.backbone.channels, architecture.memory
        self.whole = nn.Sequential(
            nn.Linear(channels, memory, bias=False), nn.BatchNorm1d(memory), nn.ReLU()
        )
        self.glimpse = _Glimpse(channels // 2, memory)
        self.memory = _Memory(memory)
        self.locator: nn.Module | None = None
        if self.policy == "learnt":
            self.locator = nn.Sequential(
                nn.Linear(memory, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 2), nn.Tanh()
            )
        drawn = torch.rand(self.glimpses, 2, generator=torch.Generator().manual_seed(0))
        fixed = 2 * drawn - 1 if self.policy == "random" else torch.zeros(self.glimpses, 2)
        self.fixed: Tensor
        self.register_buffer("fixed", fixed, persistent=False)
        self.embedding = embedding(channels + memory, dimension)

    def look(self, images: Tensor, draw: Draw | None = None) -> Looks:
        """Look at float32 (N, 3, H, W).

        Args:
            images: normalised.
            draw: where to look, given the means; None: at the means themselves.
        """
        x = self.backbone.stem(images)
        for stage in (1, 2, 3):
            x = self.backbone.stage(stage)(x)
        pooled = self.backbone.stage(4)(x).mean(dim=(2, 3))
        whole = self.whole(pooled)
        state, cell = self.memory.begin(whole)
        states, means, places = [state], [], []
        for step in range(self.glimpses):
            mean = self._mean(step, state.detach())
            place = mean if draw is None else draw(step, mean)
            place = place.detach()
            glimpse = self.glimpse(x, place.clamp(-1.0, 1.0), whole)
            state, cell = self.memory(glimpse, state, cell)
            states.append(state)
            means.append(mean)
            places.append(place)
        return Looks(pooled, torch.stack(states), torch.stack(means), torch.stack(places))

    def _mean(self, step: int, state: Tensor) -> Tensor:
        if self.locator is None:
            return self.fixed[step].expand(len(state), 2)
        return torch.as_tensor(self.locator(state))

    def pooled(self, looks: Looks) -> BaselineFeatures:
        """What is compared; `evaluation` is g and h_T, each of length 1, end to end."""
        sides = (nnf.normalize(looks.pooled, dim=1), nnf.normalize(looks.states[-1], dim=1))
        evaluation = torch.cat(sides, dim=1)
        return BaselineFeatures(looks.pooled, evaluation, self.embedding(evaluation))

    def features(self, images: Tensor) -> BaselineFeatures:
        """All features of float32 (N, 3, H, W), looking at the means."""
        return self.pooled(self.look(images))

    def forward(self, images: Tensor) -> Tensor:
        """The served vectors (N, dimension) of float32 (N, 3, H, W), not normalised."""
        return self.features(images).served
