"""Networks converted for the CPU: made once, right, and made anew when they would not be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from openvino import opset13 as ops

from reid_models import conversion
from reid_models.cards import Architecture, ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.conversion import ALIKE, alike, converted, probe_images
from reid_models.errors import WeightsBroken
from reid_models.methods import build, make_network

SHAPES: dict[str, dict[str, object]] = {
    "ide": {"head": "ide"},
    "pcb": {"head": "pcb", "stripes": 3, "stripe_channels": 8},
    "ianet": {"parts": ("sia", "cia"), "stages": (2, 3), "patches": (1, 3)},
    "sesa": {"parts": ("se", "sa"), "ibn": True},
    "dranet": {"stripes": 2, "stripe_channels": 8},
    "rdan": {"glimpses": 2, "memory": 16},
}


def saved(name: str, folder: Path) -> tuple[ModelCard, Path]:
    """A small network whose every part does something, and its card."""
    shipped = card_named(name)
    card = ModelCard.model_validate(
        shipped.model_dump()
        | {
            "architecture": {"depth": 10, "width": 8, **SHAPES[name]},
            "dimension": 16,
            "preprocessing": shipped.preprocessing.model_dump() | {"height": 48, "width": 24},
        }
    )
    torch.manual_seed(0)
    network = make_network(card.method, Architecture.model_validate(card.architecture), 16)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() < 2:
                parameter.add_(0.3 * torch.rand_like(parameter))
    return save_checkpoint(network, card, folder), folder / "weights.safetensors"


def run(model: openvino.Model, images: np.ndarray) -> np.ndarray:
    precise = {"INFERENCE_PRECISION_HINT": "f32"}
    return np.asarray(openvino.Core().compile_model(model, "CPU", precise)(images)[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pcb", "ianet", "sesa", "dranet", "rdan"])
def test_methods_compute_the_same_as_in_torch(name: str, tmp_path: Path):
    """The baseline and both branches of TKP are looked at in their own tests."""
    card, path = saved(name, tmp_path)
    images = probe_images(card, 3)[2:]
    with torch.inference_mode():
        expected = build(card, path)(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(run(converted(card, path), images), expected, atol=1e-3, rtol=1e-3)


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of a real conversion, which takes seconds, a network of means; how often it ran."""
    made: list[str] = []

    def means(card: ModelCard, path: Path, frames: int | None, bands: int | None) -> openvino.Model:
        made.append(f"{card.name} {frames}")
        image = ops.parameter([1, 3, 4, 2], np.float32)
        return openvino.Model([ops.reduce_mean(image, np.array([2, 3]))], [image])

    monkeypatch.setattr(conversion, "_convert", means)
    return made


def test_a_conversion_is_made_once_and_again_when_it_is_damaged(
    conversions: list[str], tmp_path: Path
):
    card, images = card_named("tkp"), np.full((1, 3, 4, 2), 2, np.float32)

    def used(frames: int | None = None) -> list[float]:
        return run(converted(card, tmp_path / "w", tmp_path / "kept", frames=frames), images)[0]

    for _ in range(2):
        np.testing.assert_array_equal(used(), [2, 2, 2])
    assert conversions == ["tkp None"]
    (place,) = (tmp_path / "kept").iterdir()
    assert {file.name for file in place.iterdir()} == {"hashes.json", "model.bin", "model.xml"}
    (place / "model.bin").write_bytes((place / "model.bin").read_bytes()[:-1])
    np.testing.assert_array_equal(used(), [2, 2, 2])
    used(4)
    used(4)
    assert conversions == ["tkp None", "tkp None", "tkp 4"]


def test_other_weights_shapes_and_code_are_other_conversions(monkeypatch: pytest.MonkeyPatch):
    card = card_named("tkp")
    other = card.architecture.model_copy(update={"width": 32})
    names = [conversion._name(card, *kind) for kind in ((None,), (4,), (None, 3))]
    names.append(conversion._name(card.model_copy(update={"architecture": other}), None))
    monkeypatch.setattr(conversion, "_code", lambda: "other code")
    names.append(conversion._name(card, None))
    assert len(set(names)) == 5


def test_a_folder_that_cannot_be_written_to_is_done_without(conversions: list[str], tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        converted(card_named("tkp"), tmp_path / "w", tmp_path / "file")
    assert len(conversions) == 2


def test_a_conversion_that_computes_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    card, path = saved("ide", tmp_path)
    by_torch = conversion._by_torch
    monkeypatch.setattr(conversion, "_by_torch", lambda n, x: by_torch(n, x)[:, ::-1])
    with pytest.raises(WeightsBroken, match="other vectors"):
        converted(card, path, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_conversion_that_fails_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    card, path = saved("ide", tmp_path)

    def fail(*_: object) -> None:
        raise RuntimeError("an operation is unknown\nand so on")

    monkeypatch.setattr(openvino, "convert_model", fail)
    monkeypatch.setattr(torch.export, "export", fail)
    with pytest.raises(WeightsBroken, match=r"cannot compute it: an operation is unknown\)"):
        converted(card, path)


def test_rows_are_alike_by_their_directions():
    rows = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    assert alike(rows, 3 * rows)
    angle = np.arccos(ALIKE) * np.array([0.9, 1.1])
    close, far = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    assert alike(rows[:1], close[None])
    assert not alike(rows, np.stack([far, rows[1]]))
