"""Other people's weights to begin with: whose they are is told by their names."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from reid_models.backbones import ResNet
from reid_models.cards import Architecture
from reid_models.errors import FetchFailed, WeightsBroken, WeightsMissing
from reid_models.methods import make_network
from reid_models.methods.tkp import TKP
from reid_models.pretrained import begin_with, fetch_imagenet, imagenet_file, load_torchvision


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """What torchvision names and saves of a narrow ResNet-18, with its classifier."""
    torch.manual_seed(3)
    state = ResNet(18, last_stride=2, width=8).state_dict()
    return {**state, "fc.weight": torch.ones(10, 64), "fc.bias": torch.ones(10)}


def filled(path: Path, weights: dict[str, Tensor]) -> None:
    backbone = ResNet(18, width=8)
    load_torchvision(backbone, path)
    for key, value in backbone.state_dict().items():
        torch.testing.assert_close(value, weights[key])


def test_imagenet_weights_fill_the_backbone(weights: dict[str, Tensor], tmp_path: Path):
    old = {key: value for key, value in weights.items() if "num_batches" not in key}
    save_file(old, tmp_path / "resnet18.safetensors")
    filled(tmp_path / "resnet18.safetensors", weights)
    with pytest.raises(WeightsBroken, match="layer"):
        load_torchvision(ResNet(34, width=8), tmp_path / "resnet18.safetensors")
    with pytest.raises(WeightsMissing, match="not there"):
        load_torchvision(ResNet(18, width=8), tmp_path / "gone.pth")


@pytest.mark.parametrize("prefix", ["", "module.", "base.", "module.backbone."])
@pytest.mark.parametrize("container", [None, "state_dict"])
def test_published_checkpoints_are_known_by_their_names_whatever_stands_before_them(
    prefix: str, container: str | None, weights: dict[str, Tensor], tmp_path: Path
):
    content: dict[str, object] = {prefix + key: value for key, value in weights.items()}
    content["classifier.weight"] = torch.ones(3, 3)
    torch.save({container: content, "epoch": 3} if container else content, tmp_path / "m.pth")
    filled(tmp_path / "m.pth", weights)


class NotTensors:
    """Something whose unpickling would run code."""


@pytest.mark.parametrize("content", [b"", b"cut short", NotTensors(), [1, 2], {"a": 1}])
def test_files_that_hold_no_resnet_are_refused_and_run_nothing(content: object, tmp_path: Path):
    path = tmp_path / "m.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(WeightsBroken, match=r"m\.pth"):
        load_torchvision(ResNet(18, width=8), path)


@pytest.mark.parametrize(
    ("method", "shape"),
    [
        ("baseline", {"head": "pcb"}),
        ("ianet", {"parts": ("sia", "cia"), "stages": (2, 3)}),
        ("sesa", {"parts": ("se", "sa")}),
        ("tkp", {}),
        ("tkp", {"shared_trunk": True}),
    ],
)
def test_every_method_can_begin_with_them(
    method: str, shape: dict[str, object], weights: dict[str, Tensor], tmp_path: Path
):
    save_file(weights, tmp_path / "w.safetensors")
    architecture = Architecture.model_validate({"depth": 18, "width": 8, **shape})
    network = make_network(method, architecture, 16)
    own = {k: v.clone() for k, v in network.state_dict().items() if not k.startswith("backbone")}
    begin_with(network, tmp_path / "w.safetensors")
    conv = network.get_submodule("backbone.layer4.0.conv1").weight
    assert torch.equal(conv, weights["layer4.0.conv1.weight"])
    if isinstance(network, TKP):
        images = torch.randn(2, 3, 32, 16, generator=torch.Generator().manual_seed(0))
        network.eval()
        torch.testing.assert_close(network.frames(images, 2)[0], network(images))
    else:
        assert all(torch.equal(network.state_dict()[key], value) for key, value in own.items())


def test_the_light_pair_goes_on_from_a_trained_baseline(tmp_path: Path):
    generator = torch.Generator().manual_seed(0)
    architecture = Architecture(depth=10, width=8, ibn=True)
    trained = make_network("baseline", architecture, 16)
    for value in trained.state_dict().values():
        if value.is_floating_point():
            value += 0.1 * torch.rand(value.shape, generator=generator)
    save_file(trained.state_dict(), tmp_path / "w.safetensors")
    pair = make_network("tkp", architecture.model_copy(update={"shared_trunk": True}), 16)
    begin_with(pair, tmp_path / "w.safetensors")
    images = torch.randn(4, 3, 32, 16, generator=generator)
    wanted = trained.eval()(images)
    torch.testing.assert_close(pair.eval()(images), wanted, rtol=1e-3, atol=1e-4)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of tmp_path/served on this machine."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_imagenet_weights_are_downloaded_checked_and_kept(
    address: str, weights: dict[str, Tensor], tmp_path: Path
):
    torch.save(weights, tmp_path / "w.pth")
    digest = hashlib.sha256((tmp_path / "w.pth").read_bytes()).hexdigest()[:8]
    name = f"resnet18-{digest}.pth"
    (tmp_path / "w.pth").rename(tmp_path / "served" / name)
    path = fetch_imagenet(18, tmp_path, url=f"{address}/{name}")
    assert path == imagenet_file(tmp_path, 18)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    filled(path, weights)
    assert fetch_imagenet(18, tmp_path, url="http://127.0.0.1:1/never-asked.pth") == path


def test_a_download_that_fails_leaves_nothing_behind(address: str, tmp_path: Path):
    (tmp_path / "served" / "resnet18-01234567.pth").write_bytes(b"something else")
    for file in ("resnet18-01234567.pth", "resnet18-00000000.pth"):
        with pytest.raises(FetchFailed, match="pretrained=FILE"):
            fetch_imagenet(18, tmp_path, url=f"{address}/{file}")
    assert not list((tmp_path / "imagenet").iterdir())
    with pytest.raises(WeightsMissing, match="18, 34, 50"):
        fetch_imagenet(10, tmp_path)
