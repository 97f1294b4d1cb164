"""Routes: re-ID models and the health of the installation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import JobOut
from app.services import doctor, models

router = APIRouter(tags=["system"])


@router.get("/models")
def list_models(site: SiteDep, actor: ActorDep) -> list[dict[str, Any]]:
    """Every model, best measured first, with state, terms and measured accuracy."""
    return models.list_models(actor, site.workspace)


@router.post("/models/{name}/use")
def use_model(name: str, site: SiteDep, actor: ActorDep) -> dict[str, JobOut]:
    """Make a model the active one; the archive is embedded in the background."""
    return {"job": JobOut.from_row(models.use_model(actor, site.workspace, name))}


@router.get("/doctor")
def examine(site: SiteDep, actor: ActorDep) -> dict[str, Any]:
    """Versions, devices, weights, codecs, disk and index health."""
    return doctor.examine(actor, site.workspace).as_json()
