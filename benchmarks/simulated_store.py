"""A store full of simulated people, for measuring what the app makes of it.

Sightings, boxes, and vectors of each sighting and of two keyframes are written straight into it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.services.embedding import register_space
from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.matching import CALIBRATION
from benchmarks.simulated_sites import Recipe, Site, calibrate, simulate
from reid_models.calibration import Calibration, Line
from reid_models.cards import card_named
from reid_models.registry import LoadedModel
from reid_models.scoring import SCORE_VERSION
from storage import cameras, embeddings, videos
from storage.blobs import pack
from storage.lookup import insert_many
from storage.schema import Crop, Tracklet
from tracking.association import Sightings

CAMERAS, KEYFRAMES, FPS = 20, 2, 8
_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRUTH = "truth.json"
"""In the store's folder: sighting → person."""


class _NeverAsked:
    """Stands for a network: everything is embedded already."""

    dimension = 256


class SimulatedStore(Workspace):
    """A store whose vectors were drawn; its model has their calibration and embeds nothing."""

    def active_model_name(self) -> str:
        """Of the only model there is."""
        return "simulated"

    def model(self, name: str | None = None) -> LoadedModel:
        """That model."""
        return LoadedModel(
            card=card_named("baseline").model_copy(update={"name": "simulated"}),
            space="simulated@1",
            image=_NeverAsked(),  # type: ignore[arg-type]
            tracklet=_NeverAsked(),  # type: ignore[arg-type]
            device="cpu",
            sha256="0" * 64,
            calibration=Calibration(
                space="simulated@1",
                model_sha256="0" * 64,
                score_version=SCORE_VERSION,
                source="simulated",
                protocol="simulated",
                lines={"tracklet_tracklet": _line()},
            ),
        )


def fill_store(home: Path, people: int) -> None:
    """Make a store of so many simulated people."""
    site = simulate(_recipe(people), 21)
    with closing(open_store(home)) as store:
        ids = _fill(store, site)
    truth = dict(zip(ids, site.truth.tolist(), strict=True))
    (home / TRUTH).write_text(json.dumps(truth), "utf-8")


@cache
def _line() -> Line:
    return calibrate(CALIBRATION)


def _recipe(people: int) -> Recipe:
    return Recipe(people=people, cameras=CAMERAS, hours=8.0 * people / 10_000)


def open_store(home: Path) -> SimulatedStore:
    """The store in this folder."""
    launch = Launch(home=home, overrides=())
    return SimulatedStore(load_settings(overrides=(), home=home, environment={}), launch)


def _fill(store: Workspace, site: Site) -> list[int]:
    """Write a site down; returns the ids of its sightings in its order."""
    random = np.random.default_rng(0)
    seen = site.sightings
    ids = np.zeros(len(seen), np.int64)
    with store.database.write() as session:
        model = store.model()
        register_space(session, model)
        for camera in np.unique(seen.cameras).tolist():
            rows = np.flatnonzero(seen.cameras == camera)
            rows = rows[np.argsort(seen.offset_start[rows])]
            where = cameras.add_camera(session, name=f"camera {camera}")
            video = videos.add_video(
                session,
                camera_id=where.id,
                name=f"{camera}.mp4",
                path=f"/footage/{camera}.mp4",
                managed=False,
                sha256=hashlib.sha256(str(camera).encode()).hexdigest(),
                size=1,
                duration=float(seen.offset_end[rows].max()) + 1.0,
                width=640,
                height=360,
                fps=float(FPS),
                codec="h264",
                start=_NOON,
                start_source="given",
                start_confirmed=True,
            ).id
            ids[rows] = np.arange(1, len(rows) + 1) + ids.max()
            insert_many(session, Tracklet, _tracklets(seen, rows, ids, video, random))
            pictures = np.arange(1, len(rows) * KEYFRAMES + 1) + (ids[rows].min() - 1) * KEYFRAMES
            insert_many(session, Crop, _crops(ids[rows], pictures))
            whole = np.full(len(rows), -1, np.int64)
            embeddings.add_embeddings(
                session, model.space, ids[rows], whole, "tracklet", seen.vectors[rows]
            )
            near = np.repeat(seen.vectors[rows].astype(np.float64), KEYFRAMES, axis=0)
            near += random.normal(0, 0.02, near.shape)
            near /= np.linalg.norm(near, axis=1, keepdims=True)
            embeddings.add_embeddings(
                session,
                model.space,
                np.repeat(ids[rows], KEYFRAMES),
                pictures,
                "image",
                near.astype(np.float32),
            )
    return [int(each) for each in ids]


def _tracklets(
    seen: Sightings,
    rows: NDArray[np.int64],
    ids: NDArray[np.int64],
    video: int,
    random: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Somebody standing still somewhere in the picture, for as long as they are seen."""
    for number, row in enumerate(rows.tolist(), start=1):
        count = max(int(seen.frames[row]), 1)
        frames = (np.round(seen.offset_start[row] * FPS) + np.arange(count)).astype(np.int32)
        left, top = random.uniform(0, 600), random.uniform(0, 200)
        box = np.array([left, top, left + 40, top + 110], np.float32)
        sure = np.ones(count, np.float32)
        yield {
            "id": int(ids[row]),
            "video_id": video,
            "number": number,
            "frames": count,
            "offset_start": float(frames[0]) / FPS,
            "offset_end": float(frames[-1]) / FPS,
            "quality": float(seen.quality[row]),
            "blob": pack(frames, frames / FPS, np.tile(box, (count, 1)), sure),
        }


def _crops(ids: NDArray[np.int64], pictures: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    for tracklet, crop in zip(np.repeat(ids, KEYFRAMES).tolist(), pictures.tolist(), strict=True):
        yield {
            "id": crop,
            "tracklet_id": tracklet,
            "kind": "keyframe",
            "media_key": f"00/{'0' * 62}.jpg",
            "frame": crop % KEYFRAMES,
            "time": 0.0,
            "x1": 0.0,
            "y1": 0.0,
            "x2": 40.0,
            "y2": 110.0,
            "width": 40,
            "height": 110,
            "quality": 0.5,
            "size": 1,
            "parts": {},
        }
