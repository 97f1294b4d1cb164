"""Routes: the demo scene."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.deps import ActorDep, SiteDep
from app.api.library import RemovedOut
from app.api.shapes import RegisteredOut, Shape
from app.services import demo, demo_removal

router = APIRouter(tags=["demo"])


class DemoOut(Shape):
    """What is in the store of the demo, whose people are drawn by a program.

    `available` says whether it can be put in; `first` is a sighting to begin with, once that video
    is analysed.
    """

    available: bool
    installed: bool
    cameras: tuple[str, ...]
    videos: tuple[int, ...]
    first: int | None


class DemoStartedOut(Shape):
    """What became of each video, and the jobs that now wait."""

    videos: tuple[RegisteredOut, ...]
    jobs: tuple[int, ...]


@router.get("/demo")
def get_demo(site: SiteDep, actor: ActorDep) -> DemoOut:
    """Whether the demo is in the store; pages then say that its people are drawn."""
    found = demo.demo_in_store(actor, site.workspace)
    return DemoOut(
        available=found.available,
        installed=found.installed,
        cameras=found.cameras,
        videos=tuple(row.id for row in found.videos),
        first=found.first,
    )


@router.post("/demo", status_code=202)
def install_demo(site: SiteDep, actor: ActorDep) -> DemoStartedOut:
    """Put the demo in; its videos are analysed in the background. 409 when weights are missing."""
    installed = demo.install_demo(actor, site.workspace)
    videos = tuple(RegisteredOut.from_result(each) for each in installed.videos)
    return DemoStartedOut(videos=videos, jobs=installed.jobs)


@router.delete("/demo")
def remove_demo(site: SiteDep, actor: ActorDep) -> dict[str, RemovedOut]:
    """Take the demo out with all that was derived from it."""
    return {"removed": RemovedOut.from_removal(demo_removal.remove_demo(actor, site.workspace))}
