"""The re-ID models: which there are, getting, checking and choosing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.services.actor import Actor
from app.services.embedding import register_space
from app.services.switching import pending_switches
from app.settings import remember
from app.workspace import Workspace
from reid_models.errors import WeightsMissing
from reid_models.registry import describe
from reid_models.weight_files import fetch, import_file, verify
from storage import audit, embeddings, jobs, tracklets
from storage.records import JobRow
from tracking import detector_weights
from tracking.errors import DetectorWeightsMissing

Report = Callable[[str, int, int], None]
"""Hears (file, bytes so far, bytes in all)."""


RUNTIMES = {
    "openvino": "OpenVINO, on the CPU",
    "onnx": "ONNX Runtime, on the CPU",
    "safetensors": "torch on a GPU, OpenVINO on a CPU",
}


def list_models(_actor: Actor, workspace: Workspace) -> list[dict[str, Any]]:
    """Every model of the zoo as JSON-ready objects, best measured first, the active one marked.

    Besides what `registry.describe` says: `active`; `waiting`, how many sightings it has not
    embedded; `job`, which does that now, and whether that job ends by `switching` to it; `runtime`
    and, once it is loaded here, the `device`.
    """
    active = workspace.model_name_or_none()
    allowed = workspace.settings.models.allow_research_only
    with workspace.database.read() as session:
        at_work = jobs.list_jobs(session, states=("queued", "running"))
        spaces = {row.space for row in embeddings.list_embedders(session)}
        waiting = {space: embeddings.count_without(session, space) for space in spaces}
        sightings = len(tracklets.tracklet_ids(session, None))
    return [
        {
            **describe(entry),
            "active": entry.name == active,
            "waiting": waiting.get(entry.card.space or "", sightings),
            **_at_work(entry.name, at_work),
            "runtime": RUNTIMES[entry.card.format],
            "device": workspace.device_of(entry.name),
        }
        for entry in workspace.known_models()
        if allowed or not entry.card.research_only
    ]


def _at_work(name: str, rows: list[JobRow]) -> dict[str, Any]:
    own = [row for row in rows if row.kind == "embed" and row.params.get("model") == name]
    ahead = pending_switches(own)
    return {
        "job": (ahead or own)[0].id if own else None,
        "switching": bool(ahead),
    }


@dataclass(frozen=True, slots=True)
class DetectorState:
    """The person detector that the settings name.

    Args:
        name: as set.
        state: ready, fetchable or missing.
        path: its weights, if they are here.
        size: of them, bytes; of what would be fetched, if they are not.
        licence: SPDX identifier; None where it is not known.
        device: what it runs on, once it is loaded here.
        image_size: longer side of its input, pixels.
        message: what to do, if it is not ready.
    """

    name: str
    state: str
    path: Path | None
    size: int | None
    licence: str | None
    device: str | None
    image_size: int
    message: str | None


def detector_state(_actor: Actor, workspace: Workspace) -> DetectorState:
    """What is known of the detector, without loading it."""
    chosen = workspace.settings.detector
    official = next(
        (
            each
            for name, each in detector_weights.OFFICIAL.items()
            if chosen.weights in (name, name.removesuffix(".pt"))
        ),
        None,
    )
    path, message = None, None
    try:
        path = detector_weights.find_weights(chosen.weights, workspace.settings.model_folders)
        files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
        size: int | None = sum(each.stat().st_size for each in files)
    except DetectorWeightsMissing as error:
        message, size = str(error), official.size if official else None
    return DetectorState(
        name=chosen.weights,
        state="ready" if path else "fetchable" if official else "missing",
        path=path,
        size=size,
        licence=official.licence if official else None,
        device=workspace.detector_device(),
        image_size=chosen.image_size,
        message=message,
    )


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
    before = workspace.model_name_or_none()
    folder = workspace.scratch("models")
    path = (
        detector_weights.fetch(
            name, folder, (lambda done, total: report(name, done, total)) if report else None
        )
        if is_detector(name)
        else fetch(name, folder, report)
    )
    _record(actor, workspace, "model.fetch", name)
    _keep_active(workspace, before)
    return path


def import_model(actor: Actor, workspace: Workspace, path: Path) -> tuple[str, Path]:
    """Take a model's file over from anywhere, known by its content; returns name and place."""
    before = workspace.model_name_or_none()
    name, place = import_file(path, workspace.scratch("models"))
    _record(actor, workspace, "model.import", name)
    _keep_active(workspace, before)
    return name, place


def verify_model(_actor: Actor, workspace: Workspace, name: str) -> dict[str, Path]:
    """Check a model's files against its card; raises WeightsMissing, WeightsBroken."""
    return verify(name, workspace.settings.model_folders)


def rebuild_index(_actor: Actor, workspace: Workspace) -> tuple[str, int]:
    """Build the active model's index anew from the database; its name and how many vectors."""
    model = workspace.model()
    with workspace.database.write() as session:
        register_space(session, model)
    index = workspace.index(model.space, model.image.dimension)
    count = index.rebuild()
    index.save()
    return model.card.name, count


def _keep_active(workspace: Workspace, before: str | None) -> None:
    """A better model that has just arrived is no reason to lose what an archive is searched by."""
    if before is None or workspace.model_name_or_none() == before:
        return
    with workspace.database.read() as session:
        known = embeddings.list_embedders(session)
    if any(row.name == before and row.vectors for row in known):
        remember(workspace.home, "models.active", before)


def _record(actor: Actor, workspace: Workspace, action: str, name: str) -> None:
    with workspace.database.write() as session:
        audit.record(session, actor.name, action, f"model {name}", {})
