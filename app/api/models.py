"""Routes: re-ID models and the health of the installation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import JobOut
from app.services import doctor, model_terms, models, switching
from app.services.embedding import queue_embedding
from app.services.model_import import import_models as import_from

router = APIRouter(tags=["system"])


class PathIn(BaseModel):
    """A file or folder on this machine, by its whole path."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"path": "/srv/models/yolo11n.pt"}]}
    )
    path: str


class MissingOut(BaseModel):
    """Weights that are not here yet; `name` can be fetched when `fetchable`."""

    kind: str
    name: str
    fetchable: bool
    message: str


class BetterOut(BaseModel):
    """A model that can be fetched and measured better than the active one; mAP in 0–1."""

    name: str
    mean_ap: float
    terms: str
    size: int
    active: str
    active_mean_ap: float


class ReadinessOut(BaseModel):
    """What is to be had before starting; `missing` is empty when all that is needed is there."""

    missing: list[MissingOut]
    better: BetterOut | None


class ImportedOut(BaseModel):
    """A model of which files were taken over; it can be used once none is `missing`."""

    name: str
    path: str
    missing: list[str]


class NoticeOut(BaseModel):
    """Weights in use that are for research only; `remedy` says what to do if that does not fit."""

    name: str
    sha256: str
    terms: str
    trained_on: str
    remedy: str


class EmbedIn(BaseModel):
    """Which model is to embed; null: the active one."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"model": "osnet_x0_25_msmt17"}]}
    )
    model: str | None = None


class SwitchOut(BaseModel):
    """The model that search uses now, and the job that ends by changing it; null: it is changed."""

    active: str | None
    job: JobOut | None


class DetectorOut(BaseModel):
    """The person detector that the settings name; `state` is ready, fetchable or missing."""

    name: str
    state: str
    path: str | None
    size: int | None
    licence: str | None
    device: str | None
    image_size: int
    message: str | None


@router.get("/models")
def list_models(site: SiteDep, actor: ActorDep) -> list[dict[str, Any]]:
    """Every model, best measured first, with state, terms and measured accuracy."""
    return models.list_models(actor, site.workspace)


@router.get("/detector")
def get_detector(site: SiteDep, actor: ActorDep) -> DetectorOut:
    """The person detector: where its weights are, and what to do if they are not here."""
    found = asdict(models.detector_state(actor, site.workspace))
    return DetectorOut(**found | {"path": found["path"] and str(found["path"])})


@router.post("/models/{name}/use")
def use_model(name: str, site: SiteDep, actor: ActorDep) -> SwitchOut:
    """Make a model the active one; where it has not seen all, by a job that embeds that first."""
    found = switching.use_model(actor, site.workspace, name)
    return SwitchOut(active=found.active, job=found.job and JobOut.from_row(found.job))


@router.post("/models/{name}/fetch")
def fetch_model(name: str, site: SiteDep, actor: ActorDep) -> dict[str, str]:
    """Download a model, checksummed. This request goes online: asking for it is the yes."""
    return {"name": name, "path": str(models.fetch_model(actor, site.workspace, name))}


@router.post("/models/import")
def import_models(body: PathIn, site: SiteDep, actor: ActorDep) -> dict[str, list[ImportedOut]]:
    """Take over a model's file, or the models in a folder, of this machine, by their content."""
    found = import_from(actor, site.workspace, Path(body.path))
    return {
        "imported": [
            ImportedOut(name=each.name, path=str(each.path), missing=list(each.missing))
            for each in found
        ]
    }


@router.get("/models/terms")
def terms(site: SiteDep, actor: ActorDep) -> dict[str, list[NoticeOut]]:
    """What must be known of the terms of the model in use, until somebody has said it is seen."""
    found = model_terms.notices(actor, site.workspace)
    return {"notices": [NoticeOut(**asdict(each)) for each in found]}


@router.post("/models/{name}/terms/seen")
def terms_seen(name: str, site: SiteDep, actor: ActorDep) -> dict[str, list[NoticeOut]]:
    """Note that the terms of a model's weights were read: its notice is not shown any more."""
    model_terms.dismiss(actor, site.workspace, name)
    return terms(site, actor)


@router.get("/models/{name}/verify")
def verify_model(name: str, site: SiteDep, actor: ActorDep) -> dict[str, str]:
    """Check a model's files against its card; file name → place."""
    files = models.verify_model(actor, site.workspace, name)
    return {each: str(path) for each, path in files.items()}


@router.post("/embed")
def embed(body: EmbedIn, site: SiteDep, actor: ActorDep) -> dict[str, JobOut]:
    """Queue the embedding of every sighting that a model has not seen."""
    name = site.workspace.model(body.model).card.name
    return {"job": JobOut.from_row(queue_embedding(actor, site.workspace, name))}


@router.post("/index/rebuild")
def rebuild_index(site: SiteDep, actor: ActorDep) -> dict[str, Any]:
    """Build the active model's index anew from the database."""
    name, vectors = models.rebuild_index(actor, site.workspace)
    return {"model": name, "vectors": vectors}


@router.post("/evaluate/tracks")
def evaluate_tracks(body: PathIn, site: SiteDep, actor: ActorDep) -> dict[str, dict[str, float]]:
    """HOTA, IDF1 and MOTA of the stored tracks against a folder of MOT truth on this machine."""
    from app.services import evaluation  # slow to import

    scores = evaluation.evaluate_tracks(actor, site.workspace, Path(body.path))
    return {
        name: {"hota": each.hota, "idf1": each.idf1, "mota": each.mota}
        for name, each in scores.items()
    }


@router.post("/evaluate/people")
def evaluate_people(body: PathIn, site: SiteDep, actor: ActorDep) -> dict[str, Any]:
    """How well sightings are linked into people, against MOT truth with ids shared by cameras."""
    from app.services import evaluation  # slow to import

    scores = evaluation.evaluate_people(actor, site.workspace, Path(body.path))
    return evaluation.as_plain(scores)


@router.get("/readiness")
def readiness(site: SiteDep, actor: ActorDep) -> ReadinessOut:
    """Weights that are missing and where to get them, and a better model that could be had."""
    found = models.missing_weights(actor, site.workspace)
    better = models.better_model(actor, site.workspace)
    return ReadinessOut(
        missing=[MissingOut(**asdict(each)) for each in found],
        better=BetterOut(**asdict(better)) if better else None,
    )


@router.get("/doctor")
def examine(site: SiteDep, actor: ActorDep) -> dict[str, Any]:
    """Versions, devices, weights, codecs, disk and index health."""
    return doctor.examine(actor, site.workspace).as_json()
