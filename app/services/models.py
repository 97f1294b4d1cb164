"""The re-ID models: which there are, getting, checking and choosing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.services.actor import Actor
from app.services.embedding import queue_embedding, register_space
from app.settings import remember
from app.workspace import Workspace
from reid_models.errors import WeightsMissing
from reid_models.registry import describe, load
from reid_models.weight_files import fetch, import_file, verify
from storage import audit
from storage.records import JobRow
from tracking import detector_weights
from tracking.errors import DetectorWeightsMissing

Report = Callable[[str, int, int], None]
"""Hears (file, bytes so far, bytes in all)."""


def list_models(_actor: Actor, workspace: Workspace) -> list[dict[str, Any]]:
    """Every model of the zoo as JSON-ready objects, best measured first, the active one marked."""
    active = workspace.model_name_or_none()
    allowed = workspace.settings.models.allow_research_only
    return [
        {**describe(entry), "active": entry.name == active}
        for entry in workspace.known_models()
        if allowed or not entry.card.research_only
    ]


@dataclass(frozen=True, slots=True)
class MissingWeights:
    """Weights that must be had before videos can be analysed and searched.

    Args:
        kind: "person detector" or "re-ID model".
        name: what to give to `models fetch`.
        fetchable: whether an address and a checksum are known.
        message: where to get them and where to put them.
    """

    kind: str
    name: str
    fetchable: bool
    message: str


def missing_weights(_actor: Actor, workspace: Workspace) -> list[MissingWeights]:
    """What is not here yet; empty when all is there."""
    missing = []
    name = workspace.settings.detector.weights
    try:
        detector_weights.find_weights(name, workspace.settings.model_folders)
    except DetectorWeightsMissing as error:
        missing.append(MissingWeights("person detector", name, is_detector(name), str(error)))
    try:
        workspace.active_model_name()
    except WeightsMissing as error:
        missing.append(MissingWeights("re-ID model", error.name, True, str(error)))
    return missing


def is_detector(name: str) -> bool:
    """Whether a name, with or without its ending, is in the detectors' catalogue."""
    return name in detector_weights.OFFICIAL or f"{name}.pt" in detector_weights.OFFICIAL


def fetch_model(
    actor: Actor, workspace: Workspace, name: str, report: Report | None = None
) -> Path:
    """Download a re-ID model or detector by name into the store, checksummed. Goes online."""
    folder = workspace.scratch("models")
    path = (
        detector_weights.fetch(
            name, folder, (lambda done, total: report(name, done, total)) if report else None
        )
        if is_detector(name)
        else fetch(name, folder, report)
    )
    _record(actor, workspace, "model.fetch", name)
    return path


def import_model(actor: Actor, workspace: Workspace, path: Path) -> tuple[str, Path]:
    """Take a model's file over from anywhere, known by its content; returns name and place."""
    name, place = import_file(path, workspace.scratch("models"))
    _record(actor, workspace, "model.import", name)
    return name, place


def verify_model(_actor: Actor, workspace: Workspace, name: str) -> dict[str, Path]:
    """Check a model's files against its card; raises WeightsMissing, WeightsBroken."""
    return verify(name, workspace.settings.model_folders)


def use_model(actor: Actor, workspace: Workspace, name: str) -> JobRow:
    """Make a model the active one and queue the embedding of what it has not seen."""
    load(name, workspace.settings.model_folders, device=workspace.settings.models.device)
    remember(workspace.home, "models.active", name)
    _record(actor, workspace, "model.use", name)
    return queue_embedding(actor, workspace, name)


def rebuild_index(_actor: Actor, workspace: Workspace) -> tuple[str, int]:
    """Build the active model's index anew from the database; its name and how many vectors."""
    model = workspace.model()
    with workspace.database.write() as session:
        register_space(session, model)
    index = workspace.index(model.space, model.image.dimension)
    count = index.rebuild()
    index.save()
    return model.card.name, count


def _record(actor: Actor, workspace: Workspace, action: str, name: str) -> None:
    with workspace.database.write() as session:
        audit.record(session, actor.name, action, f"model {name}", {})
