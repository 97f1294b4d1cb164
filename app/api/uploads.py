"""Routes: resumable uploads, streamed to disk piece by piece."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import RegisteredOut
from app.services import uploads
from app.services.ingest import IncomingFile

router = APIRouter(tags=["uploads"])
BLOCK = 1 << 20


class UploadIn(BaseModel):
    """A file that is about to be sent."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "cam1.mp4", "size": 123456}]}
    )
    name: str = Field(max_length=1000)
    size: int


class UploadOut(BaseModel):
    """How far an upload is: `offset` of `size` bytes have arrived."""

    id: str
    name: str
    size: int
    offset: int

    @classmethod
    def from_upload(cls, upload: uploads.Upload) -> UploadOut:
        """From the upload service."""
        return cls(id=upload.id, name=upload.name, size=upload.size, offset=upload.offset)


class FinishIn(BaseModel):
    """Which camera recorded the file and when; what is left out is guessed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"camera": "lobby", "start": None}]}
    )
    camera: str | None = None
    start: datetime | None = None
    start_confirmed: bool = False


@router.post("/uploads", status_code=201)
def begin(body: UploadIn, site: SiteDep, actor: ActorDep) -> UploadOut:
    """Open an upload."""
    return UploadOut.from_upload(uploads.begin(actor, site.workspace, body.name, body.size))


@router.get("/uploads/{upload_id}")
def status(upload_id: str, site: SiteDep, actor: ActorDep) -> UploadOut:
    """Ask where to continue."""
    return UploadOut.from_upload(uploads.status(actor, site.workspace, upload_id))


@router.patch("/uploads/{upload_id}")
async def append(
    upload_id: str, offset: int, request: Request, site: SiteDep, actor: ActorDep
) -> UploadOut:
    """Append the raw body at `offset`; 409 with the right `offset` when it does not fit.

    What has arrived when a connection breaks is kept.
    """
    pending = bytearray()
    upload = await run_in_threadpool(uploads.status, actor, site.workspace, upload_id)
    if offset != upload.offset:
        uploads.append(actor, site.workspace, upload_id, offset, b"")
    async for piece in request.stream():
        pending += piece
        if len(pending) >= BLOCK:
            upload = await run_in_threadpool(
                uploads.append, actor, site.workspace, upload_id, upload.offset, bytes(pending)
            )
            pending.clear()
    upload = await run_in_threadpool(
        uploads.append, actor, site.workspace, upload_id, upload.offset, bytes(pending)
    )
    return UploadOut.from_upload(upload)


@router.post("/uploads/{upload_id}/finish")
def finish(upload_id: str, body: FinishIn, site: SiteDep, actor: ActorDep) -> RegisteredOut:
    """Check the complete file, register it and queue its analysis."""
    asked = IncomingFile(
        Path(), camera=body.camera, start=body.start, start_confirmed=body.start_confirmed
    )
    return RegisteredOut.from_result(uploads.finish(actor, site.workspace, upload_id, asked))


@router.delete("/uploads/{upload_id}", status_code=204)
def abandon(upload_id: str, site: SiteDep, actor: ActorDep) -> None:
    """Give an upload up."""
    uploads.abandon(actor, site.workspace, upload_id)
