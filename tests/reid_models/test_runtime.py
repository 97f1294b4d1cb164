"""Sessions: order, devices, broken files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_models.cards import ModelCard, ModelFile
from reid_models.errors import DeviceUnavailable, WeightsBroken
from reid_models.runtime import (
    TorchSession,
    choose_torch_device,
    open_session,
    open_torch_session,
)

from .conftest import MakeCard


def test_openvino_gives_vectors_in_the_order_of_the_images(
    mean_colour_model: ModelCard, tmp_path: Path
):
    folder = tmp_path / "mean-colour"
    session = open_session(mean_colour_model, (folder / "m.xml", folder / "m.bin"))
    levels = np.arange(40, dtype=np.float32)
    batch = np.ones((40, 3, 8, 4), np.float32) * levels[:, None, None, None]
    np.testing.assert_allclose(session.infer(batch), np.repeat(levels[:, None], 3, 1), rtol=0.01)
    assert session.infer(batch[:0]).shape == (0, 3)


def test_torch_gives_the_same_whatever_the_batch():
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    session = TorchSession(module, "cpu", 3)
    images = np.random.default_rng(0).normal(size=(130, 3, 8, 4)).astype(np.float32)
    np.testing.assert_allclose(session.infer(images), images.mean(axis=(2, 3)), atol=1e-6)
    assert session.infer(images[:0]).shape == (0, 3)
    assert session.device == "cpu, torch float32"


def test_half_precision_says_so_and_stays_close():
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )
    images = np.random.default_rng(0).normal(size=(5, 3, 8, 4)).astype(np.float32)
    plain, half = (TorchSession(module, "cpu", 8, p) for p in ("float32", "bf16"))
    assert (plain.device, half.device) == ("cpu, torch float32", "cpu, torch bf16")
    assert half.infer(images).dtype == np.float32
    assert not np.array_equal(half.infer(images), plain.infer(images))
    np.testing.assert_allclose(half.infer(images), plain.infer(images), atol=0.02)


@pytest.mark.parametrize(("error", "precision"), [(0.0, "bf16"), (1.0, "float32")])
def test_a_gpu_computes_in_half_precision_only_where_that_gives_the_same_vectors(
    error: float, precision: str, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
):
    class Noisy(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            vectors = images.mean(dim=(2, 3)) + 1
            halved = torch.is_autocast_enabled("cpu")
            return vectors * torch.tensor([1.0, 1.0, 1.0 + error * halved])

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    # Stands in for a GPU: torch's CPU by another of its names.
    session = open_torch_session(Noisy(), "cpu:0", make_card())
    assert session.device == f"cpu:0, torch {precision}"


@pytest.mark.parametrize(
    ("cuda_devices", "asked", "expected"),
    [(0, "auto", "cpu"), (2, "auto", "cuda:0"), (2, "cpu", "cpu"), (2, "cuda:1", "cuda:1")],
)
def test_a_gpu_is_used_without_being_asked_for(
    cuda_devices: int, asked: str, expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda_devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda_devices)
    assert choose_torch_device(asked) == expected


@pytest.mark.parametrize("asked", ["cuda", "cuda:0", "cuda:-1", "cuda:x", "gpu", "cuda:", ""])
def test_a_device_that_is_not_here_is_an_error(asked: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceUnavailable):
        choose_torch_device(asked)


def test_a_file_no_engine_can_open_is_named(tmp_path: Path, make_card: MakeCard):
    (tmp_path / "tiny.onnx").write_bytes(b"weights")
    with pytest.raises(WeightsBroken, match=r"tiny\.onnx"):
        open_session(make_card(), (tmp_path / "tiny.onnx",))


def test_a_network_of_another_dimension_is_refused(mean_colour_model: ModelCard, tmp_path: Path):
    folder = tmp_path / "mean-colour"
    card = mean_colour_model.model_copy(update={"dimension": 4})
    with pytest.raises(WeightsBroken, match="mean-colour"):
        open_session(card, (folder / "m.xml", folder / "m.bin"))


def test_a_method_from_the_future_is_refused(tmp_path: Path, make_card: MakeCard):
    from reid_models.cards import Architecture
    from reid_models.errors import ModelUnknown

    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"x")
    file = ModelFile(name=path.name, sha256=hashlib.sha256(b"x").hexdigest(), size=1)
    card = make_card(
        method="next", format="safetensors", files=(file,), architecture=Architecture(depth=18)
    )
    with pytest.raises(ModelUnknown, match="baseline"):
        open_session(card, (path,))
