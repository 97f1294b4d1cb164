"""From a name to a model that embeds: what is known, what is here, what to use by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reid_models.calibration import Calibration, find_calibration
from reid_models.cards import LICENCE, ModelCard, card_named, known_cards, read_card
from reid_models.embedders import FrameEmbedder, PooledTrackletEmbedder
from reid_models.errors import WeightsMissing
from reid_models.glimpse_paths import GlimpseExplainer
from reid_models.masks.choice import prepare_for
from reid_models.region_maps import RegionExplainer
from reid_models.relation_maps import RelationExplainer
from reid_models.roles import Explainer, ImageEmbedder, TrackletEmbedder
from reid_models.runtime import open_session
from reid_models.share_maps import ShareExplainer
from reid_models.weight_files import checkpoint_files, find_files, verify

__all__ = [
    "DEFAULT_BENCHMARK",
    "LoadedModel",
    "ModelEntry",
    "State",
    "available",
    "best_ready",
    "default_model",
    "describe",
    "licence_file",
    "load",
    "load_checkpoint",
    "own_explainer",
]

CONVERSIONS = "conversions"
"""Folder beside the models in which networks converted for the CPU are kept."""
DEFAULT_BENCHMARK = "cuhk03-last700"
"""The benchmark by whose mean average precision `default_model` chooses."""
State = Literal["ready", "fetchable", "importable", "untrained"]
"""ready: its files are here · fetchable: an address is known · importable: the user must bring the
file · untrained: a method of ours without weights yet."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A known model and whether it can be used from the folders that were looked in."""

    card: ModelCard
    state: State
    path: Path | None
    """Folder of its first file when ready."""
    sha256: str | None

    @property
    def name(self) -> str:
        """The card's name."""
        return self.card.name


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that embeds."""

    card: ModelCard
    space: str
    image: ImageEmbedder
    tracklet: TrackletEmbedder
    device: str
    """What it really runs on, and in which precision: "cpu, openvino bf16"."""
    sha256: str
    calibration: Calibration | None
    """Turns this space's scores into probabilities; None: strength words only."""
    explainer: Explainer | None = None
    """The method's own; ask `explanations.explainer_for`, which has one for every model."""


def available(folders: Sequence[Path]) -> list[ModelEntry]:
    """Every known model with its state, best measured first; files are found by name and size.

    Args:
        folders: where to look, in order (the store's own models, then shared weights). Folders
            that do not exist are passed over.
    """
    entries = [_entry(card, folders) for card in known_cards(folders)]
    return sorted(entries, key=lambda entry: (-_merit(entry.card), entry.name))


def _entry(card: ModelCard, folders: Sequence[Path]) -> ModelEntry:
    found = find_files(card, folders)
    path = next(iter(found.values())).parent if found else None
    state: State
    if found:
        state = "ready"
    elif not card.files:
        state = "untrained"
    elif all(file.url for file in card.files):
        state = "fetchable"
    else:
        state = "importable"
    return ModelEntry(card, state, path, card.sha256)


def _merit(card: ModelCard) -> float:
    measured = card.measurement(DEFAULT_BENCHMARK)
    return measured.mean_ap if measured else -1.0


def best_ready(entries: Sequence[ModelEntry], *, research_only: bool) -> ModelEntry | None:
    """The best measured of `entries` (in `available`'s order) that is ready and allowed, or None.

    Args:
        entries: what `available` gave; of equally good ones the first by name is the best.
        research_only: whether models whose terms allow research only are allowed.
    """
    allowed = (each for each in entries if research_only or not each.card.research_only)
    return next((entry for entry in allowed if entry.state == "ready"), None)


def default_model(folders: Sequence[Path], *, research_only: bool = False) -> ModelEntry:
    """The best measured model among those that are ready.

    Args:
        folders: as for `available`.
        research_only: whether models whose terms allow research only may be chosen too.

    Raises:
        WeightsMissing: none is ready; the message names the best one, its address and its place.
    """
    entries = available(folders)
    chosen = best_ready(entries, research_only=research_only)
    if chosen is not None:
        return chosen
    ready = [entry for entry in entries if entry.state == "ready"]
    best = next(
        entry
        for entry in entries
        if entry.state == "fetchable" and (research_only or not entry.card.research_only)
    )
    addresses = ", ".join(file.url or "" for file in best.card.files)
    place = folders[0] / best.name if folders else best.name
    held_back = ", ".join(entry.name for entry in ready)
    note = (
        f" Here, but for research only, which is not allowed (models.allow_research_only): "
        f"{held_back}."
        if ready
        else ""
    )
    raise WeightsMissing(
        f"No re-ID model is ready.{note} The recommended one is {best.name}. Run: models fetch "
        f"{best.name}, or download {addresses} and put the files into {place}.",
        name=best.name,
    )


