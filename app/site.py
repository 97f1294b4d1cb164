"""The whole web application: the REST API with the pages mounted on it."""

from __future__ import annotations

from fastapi import FastAPI

from app.api.application import create_api
from app.jobs.supervisor import WorkerSupervisor
from app.ui.site import mount
from app.workspace import Workspace


def create_site(workspace: Workspace, supervisor: WorkerSupervisor | None = None) -> FastAPI:
    """API and pages of one store; the supervisor lives as long as the application."""
    return mount(create_api(workspace, supervisor))
