"""Tracklet vectors that look past what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_models.cards import Architecture, ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.completion.completing import Completer
from reid_models.completion.networks import STCNet
from reid_models.completion.recipes import CompletionCard
from reid_models.embedders import FRAMES, normalise
from reid_models.errors import CalibrationError, CropInvalid, ModelUnknown
from reid_models.methods import make_network
from reid_models.methods.bands import BandBranch
from reid_models.methods.baseline import Baseline
from reid_models.occlusion_scores import band_means
from reid_models.preprocessing import preprocess
from reid_models.registry import read_card
from reid_models.vrstc import (
    OcclusionAwareEmbedder,
    OcclusionThresholds,
    fit_thresholds,
    open_banded,
    read_thresholds,
    write_thresholds,
)

THRESHOLDS = OcclusionThresholds(
    space="toy@1", thresholds=(0.9, 0.9, 0.9), false_alarms=0.01, source="made up"
)


def colours(crops: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A network with a known answer: the mean colours of three bands, end to end."""
    rows = [
        np.stack([part.mean(axis=(0, 1)) for part in np.array_split(crop / 255.0, 3)])
        for crop in crops
    ]
    features = np.array(rows, np.float32).reshape(len(rows), 3, 3)
    return features.reshape(len(rows), 9), features


def walk(frames: int = 6) -> list[np.ndarray]:
    """A person in red, green and blue, upper to lower."""
    crop = np.zeros((30, 12, 3), np.uint8)
    for band in range(3):
        crop[10 * band : 10 * band + 10, :, band] = 200
    return [crop.copy() for _ in range(frames)]


def spoilt(frames: int = 6, bands: slice = slice(10, 20)) -> list[np.ndarray]:
    crops = walk(frames)
    crops[2][bands] = (255, 0, 255)
    return crops


class Neighbours(STCNet):
    """Paints what the neighbours show."""

    def forward(self, frames, masks, before, after):  # type: ignore[no-untyped-def]
        return frames, torch.where(masks > 0, (before + after) / 2, frames)


def completer() -> Completer:
    card = CompletionCard(
        name="toy",
        summary="",
        network={"width": 4, "height": 60, "breadth": 16},
        source="",
        terms="",
        research_only=False,
        trained_on="",
        guide="",
        sha256="0" * 64,
    )
    return Completer(Neighbours(width=4), card)


def embedder(treatment: str) -> OcclusionAwareEmbedder:
    painter = completer() if treatment == "complete" else None
    return OcclusionAwareEmbedder(colours, THRESHOLDS, treatment, painter, dimension=9)


@pytest.mark.parametrize("treatment", ["all", "drop", "weight", "complete"])
def test_what_is_in_the_way_is_looked_past(treatment: str):
    truth = normalise(colours(walk(1))[0])[0]
    clean, hidden = embedder(treatment).embed([walk(), spoilt()])
    np.testing.assert_allclose(clean, truth, atol=1e-6)
    plain = embedder("all").embed([spoilt()])[0]
    away = 1 - float(hidden @ truth)
    if treatment == "all":
        assert away > 1e-3
    else:
        assert away < (0.9 if treatment == "weight" else 0.05) * (1 - float(plain @ truth))


def test_a_frame_of_which_nothing_is_seen_is_dropped_instead_of_painted():
    crops = spoilt(bands=slice(None))
    hidden = embedder("complete").hidden(colours(crops)[1])
    assert hidden.tolist() == [[i == 2] * 3 for i in range(6)]
    truth = normalise(colours(walk(1))[0])[0]
    np.testing.assert_allclose(embedder("complete").embed([crops])[0], truth, atol=1e-6)


def test_strips_do_not_touch_each_other_and_long_ones_are_sampled():
    one, two = spoilt(), walk(FRAMES + 9)
    together = embedder("drop").embed([one, two, one])
    alone = [embedder("drop").embed([strip])[0] for strip in (one, two, one)]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert embedder("drop").embed([]).shape == (0, 9)
    single = embedder("drop").embed([walk(1)])[0]
    np.testing.assert_allclose(single, normalise(colours(walk(1))[0])[0], atol=1e-6)
    with pytest.raises(CropInvalid, match="Strip 1"):
        embedder("drop").embed([one, []])


def test_completing_and_its_painter_come_together():
    with pytest.raises(CalibrationError, match="complete"):
        OcclusionAwareEmbedder(colours, THRESHOLDS, "complete", None, dimension=9)
    with pytest.raises(CalibrationError, match="drop"):
        OcclusionAwareEmbedder(colours, THRESHOLDS, "drop", completer(), dimension=9)


def test_a_network_gives_its_vector_and_its_bands_in_one_pass(tmp_path: Path):
    shipped = card_named("baseline").model_dump() | {
        "name": "toy",
        "architecture": Architecture(depth=10, width=8),
        "dimension": 16,
        "preprocessing": card_named("baseline").preprocessing.model_dump()
        | {"height": 64, "width": 32},
    }
    torch.manual_seed(0)
    network = Baseline(10, 16, width=8).eval()
    save_checkpoint(network, ModelCard.model_validate(shipped), tmp_path)
    card = read_card(tmp_path / "card.yaml")
    frames = open_banded(card, tmp_path / "weights.safetensors", "cpu")
    crops = list(np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), np.uint8))
    vectors, features = frames(crops)
    images = torch.from_numpy(preprocess(crops, card.preprocessing))
    with torch.inference_mode():
        expected = network(images).numpy()
        bands = band_means(network.backbone(images).numpy())
    assert ((normalise(vectors) * normalise(expected)).sum(axis=1) > 0.999).all()
    assert ((normalise(features) * normalise(bands)).sum(axis=2) > 0.999).all()
    strips = [[crop, crop, np.ascontiguousarray(crop[:, ::-1])] for crop in crops]
    fitted = fit_thresholds(frames, strips, source="noise", false_alarms=0.2)
    assert read_thresholds(card, tmp_path) is None
    write_thresholds(fitted, tmp_path)
    assert read_thresholds(card, tmp_path) == fitted
    other = fitted.model_copy(update={"space": "other@1"})
    write_thresholds(other, tmp_path)
    assert read_thresholds(card, tmp_path) is None
    served = OcclusionAwareEmbedder(frames, fitted, "weight", dimension=16).embed(strips)
    np.testing.assert_allclose(np.linalg.norm(served, axis=1), 1, atol=1e-5)


def test_bands_are_found_on_one_map_of_a_whole_frame():
    with torch.device("meta"):
        pcb = make_network("baseline", Architecture(depth=10, width=8, head="pcb"), 16)
    with pytest.raises(ModelUnknown, match="PCB"):
        BandBranch(pcb, 3)