def load(name: str, folders: Sequence[Path], device: str = "auto") -> LoadedModel:
    """Load model `name`, its files checked against the card.

    Args:
        name: a card's name.
        folders: where to look, in order; the first also keeps what is converted for the CPU.
        device: "auto" (a CUDA device for torch weights where there is one, else the CPU), "cpu",
            "cuda" or "cuda:N". OpenVINO and ONNX models run on the CPU whatever is asked for;
            `LoadedModel.device` says what it came to.

    Raises:
        ModelUnknown, ModelUntrained, WeightsMissing, WeightsBroken: as `verify` says.
        DeviceUnavailable: the device was asked for by name and is not here.
    """
    files = verify(name, folders)
    kept = folders[0] / CONVERSIONS if folders else None
    return _open(card_named(name, folders), files, device, kept, folders)


def load_checkpoint(
    folder: Path, device: str = "auto", *, near: Sequence[Path] = ()
) -> LoadedModel:
    """Load the checkpoint in `folder` itself, whatever other models have its name.

    Args:
        folder: holds card.yaml and the files it names.
        device: as for `load`.
        near: where a pose model is looked for besides, if the model looks through one's masks.

    Raises:
        CardBroken: the card is missing or does not describe a model.
        WeightsBroken: a file is missing, or is not the one the card describes.
        DeviceUnavailable: the device was asked for by name and is not here.
    """
    card = read_card(folder / "card.yaml")
    return _open(card, checkpoint_files(card, folder), device, folder / CONVERSIONS, near)


def _open(
    card: ModelCard,
    files: dict[str, Path],
    device: str,
    kept: Path | None,
    near: Sequence[Path],
) -> LoadedModel:
    path = next(iter(files.values()))
    prepare = prepare_for(card, [*near, path.parent])
    session = open_session(card, tuple(files.values()), device, kept)
    assert card.space is not None
    assert card.sha256 is not None
    image = FrameEmbedder(
        session,
        card.preprocessing,
        space=card.space,
        dimension=card.dimension,
        prepare=prepare,
    )
    tracklet: TrackletEmbedder = PooledTrackletEmbedder(image)
    if card.method == "tkp":
        from reid_models.clips import ClipTrackletEmbedder, open_clips

        tracklet = ClipTrackletEmbedder(open_clips(card, path, device, kept), card)
    return LoadedModel(
        card=card,
        space=card.space,
        image=image,
        tracklet=tracklet,
        device=session.device,
        sha256=card.sha256,
        calibration=find_calibration(card, path.parent),
        explainer=RegionExplainer(card, path, prepare) if prepare else own_explainer(card, path),
    )


def own_explainer(card: ModelCard, path: Path) -> Explainer | None:
    """The explainer that the card's method brings, if it brings one; `path` is its weights file."""
    if card.method == "ianet" and card.architecture and "sia" in card.architecture.parts:
        return RelationExplainer(card, path)
    if card.method == "rdan":
        return GlimpseExplainer(card, path)
    if card.method == "dranet":
        return ShareExplainer(card, path)
    return None


def describe(entry: ModelEntry) -> dict[str, Any]:
    """The entry as `models list --json` and GET /models show it."""
    card = entry.card
    return {
        "name": card.name,
        "summary": card.summary,
        "method": card.method,
        "roles": list(card.roles),
        "space": card.space,
        "dimension": card.dimension,
        "modalities": list(card.modalities),
        "source": card.source,
        "terms": card.terms,
        "research_only": card.research_only,
        "trained_on": card.trained_on,
        "state": entry.state,
        "path": str(entry.path) if entry.path else None,
        "sha256": entry.sha256,
        "size": sum(file.size for file in card.files),
        "files": [file.model_dump(mode="json") for file in card.files],
        "input": f"{card.preprocessing.width}×{card.preprocessing.height}",
        "measured": [measured.model_dump(mode="json") for measured in card.measured],
        "recipe": card.recipe.model_dump(mode="json") if card.recipe else None,
        "weaknesses": list(card.weaknesses),
        "licence": str(path) if (path := licence_file(entry)) else None,
    }


def licence_file(entry: ModelEntry) -> Path | None:
    """The text of the terms that lies beside the weights, or None where there is none."""
    path = entry.path and entry.path / LICENCE
    return path if path and path.is_file() else None
