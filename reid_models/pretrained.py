"""Weights to begin with: state dicts of ResNets that others trained, with torchvision's names.

One importer for all of them: ImageNet weights of torchvision, and published re-ID checkpoints whose
backbone is such a ResNet under a prefix. What is not the backbone (classifiers, necks) is passed
over. Files that torch saved are read with its restricted loader, which makes tensors and runs no
code.
"""

from __future__ import annotations

import pickle
import urllib.error
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.checkpoints import load_into, read_weights
from reid_models.errors import FetchFailed, WeightsBroken, WeightsMissing
from reid_models.methods.tkp import TKP

__all__ = ["IMAGENET_DEPTHS", "begin_with", "fetch_imagenet", "imagenet_file", "load_torchvision"]

IMAGENET_DEPTHS = (18, 34, 50)
_CONTAINERS = ("state_dict", "model", "model_state_dict", "net")
_PREFIXES = ("module.", "model.", "base.", "backbone.", "encoder.", "base_model.", "feature.")
_TRUNK = ("conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4.")


def begin_with(network: nn.Module, path: Path) -> None:
    """Fill the backbone of a method's network, both branches' of TKP, from a state dict.

    A TKP that begins with a baseline of ours and the same vector computes the baseline's vectors.

    Args:
        network: of any method that has a ResNet called `backbone`.
        path: see `load_torchvision`.

    Raises:
        WeightsMissing, WeightsBroken: see `load_torchvision`.
    """
    backbone = network.backbone
    assert isinstance(backbone, ResNet)
    load_torchvision(backbone, path)
    if isinstance(network, TKP):
        if network.shared:
            network.video_stage4.load_state_dict(backbone.stage(4).state_dict())
        else:
            network.video_backbone.load_state_dict(backbone.state_dict())
        _take_necks_in(network.embedding, _read(path, type(network).__name__))


def _take_necks_in(embedding: nn.Module, found: Mapping[str, Tensor]) -> None:
    """Neck, linear map, neck of a trained `Baseline` as the one affine map that they are."""
    if "embedding.0.weight" not in found or not isinstance(embedding, nn.Linear):
        return
    if found["embedding.0.weight"].shape != embedding.weight.shape:
        return
    scale, shift = _affine(found, "neck.")
    scale_after, shift_after = _affine(found, "embedding.1.")
    weight = found["embedding.0.weight"].float()
    with torch.no_grad():
        embedding.weight.copy_(scale_after[:, None] * weight * scale)
        embedding.bias.copy_(scale_after * (weight @ shift) + shift_after)


def _affine(found: Mapping[str, Tensor], prefix: str) -> tuple[Tensor, Tensor]:
    """What a trained batch normalisation multiplies by and adds."""
    part = {key: found[prefix + key].float() for key in ("weight", "bias")}
    mean, variance = (found[f"{prefix}running_{key}"].float() for key in ("mean", "var"))
    scale = part["weight"] / (variance + nn.BatchNorm1d(1).eps).sqrt()
    return scale, part["bias"] - scale * mean


def load_torchvision(backbone: ResNet, path: Path) -> None:
    """Load a state dict with torchvision's key names into a backbone.

    What a method put into the backbone (SE, SIA, CIA, self-attention) keeps its own start; a
    missing count of batches is taken as 0.

    Args:
        backbone: the network to fill, of the same depth, width and kind of normalisation.
        path: safetensors, or a .pth, .pt or .tar that torch saved.

    Raises:
        WeightsMissing: there is no such file.
        WeightsBroken: it is damaged, or of another network.
    """
    name = f"pretrained weights for {type(backbone).__name__}"
    found = _trunk(_read(path, name))
    if not found:
        raise WeightsBroken(
            f"{path} holds no ResNet with torchvision's names (conv1.weight, layer1.0.…). Give a "
            "state dict of one.",
            name=name,
        )
    own = backbone.state_dict()
    for key, value in own.items():
        if key.endswith("num_batches_tracked"):
            found.setdefault(key, torch.tensor(0))
        elif ".residual." in key or key.startswith("after."):
            found[key] = value
    load_into(backbone, found, name=name, path=path)


def _read(path: Path, name: str) -> Mapping[str, Tensor]:
    if path.suffix == ".safetensors" or not path.is_file():
        return read_weights(path, name)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise WeightsBroken(
            f"{path} is damaged, or holds more than tensors ({why}). Give a state dict: what "
            "torch.save(network.state_dict(), FILE) writes.",
            name=name,
        ) from error
    for container in _CONTAINERS:
        if isinstance(content, dict) and isinstance(content.get(container), dict):
            content = content[container]
    if not isinstance(content, dict):
        return {}
    return {key: value for key, value in content.items() if isinstance(value, Tensor)}


def _trunk(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The ResNet's own tensors, without the prefix under which they were saved."""
    found: dict[str, Tensor] = {}
    for key, value in tensors.items():
        short = key
        while prefix := next((p for p in _PREFIXES if short.startswith(p)), ""):
            short = short.removeprefix(prefix)
        if short.startswith(_TRUNK):
            found.setdefault(short, value)
    return found


def imagenet_file(folder: Path, depth: int) -> Path:
    """Where `fetch_imagenet` puts the weights of a ResNet of this depth."""
    return folder / "imagenet" / f"resnet{depth}.safetensors"


def fetch_imagenet(depth: int, folder: Path, url: str | None = None) -> Path:
    """Download torchvision's ImageNet weights (its first version); call only after the user's yes.

    Args:
        depth: one of `IMAGENET_DEPTHS`.
        folder: see `imagenet_file`.
        url: another address of the same file; its name must end with -, eight digits of the
            SHA-256, .pth, as torchvision's do.

    Returns:
        The file, converted to safetensors; one that is there already is left alone.

    Raises:
        WeightsMissing: there are none for this depth.
        FetchFailed: the address did not answer, or sent something else.
    """
    name = f"resnet{depth}"
    if depth not in IMAGENET_DEPTHS:
        raise WeightsMissing(
            f"There are no ImageNet weights for a ResNet-{depth}. Choose depth "
            f"{', '.join(map(str, IMAGENET_DEPTHS))}.",
            name=name,
        )
    target = imagenet_file(folder, depth)
    if target.is_file():
        return target
    address = url or _address(depth)
    target.parent.mkdir(parents=True, exist_ok=True)
    arrived = target.with_suffix(".pth")
    try:
        digits = address.rsplit("-", 1)[-1].removesuffix(".pth")
        torch.hub.download_url_to_file(address, str(arrived), hash_prefix=digits, progress=False)
    except (urllib.error.URLError, OSError, RuntimeError) as error:
        raise FetchFailed(
            f"{address} could not be fetched ({error}). Try again later, or download it elsewhere "
            "and give its path: --recipe pretrained=FILE",
            name=name,
        ) from error
    unfinished = target.with_suffix(".tmp")
    tensors = {key: value.contiguous() for key, value in _read(arrived, name).items()}
    save_file(tensors, unfinished, metadata={"source": address})
    unfinished.replace(target)
    arrived.unlink()
    return target


def _address(depth: int) -> str:
    from torchvision import models

    weights = getattr(models, f"ResNet{depth}_Weights")
    return str(weights.IMAGENET1K_V1.url)
