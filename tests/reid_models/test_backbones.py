"""ResNets with the last stride taken out."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from reid_models.backbones import ResNet


@pytest.mark.parametrize(("depth", "channels"), [(18, 512), (50, 2048)])
def test_the_last_map_is_a_sixteenth_of_the_image(depth: int, channels: int):
    with torch.inference_mode():
        last = ResNet(depth).eval()(torch.zeros(1, 3, 64, 32))
        usual = ResNet(depth, last_stride=2).eval()(torch.zeros(1, 3, 64, 32))
    assert last.shape == (1, channels, 4, 2)
    assert usual.shape == (1, channels, 2, 1)


@pytest.mark.parametrize(
    ("height", "width", "last_stride", "gmacs"),
    [(256, 128, 1, 4.05), (256, 128, 2, 2.67), (384, 128, 1, 6.08), (384, 192, 1, 9.12)],
)
def test_a_resnet_50_costs_what_is_published(
    height: int, width: int, last_stride: int, gmacs: float
):
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = ResNet(50, last_stride=last_stride).eval()
        last = network(torch.empty(1, 3, height, width))
    share = 16 * last_stride
    assert last.shape == (1, 2048, height // share, width // share)
    assert counter.get_total_flops() / 2e9 == pytest.approx(gmacs, abs=0.01)


def test_a_resnet_50_has_as_many_parameters_as_the_paper_says():
    assert sum(parameter.numel() for parameter in ResNet(50).parameters()) == 23_508_032


@pytest.mark.parametrize("depth", [18, 50])
def test_it_computes_what_torchvision_computes_from_the_same_weights(depth: int):
    reference = getattr(torchvision.models, f"resnet{depth}")(weights=None).eval()
    ours = ResNet(depth, last_stride=2).eval()
    state = {k: v for k, v in reference.state_dict().items() if not k.startswith("fc.")}
    ours.load_state_dict(state)
    images = torch.randn(1, 3, 64, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        pooled = ours(images).mean(dim=(2, 3))
        reference.fc = torch.nn.Identity()
        torch.testing.assert_close(pooled, reference(images))
