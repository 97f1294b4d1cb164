"""Our own networks on a CPU: converted to OpenVINO once, checked against torch, and kept.

A kept conversion is used again as long as the weights, the code of the methods and OpenVINO are the
ones it was made with; opening it needs no torch. One that is damaged is made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.errors import WeightsBroken

if TYPE_CHECKING:
    import torch

__all__ = ["ALIKE", "alike", "converted", "probe_images"]

log = logging.getLogger(__name__)
Floats = npt.NDArray[np.float32]
ALIKE = 0.999
"""Least cosine between what torch computes and what serves; bf16 alone costs about 1e-4."""


def alike(expected: Floats, got: Floats) -> bool:
    """Whether all rows point the same way, their cosines at least `ALIKE`."""
    lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(got, axis=1)
    return bool(np.all((expected * got).sum(axis=1) >= ALIKE * lengths))


def probe_images(card: ModelCard, count: int) -> Floats:
    """Noise to compare computations on: float32 (count, channels, H, W) of the card's size."""
    size = (card.input_channels, card.preprocessing.height, card.preprocessing.width)
    return np.random.default_rng(0).normal(size=(count, *size)).astype(np.float32)


def converted(
    card: ModelCard,
    path: Path,
    kept: Path | None = None,
    *,
    frames: int | None = None,
    bands: int | None = None,
) -> Any:
    """The network of a card as an openvino.Model.

    Args:
        card: of a method of ours.
        path: its weights.
        kept: folder in which conversions are kept; None, or one that cannot be written to: they
            are made each time.
        frames: None: stills, one image at a time; else TKP's video branch for clips of so many.
        bands: None: the vector alone; else with the features of so many bands behind it.

    Raises:
        WeightsBroken: the file does not hold the card's network, or OpenVINO computes other vectors
            from it than torch does.
    """
    import openvino

    place = None if kept is None else kept / _name(card, frames, bands)
    if place is not None and _is_whole(place):
        return openvino.Core().read_model(place / "model.xml", place / "model.bin")
    model = _convert(card, path, frames, bands)
    if place is not None:
        try:
            _keep(model, place)
        except OSError as error:
            log.info("The conversion of %s is not kept in %s (%s).", card.name, kept, error)
    return model


def _convert(card: ModelCard, path: Path, frames: int | None, bands: int | None) -> Any:
    import openvino
    import torch

    from reid_models import methods

    network = methods.build(card, path)
    if frames is not None:
        network = methods.clip_branch(network)
    if bands is not None:
        from reid_models.methods.bands import BandBranch

        network = BandBranch(network, bands)
    # One image, as it will be asked: instance normalisation is exported for a fixed batch.
    size = frames or 1
    probe = probe_images(card, max(size, 2))
    try:
        exported = torch.export.export(network, (torch.from_numpy(probe[:size]),))
        model = openvino.convert_model(exported)
        model.reshape([size, *probe.shape[1:]])
        compiled = openvino.Core().compile_model(model, "CPU")
    except Exception as error:  # both have their own kinds, down to plain RuntimeError
        raise _unusable(card, path, f"OpenVINO cannot compute it: {_first_line(error)}") from error
    for start in range(0, len(probe) - size + 1, size):
        images = probe[start : start + size]
        if not alike(_by_torch(network, images), np.asarray(compiled(images)[0], np.float32)):
            raise _unusable(card, path, "OpenVINO computes other vectors from it than torch does")
    return model


def _unusable(card: ModelCard, path: Path, why: str) -> WeightsBroken:
    return WeightsBroken(
        f"{path} cannot be used as {card.name} on a CPU ({why}). Update the program, or choose "
        "another model (see: models list).",
        name=card.name,
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _by_torch(network: torch.nn.Module, images: Floats) -> Floats:
    import torch

    with torch.inference_mode():
        vectors: Floats = network(torch.from_numpy(images)).numpy()
        return vectors


def _name(card: ModelCard, frames: int | None, bands: int | None = None) -> str:
    import openvino

    made_of = (card.sha256, card.architecture, card.preprocessing, _code(), openvino.__version__)
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()
    kind = (f"-clip{frames}" if frames else "") + (f"-bands{bands}" if bands else "")
    return f"{card.name}-{digest[:12]}{kind}"


@cache
def _code() -> str:
    """A hash of what builds the networks: other code may compute something else."""
    here = Path(__file__).parent
    files = [here / "backbones.py", *sorted((here / "methods").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _hashes(place: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256((place / name).read_bytes()).hexdigest()
        for name in ("model.xml", "model.bin")
    }


def _is_whole(place: Path) -> bool:
    try:
        return bool(json.loads((place / "hashes.json").read_text("utf-8")) == _hashes(place))
    except (OSError, ValueError):
        return False


def _keep(model: Any, place: Path) -> None:
    import openvino

    place.mkdir(parents=True, exist_ok=True)
    unfinished = [place / f"{os.getpid()}.{end}" for end in ("xml", "bin")]
    openvino.save_model(model, unfinished[0], compress_to_fp16=False)
    for file in unfinished:
        file.replace(place / f"model{file.suffix}")
    listed = place / f"{os.getpid()}.json"
    listed.write_text(json.dumps(_hashes(place)), "utf-8")
    listed.replace(place / "hashes.json")
