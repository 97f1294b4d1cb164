"""The re-ID models: which there are, getting, checking and choosing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ModelNotAllowed
from app.model_choice import check_allowed, is_allowed
from app.services.actor import Actor
from app.services.embedding import register_space
from app.services.switching import pending_switches
from app.workspace import Workspace
from reid_models.errors import ModelError, WeightsError, WeightsMissing
from reid_models.registry import best_ready, describe
from reid_models.weight_files import fetch, verify
from storage import audit, embeddings, jobs, tracklets
from storage.records import JobRow
from tracking import detector_weights
from tracking.detector_cards import card_beside
from tracking.errors import DetectorWeightsBroken, DetectorWeightsMissing

Report = Callable[[str, int, int], None]
"""Hears (file, bytes so far, bytes in all)."""


RUNTIMES = {
    "openvino": "OpenVINO, on the CPU",
    "onnx": "ONNX Runtime, on the CPU",
    "safetensors": "torch on a GPU, OpenVINO on a CPU",
}


def list_models(_actor: Actor, workspace: Workspace) -> list[dict[str, Any]]:
    """Every model that the settings allow, as JSON-ready objects, best measured first.

    Besides what `registry.describe` says: `active`; `best`, whether it is the best measured of
    those that are here; `waiting`, how many sightings it has not embedded; `job`, which does that
    now, and whether that job ends by `switching` to it; `runtime` and, once it is loaded here, the
    `device`.
    """
    active = workspace.model_name_or_none()
    settings, entries = workspace.model_settings(), workspace.known_models()
    best = best_ready(entries, research_only=settings.allow_research_only)
    with workspace.database.read() as session:
        at_work = jobs.list_jobs(session, states=("queued", "running"))
        spaces = {row.space for row in embeddings.list_embedders(session)}
        waiting = {space: embeddings.count_without(session, space) for space in spaces}
        sightings = len(tracklets.tracklet_ids(session, None))
    return [
        {
            **describe(entry),
            "active": entry.name == active,
            "best": entry is best,
            "waiting": waiting.get(entry.card.space or "", sightings),
            **_at_work(entry.name, at_work),
            "runtime": RUNTIMES[entry.card.format],
            "device": workspace.device_of(entry.name),
        }
        for entry in entries
        if is_allowed(entry, settings)
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
        name: as set; of ours, where one of ours stands in for it.
        state: ready, fetchable or missing.
        path: its weights, if they are here.
        size: of them, bytes; of what would be fetched, if they are not.
        licence: SPDX identifier; None where it is not known.
        device: what it runs on, once it is loaded here.
        image_size: longer side of its input, pixels.
        message: what to do, if it is not ready, or if another stands in for it.
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
    path, message, own = None, None, None
    try:
        path = detector_weights.find_weights(chosen.weights, workspace.settings.model_folders)
        files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
        size: int | None = sum(each.stat().st_size for each in files)
        own = card_beside(path)
    except DetectorWeightsMissing as error:
        message, size = str(error), official.size if official else None
    if own and official:
        message = (
            f"{chosen.weights} is not here. {own.name}, which comes with Retrace, finds people in "
            f"its place, but fewer of them. To get the other: models fetch {official.name}"
        )
    return DetectorState(
        name=own.name if own else chosen.weights,
        state="ready" if path else "fetchable" if official else "missing",
        path=path,
        size=size,
        licence=own.licence if own else official.licence if official else None,
        device=workspace.detector_device(),
        image_size=own.image_size if own else chosen.image_size,
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
    entries = {entry.name: entry for entry in workspace.known_models()}
    try:
        active = workspace.active_model_name()
        if active not in entries or entries[active].state != "ready":
            verify(active, workspace.settings.model_folders)
    except (ModelError, WeightsError, ModelNotAllowed) as error:
        fetchable = isinstance(error, WeightsMissing) and entries[error.name].state == "fetchable"
        missing.append(MissingWeights("re-ID model", error.name, fetchable, str(error)))
    return missing


@dataclass(frozen=True, slots=True)
class BetterModel:
    """A model that is not here yet and measured better than the one in use.

    Args:
        name: what to give to `models fetch`.
        mean_ap: its mAP by our own measurement, 0–1.
        terms: under which it may be used.
        size: of its files, bytes.
        active: the model in use.
        active_mean_ap: of that one, on the same benchmark.
    """

    name: str
    mean_ap: float
    terms: str
    size: int
    active: str
    active_mean_ap: float


def better_model(actor: Actor, workspace: Workspace) -> BetterModel | None:
    """The best measured model that could be fetched, if none that is here measures as well."""
    found = {each["name"]: each for each in list_models(actor, workspace) if each["measured"]}
    best = next(iter(found.values()), None)
    active = next((each for each in found.values() if each["active"]), None)
    if best is None or active is None or best["state"] != "fetchable":
        return None
    return BetterModel(
        name=best["name"],
        mean_ap=best["measured"][0]["mean_ap"],
        terms=best["terms"],
        size=best["size"],
        active=active["name"],
        active_mean_ap=active["measured"][0]["mean_ap"],
    )


def is_detector(name: str) -> bool:
    """Whether a name, with or without its ending, is in the detectors' catalogue."""
    return name in detector_weights.OFFICIAL or f"{name}.pt" in detector_weights.OFFICIAL


def fetch_model(
    actor: Actor, workspace: Workspace, name: str, report: Report | None = None
) -> Path:
    """Download a re-ID model or detector by name into the store, checksummed. Goes online.

    Raises:
        reid_models.errors.ReidError, tracking.errors.TrackingError: it could not be had.
        ModelNotAllowed: it is for research only, and the settings rule such models out.
    """
    check_allowed(name, workspace.known_models(), workspace.model_settings())
    folder = workspace.scratch("models")
    path = (
        detector_weights.fetch(
            name, folder, (lambda done, total: report(name, done, total)) if report else None
        )
        if is_detector(name)
        else fetch(name, folder, report)
    )
    with workspace.database.write() as session:
        audit.record(session, actor.name, "model.fetch", f"model {name}", {})
    return path


def verify_model(_actor: Actor, workspace: Workspace, name: str) -> dict[str, Path]:
    """Check the files of a re-ID model or of an official detector against their hashes.

    Returns:
        File name → place.

    Raises:
        WeightsMissing, WeightsBroken, DetectorWeightsMissing, DetectorWeightsBroken: with remedy.
    """
    folders = workspace.settings.model_folders
    if not is_detector(name):
        return verify(name, folders)
    known = detector_weights.OFFICIAL
    official = known.get(name) or known[f"{name}.pt"]
    path = detector_weights.find_weights(official.name, folders)
    if detector_weights.weights_sha256(path) != official.sha256:
        raise DetectorWeightsBroken(
            f"{path} is damaged or another file: its SHA-256 is not {official.sha256}. Remove it "
            f"and run: models fetch {official.name}"
        )
    return {path.name: path}


def rebuild_index(_actor: Actor, workspace: Workspace) -> tuple[str, int]:
    """Build the active model's index anew from the database; its name and how many vectors."""
    model = workspace.model()
    with workspace.database.write() as session:
        register_space(session, model)
    index = workspace.index(model.space, model.image.dimension)
    count = index.rebuild()
    index.save()
    return model.card.name, count
