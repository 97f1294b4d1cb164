"""Small models with known answers: a card for any file, a network that needs no training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_models.cards import ModelCard, ModelFile, Preprocessing, write_card

MakeCard = Callable[..., ModelCard]


@pytest.fixture
def make_card() -> MakeCard:
    """A card with a file of `content`; anything else can be overridden by name."""

    def make(content: bytes = b"weights", **changes: object) -> ModelCard:
        file = ModelFile(
            name="tiny.onnx", sha256=hashlib.sha256(content).hexdigest(), size=len(content)
        )
        fields: dict[str, object] = {
            "name": "tiny",
            "summary": "A model for tests.",
            "method": "test",
            "roles": ("image_embedder", "tracklet_embedder"),
            "modalities": ("image", "tracklet"),
            "dimension": 3,
            "source": "made in the test",
            "terms": "public domain",
            "research_only": False,
            "trained_on": "nothing",
            "format": "onnx",
            "files": (file,),
            "preprocessing": Preprocessing(width=4, height=8, colour="rgb"),
        }
        return ModelCard.model_validate(fields | changes)

    return make


@pytest.fixture
def mean_colour_model(tmp_path: Path, make_card: MakeCard) -> ModelCard:
    """An OpenVINO model in tmp_path/mean-colour: the mean of each channel of a 4×8 crop."""
    import openvino
    from openvino import opset13 as ops

    folder = tmp_path / "mean-colour"
    folder.mkdir()
    image = ops.parameter([1, 3, 8, 4], np.float32, name="image")
    mean = ops.reduce_mean(image, np.array([2, 3]), keep_dims=False)
    openvino.save_model(openvino.Model([mean], [image]), folder / "m.xml", compress_to_fp16=False)
    files = tuple(
        ModelFile(
            name=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size=path.stat().st_size,
        )
        for path in (folder / "m.xml", folder / "m.bin")
    )
    card = make_card(name="mean-colour", format="openvino", files=files)
    write_card(card, folder / "card.yaml")
    return card


def plain(red: int, green: int, blue: int, height: int = 20, width: int = 10) -> np.ndarray:
    """A crop of one colour."""
    return np.full((height, width, 3), (red, green, blue), np.uint8)
