"""The FastAPI application: routes, access rules, errors as JSON."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.api import (
    comparison,
    decisions,
    demo,
    ingest,
    jobs,
    library,
    matching,
    media,
    models,
    people,
    review,
    search,
    sightings,
    topology,
    uploads,
    why,
)
from app.api.access import LocalOnly
from app.api.deps import Site
from app.api.people_shapes import DecisionOut
from app.errors import EXPECTED, NeedsLater, NotEmbedded, describe
from app.jobs.supervisor import WorkerSupervisor
from app.services.explanations import Explanations
from app.services.frames import FramePictures
from app.services.history import tell
from app.services.uploads import WrongOffset
from app.signing import LinkSigner
from app.workspace import Workspace

log = logging.getLogger(__name__)

ROUTERS = (
    library.router,
    uploads.router,
    ingest.router,
    jobs.router,
    sightings.router,
    search.router,
    why.router,
    models.router,
    comparison.router,
    media.router,
    demo.router,
    matching.router,
    review.router,
    topology.router,
    people.router,
    decisions.router,
)


def create_api(workspace: Workspace, supervisor: WorkerSupervisor | None = None) -> FastAPI:
    """The application of one store.

    Args:
        workspace: the open store.
        supervisor: started and stopped with the application, when given.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if supervisor is not None:
            supervisor.start()
        yield
        if supervisor is not None:
            supervisor.stop()
        workspace.close()

    api = FastAPI(
        title="Retrace",
        version="1",
        summary="Find a person again across cameras.",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    api.state.site = Site(
        workspace=workspace,
        signer=LinkSigner(workspace.home, workspace.settings.server.link_minutes),
        pictures=FramePictures(workspace),
        explanations=Explanations(),
    )
    for router in ROUTERS:
        api.include_router(router, prefix="/api/v1")
    for kind in (*EXPECTED, Exception):
        api.add_exception_handler(kind, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_middleware(LocalOnly, settings=workspace.settings.server)
    return api


def error_body(code: str, message: str, **more: object) -> dict[str, object]:
    """The shape of every error this API returns."""
    return {"error": {"code": code, "message": message, **more}}


async def _problem(request: Request, error: Exception) -> JSONResponse:
    problem = describe(error)
    if not problem.expected:
        log.error("unexpected error", exc_info=error)
    more: dict[str, object] = {}
    if isinstance(error, WrongOffset):
        more["offset"] = error.offset
    if isinstance(error, NotEmbedded):
        more["missing"] = error.missing
    if isinstance(error, NeedsLater):
        views = await run_in_threadpool(tell, request.app.state.site.workspace, error.later)
        more["later"] = [DecisionOut.from_view(each).model_dump(mode="json") for each in views]
    return JSONResponse(error_body(problem.code, problem.message, **more), problem.status)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    lines = [
        f"{'.'.join(str(part) for part in detail['loc'][1:]) or 'request'}: {detail['msg']}"
        for detail in error.errors()
    ]
    return JSONResponse(error_body("invalid", "; ".join(lines) + "."), 422)
