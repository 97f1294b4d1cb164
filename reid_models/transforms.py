"""Training crops to network inputs: batches at once, each crop changed in its own way.

Everything is drawn from a generator that the caller seeds, and runs on whatever device the crops
are on. Domain generalisation needs strong changes of what a camera changes (colour, sharpness,
distance, what stands in the way) and none of what makes a person.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor
from torchvision.transforms.v2 import functional as vision

from reid_models.recipes import Augmentation

__all__ = ["IMAGENET_MEAN", "IMAGENET_STD", "augment", "clean"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_TRIES = 100
_LUMA = (0.299, 0.587, 0.114)


def clean(crops: Tensor, height: int, width: int) -> Tensor:
    """Resize and normalise without changing anything: uint8 (N, 3, H, W) → float32.

    Channels after the third are masks: resized only, 0–1.
    """
    images = crops.float() / 255.0
    if images.shape[2:] != (height, width):
        images = vision.resize(images, [height, width], antialias=True)
    return torch.cat([_normalised(images[:, :3]), images[:, 3:]], dim=1)


def augment(
    crops: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    *,
    height: int,
    width: int,
    frames: int = 1,
) -> Tensor:
    """Change crops at random, resize and normalise them.

    Args:
        crops: uint8 RGB (N, 3, H, W), all of one size; channels after the third are masks, moved
            with their crop, and 0 where something is pasted over it.
        settings: which changes, and how strong.
        generator: on the CPU; the same state gives the same result.
        height: of the result.
        width: of the result.
        frames: so many crops in a row are one tracklet and are changed alike.

    Returns:
        float32 (N, 3, height, width), normalised by ImageNet's mean and deviation. What lies
        outside a picture, and what is erased, is the mean colour. Masks come after it, 0–1.
    """
    draw = _Draw(len(crops) // frames, frames, generator, crops.device)
    masks = crops[:, 3:].float() / 255.0
    images = _resolution(crops[:, :3].float() / 255.0, settings.resolution, draw)
    images = _blur(images, settings.blur, draw)
    images = _colour(images, settings, draw)
    images = torch.cat([_normalised(images), masks], dim=1)
    images = _geometry(images, settings, draw, height, width)
    images = _occlude(images, settings.occlusion, draw)
    return torch.cat([_erase(images[:, :3], settings.erase, draw), images[:, 3:]], dim=1)


class _Draw:
    """Random numbers of a batch: one a tracklet, repeated for each of its frames."""

    def __init__(
        self, groups: int, frames: int, generator: torch.Generator, device: torch.device
    ) -> None:
        self._groups, self._frames, self._generator = groups, frames, generator
        self._device = device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(N, *shape) uniform numbers."""
        values = torch.rand((self._groups, *shape), generator=self._generator)
        return (low + (high - low) * values).repeat_interleave(self._frames, 0).to(self._device)

    def chance(self, share: float) -> Tensor:
        """(N,) bool, true for this share of the batch on average."""
        return self.uniform(0.0, 1.0) < share

    def others(self) -> Tensor:
        """(N,) indices of other crops: those of the next tracklets in a random order."""
        order = torch.randperm(self._groups, generator=self._generator)
        partner = torch.empty_like(order)
        partner[order] = order.roll(1)
        frames = torch.arange(self._frames)
        return (partner[:, None] * self._frames + frames).flatten().to(self._device)


def _normalised(images: Tensor) -> Tensor:
    mean = torch.tensor(IMAGENET_MEAN, device=images.device)[:, None, None]
    return (images - mean) / torch.tensor(IMAGENET_STD, device=images.device)[:, None, None]


def _resolution(images: Tensor, share: float, draw: _Draw) -> Tensor:
    """As if seen from up to four times as far away."""
    if not share:
        return images
    chosen, scales = draw.chance(share), draw.uniform(0.25, 0.8)
    size = list(images.shape[2:])
    images = images.clone()
    for index in chosen.nonzero()[:, 0].tolist():
        smaller = [max(4, round(side * float(scales[index]))) for side in size]
        small = vision.resize(images[index], smaller, antialias=True)
        images[index] = vision.resize(small, size, antialias=True)
    return images


def _blur(images: Tensor, share: float, draw: _Draw) -> Tensor:
    if not share:
        return images
    chosen, sigmas = draw.chance(share), draw.uniform(0.3, 1.8)
    images = images.clone()
    for index in chosen.nonzero()[:, 0].tolist():
        images[index] = vision.gaussian_blur(images[index], [5, 5], [float(sigmas[index])])
    return images


