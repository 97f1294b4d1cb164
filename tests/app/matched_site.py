"""A made-up site whose people are known: sightings with vectors, ready to be matched."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services import matching
from app.services.actor import OWNER, Actor
from app.services.embedding import register_space
from app.settings import load_settings
from app.workspace import Launch, Workspace
from reid_models.cards import card_named
from reid_models.registry import LoadedModel
from storage import cameras, embeddings, placements, tracklets, videos

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIMENSION = 64


@dataclass(frozen=True)
class Seen:
    """Somebody in a camera from second `begin` to `end`; `blur` turns the vector away.

    `left` is where in the picture; by default everybody has a place of their own.
    """

    person: int
    camera: str
    begin: float
    end: float
    blur: float = 0.1
    quality: float = 0.8
    left: float | None = None


class _Looks:
    dimension = DIMENSION

    def embed(self, _crops: object) -> np.ndarray:
        raise AssertionError("nothing is embedded here")


MADE = LoadedModel(
    card=card_named("baseline").model_copy(update={"name": "made"}),
    space="made@1",
    image=_Looks(),
    tracklet=_Looks(),
    device="cpu",
    sha256="0" * 64,
    calibration=None,
)


class Site(Workspace):
    """A store whose sightings come with their vectors: its model is never asked to embed."""

    def active_model_name(self) -> str:
        return MADE.card.name

    def model(self, _name: str | None = None) -> LoadedModel:
        return MADE


def open_site(home: Path, *overrides: str, like: Path | None = None) -> Site:
    """A fresh store in `home`, or a copy of the one at `like`: making tables takes its time."""
    if like is not None:
        shutil.copytree(like, home)
    launch = Launch(home=home, overrides=overrides)
    return Site(load_settings(overrides=overrides, home=home, environment={}), launch)


def add_sightings(workspace: Workspace, seen: list[Seen], seed: int = 0) -> list[int]:
    """Store sightings, a video a camera, and return their ids in the order given."""
    rng = np.random.default_rng(seed)
    looks = np.random.default_rng(99).normal(size=(100, DIMENSION))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    ids = []
    with workspace.database.write() as session:
        register_space(session, MADE)
        for each in seen:
            video = _video(session, each.camera)
            count = max(round((each.end - each.begin) * 8), 1)
            times = each.begin + np.arange(count) / 8
            left = 60.0 * each.person if each.left is None else each.left
            box = np.array([left, 10, left + 40, 110], np.float32)
            ids.append(
                tracklets.add_tracklet(
                    session,
                    video_id=video,
                    number=tracklets.last_number(session, video) + 1,
                    frames=np.round(times * 8).astype(np.int32),
                    times=times,
                    boxes=np.tile(box, (count, 1)),
                    confidences=np.ones(count, np.float32),
                    quality=each.quality,
                )
            )
            turned = looks[each.person] + each.blur * rng.normal(size=DIMENSION) / 8
            vector = (turned / np.linalg.norm(turned)).astype(np.float32)
            embeddings.add_embeddings(
                session,
                MADE.space,
                np.array([ids[-1]]),
                np.array([-1]),
                "tracklet",
                vector[None],
            )
    return ids


def _video(session, camera: str) -> int:
    known = cameras.find_camera(session, camera) or cameras.add_camera(session, name=camera)
    for row in videos.list_videos(session, None, camera_id=known.id):
        return row.id
    return videos.add_video(
        session,
        camera_id=known.id,
        name=f"{camera}.mp4",
        path=f"/footage/{camera}.mp4",
        managed=False,
        sha256=hashlib.sha256(camera.encode()).hexdigest(),
        size=1,
        duration=3600.0,
        width=640,
        height=360,
        fps=8.0,
        codec="h264",
        start=NOON,
        start_source="given",
        start_confirmed=True,
    ).id


def walks(people: int, *route: str, every: float = 20.0, pause: float = 60.0) -> list[Seen]:
    """Everybody walks the route, `every` seconds one after another, `pause` between cameras."""
    return [
        Seen(person, camera, person * every + stop * pause, person * every + stop * pause + 8.0)
        for stop, camera in enumerate(route)
        for person in range(people)
    ]


def run_match(workspace: Workspace, mode: str = "new", *, preview: bool = False, actor=OWNER):
    """Match as the worker does; returns the run as it ended."""
    run, job = matching.start_run(actor, workspace, mode, preview=preview)
    JobRunner(workspace, HANDLERS).run_next(job.id)
    return matching.get_run(actor, workspace, run.id)


def people(workspace: Workspace) -> dict[int, int]:
    """Sighting → person, of all that are placed."""
    with workspace.database.read() as session:
        placed = placements.current_assignments(session)
    return {each: row.identity_id for each, row in placed.items() if row.identity_id is not None}


def groups(placed: Mapping[int, int]) -> set[frozenset[int]]:
    """The same as sets of sightings."""
    return {
        frozenset(each for each, other in placed.items() if other == person)
        for person in placed.values()
    }


def see_all_but(workspace: Workspace, camera: str) -> Actor:
    """Somebody who may not see one camera."""
    with workspace.database.read() as session:
        rows = cameras.list_cameras(session, None)
    return Actor("guard", frozenset(row.id for row in rows if row.name != camera))
