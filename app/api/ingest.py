"""Routes: take in files that are already on this machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import RegisteredOut
from app.errors import BadRequest
from app.services.ingest import IncomingFile, register_files

router = APIRouter(tags=["ingest"])


class FileIn(BaseModel):
    """A file, or a folder of them, by absolute path; it stays where it is."""

    model_config = ConfigDict(extra="forbid")
    path: str
    camera: str | None = None
    start: datetime | None = None


class IngestIn(BaseModel):
    """Files to take in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"files": [{"path": "/srv/export/cam1.mp4"}]}]},
    )
    files: list[FileIn]


@router.post("/ingest")
def ingest(body: IngestIn, site: SiteDep, actor: ActorDep) -> dict[str, list[RegisteredOut]]:
    """Register files and queue their analysis; one bad file does not stop the others."""
    files: list[IncomingFile] = []
    for asked in body.files:
        path = Path(asked.path).expanduser()
        if not path.is_absolute():
            raise BadRequest(f"{asked.path}: give the whole path, from the root.")
        inside = (
            sorted(child for child in path.iterdir() if child.is_file())
            if (path.is_dir())
            else [path]
        )
        files += [IncomingFile(each, camera=asked.camera, start=asked.start) for each in inside]
    results = register_files(actor, site.workspace, files)
    return {"videos": [RegisteredOut.from_result(result) for result in results]}