def _colour(images: Tensor, settings: Augmentation, draw: _Draw) -> Tensor:
    luma = torch.tensor(_LUMA, device=images.device)[:, None, None]
    if settings.colour:
        low, high = 1.0 - settings.colour, 1.0 + settings.colour
        brightness, contrast, saturation = (draw.uniform(low, high, 1, 1, 1) for _ in range(3))
        images = images * brightness
        middle = (images * luma).sum(dim=1, keepdim=True).mean(dim=(2, 3), keepdim=True)
        images = middle + (images - middle) * contrast
        grey = (images * luma).sum(dim=1, keepdim=True)
        images = (grey + (images - grey) * saturation).clamp(0.0, 1.0)
    if settings.camera_style:
        styled = images.clamp(min=1e-4) ** draw.uniform(0.6, 1.6, 1, 1, 1)
        styled = (styled * draw.uniform(0.75, 1.25, 3, 1, 1)).clamp(0.0, 1.0)
        images = _where(draw.chance(settings.camera_style), styled, images)
    if settings.grey:
        grey = (images * luma).sum(dim=1, keepdim=True).expand_as(images)
        images = _where(draw.chance(settings.grey), grey, images)
    return images


def _geometry(
    images: Tensor, settings: Augmentation, draw: _Draw, height: int, width: int
) -> Tensor:
    """Flip, shift, rotate, zoom and resize in one sampling."""
    flip = torch.where(draw.chance(settings.flip), -1.0, 1.0)
    angle = draw.uniform(-settings.rotation, settings.rotation) * (math.pi / 180)
    zoom = draw.uniform(1.0 - settings.zoom, 1.0 + settings.zoom)
    # As many pixels in both directions; a grid's side is 2 whatever its length.
    reach = 2.0 * settings.shift
    aspect = images.shape[2] / images.shape[3]
    cos, sin = angle.cos() / zoom, angle.sin() / zoom
    theta = torch.stack(
        [
            torch.stack([flip * cos, -sin * aspect, draw.uniform(-reach, reach) * aspect], 1),
            torch.stack([flip * sin / aspect, cos, draw.uniform(-reach, reach)], 1),
        ],
        dim=1,
    )
    grid = nnf.affine_grid(theta, [len(images), 3, height, width], align_corners=False)
    return nnf.grid_sample(images, grid, align_corners=False)


def _occlude(images: Tensor, share: float, draw: _Draw) -> Tensor:
    """Something else in the way: a part of another crop, from one side or from below."""
    if not share:
        return images
    height, width = images.shape[2:]
    high = draw.uniform(0.15, 0.5) * height
    wide = draw.uniform(0.2, 0.6) * width
    top = draw.uniform(0.3, 1.0) * (height - high)
    left = torch.where(draw.chance(0.5), torch.zeros_like(wide), width - wide)
    mask = _rectangles(images, top, left, high, wide) & _per_crop(draw.chance(share))
    others = images[draw.others()]
    others[:, 3:] = 0.0
    return torch.where(mask, others, images)


def _erase(images: Tensor, share: float, draw: _Draw) -> Tensor:
    """Random erasing (Zhong et al., 2017): 2–40 % of the area, sides 0.3 to 3.33 to one."""
    if not share:
        return images
    height, width = images.shape[2:]
    area = draw.uniform(0.02, 0.4, _TRIES) * height * width
    ratio = draw.uniform(0.3, 1.0 / 0.3, _TRIES)
    high, wide = (area * ratio).sqrt(), (area / ratio).sqrt()
    fits = (high < height) & (wide < width)
    first = fits.float().argmax(dim=1, keepdim=True)
    high, wide = high.gather(1, first)[:, 0], wide.gather(1, first)[:, 0]
    top = draw.uniform(0.0, 1.0) * (height - high)
    left = draw.uniform(0.0, 1.0) * (width - wide)
    chosen = draw.chance(share) & fits.any(dim=1)
    mask = _rectangles(images, top, left, high, wide) & _per_crop(chosen)
    return images.masked_fill(mask, 0.0)


def _rectangles(images: Tensor, top: Tensor, left: Tensor, high: Tensor, wide: Tensor) -> Tensor:
    """(N, 1, H, W) bool: inside each crop's rectangle."""
    rows = torch.arange(images.shape[2], device=images.device)[None, :]
    columns = torch.arange(images.shape[3], device=images.device)[None, :]
    inside_rows = (rows >= top[:, None].floor()) & (rows < (top + high)[:, None].floor())
    inside_columns = (columns >= left[:, None].floor()) & (columns < (left + wide)[:, None].floor())
    return (inside_rows[:, :, None] & inside_columns[:, None, :])[:, None]


def _per_crop(values: Tensor) -> Tensor:
    return values[:, None, None, None]


def _where(chosen: Tensor, changed: Tensor, images: Tensor) -> Tensor:
    return torch.where(_per_crop(chosen), changed, images)
