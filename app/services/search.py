"""Find a person again: by sightings, by photos, by several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from app.errors import NobodyFound
from app.services.actor import Actor
from app.services.coverage import NotSearched, coverage
from app.services.embedding import embed_now, register_space
from app.services.hits import Hit, with_what_is_known
from app.services.identity_query import sightings_of
from app.services.library import find_camera
from app.services.photos import photo_crop
from app.workspace import Workspace
from reid_models.calibration import strength, strengths_within
from reid_models.registry import LoadedModel
from reid_models.scoring import Query, photo_query, score_all, tracklet_query
from storage import crops, embeddings, tracklets
from storage.errors import NotFound
from storage.records import CropRow, StoredVectors, TrackletRow

OVERSAMPLING = 4
"""The scan ranks single vectors, the score weighs all of a tracklet's: look at more than asked."""


@dataclass(frozen=True, slots=True)
class PhotoQuery:
    """A person in a photo that was added before; `person` None: the only one in it."""

    id: str
    person: int | None = None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked for.

    Args:
        tracklets: ids of sightings of the person.
        identities: ids of people: the search goes by the best of their sightings.
        photos: photos of the person.
        cameras: names; none: all.
        start, end: aware times; only sightings whose time is known and confirmed pass.
        limit: hits returned at most.
        same_camera: one order over all cameras; else the query's own cameras come last.
        video_ids: only these videos; none: all.
    """

    tracklets: tuple[int, ...] = ()
    identities: tuple[int, ...] = ()
    photos: tuple[PhotoQuery, ...] = ()
    cameras: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    limit: int = 50
    same_camera: bool = False
    video_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first (cameras other than the query's own come first, unless asked otherwise)."""

    hits: tuple[Hit, ...]
    query_tracklets: tuple[TrackletRow, ...]
    query_covers: dict[int, CropRow]
    searched: int
    searched_cameras: tuple[str, ...]
    not_searched: tuple[NotSearched, ...]
    model: str
    calibrated: bool


def search(actor: Actor, workspace: Workspace, request: SearchRequest) -> SearchResult:
    """Embed the query, scan what the filters allow, score every candidate by all its vectors.

    Raises:
        NobodyFound: the request names nobody.
        NotFound: a sighting, photo or camera that is not there.
        reid_models.errors.ReidError: no model is ready.
    """
    known_people = sightings_of(actor, workspace, request.identities)
    ids = tuple(dict.fromkeys((*request.tracklets, *known_people.chosen)))
    if request.identities and not ids:
        raise NobodyFound("No sighting of this person is left to search by.")
    if not ids and not request.photos:
        raise NobodyFound("Choose a person first: click one in a video, or add a photo.")
    skipped = {*ids, *known_people.every}
    request = replace(request, tracklets=ids)
    model = workspace.model()
    with workspace.database.read() as session:
        known = any(row.space == model.space for row in embeddings.list_embedders(session))
    if not known:
        with workspace.database.write() as session:
            register_space(session, model)
    queries = _queries(actor, workspace, model, request)
    with workspace.database.read() as session:
        own = tracklets.get_tracklets(session, list(request.tracklets))
        covers = crops.covers(session, list(request.tracklets))
    allowed = np.setdiff1d(_allowed(actor, workspace, request), sorted(skipped))
    index = workspace.index(model.space, model.image.dimension)
    pools = _pools(workspace, allowed, own, request)
    hits: list[Hit] = []
    for pool in pools:
        room = request.limit - len(hits)
        if room > 0 and len(pool):
            rows = index.search_tracklets(_probes(queries), OVERSAMPLING * room, tracklet_ids=pool)
            found = np.unique(rows.tracklet_ids[rows.tracklet_ids >= 0])
            hits += _rate(workspace, model, queries, found, own)[:room]
    hits = with_what_is_known(actor, workspace, request.tracklets, hits)
    searched, names, missing = coverage(
        actor, workspace, model, allowed, request.cameras, bool(request.start or request.end)
    )
    return SearchResult(
        hits=tuple(hits),
        query_tracklets=tuple(own),
        query_covers=covers,
        searched=searched,
        searched_cameras=names,
        not_searched=missing,
        model=model.card.name,
        calibrated=model.calibration is not None,
    )


def _queries(
    actor: Actor, workspace: Workspace, model: LoadedModel, request: SearchRequest
) -> list[Query]:
    queries = []
    for identifier in request.tracklets:
        with workspace.database.read() as session:
            row = tracklets.get_tracklet(session, identifier)
            stored = embeddings.load_embeddings(session, model.space, [identifier])
        if not actor.may_see(row.camera_id):
            raise NotFound(f"There is no sighting {identifier}.")
        queries.append(_tracklet_query(workspace, model, identifier, stored))
    for photo in request.photos:
        crop = photo_crop(actor, workspace, photo.id, photo.person)
        queries.append(photo_query(model.image.embed([crop])[0]))
    return queries


def _tracklet_query(
    workspace: Workspace, model: LoadedModel, identifier: int, stored: StoredVectors
) -> Query:
    if len(stored.vectors):
        whole = stored.vectors[stored.modalities == "tracklet"]
        return tracklet_query(whole[0], stored.vectors[stored.modalities == "image"])
    batch = embed_now(workspace, model, identifier)
    return tracklet_query(batch.tracklet_vectors[0], batch.keyframe_vectors[0])


def _allowed(actor: Actor, workspace: Workspace, request: SearchRequest) -> NDArray[np.int64]:
    camera_ids = [find_camera(actor, workspace, name).id for name in request.cameras] or None
    with workspace.database.read() as session:
        ids = tracklets.tracklet_ids(
            session,
            actor.cameras,
            camera_ids=camera_ids,
            video_ids=request.video_ids or None,
            start=request.start,
            end=request.end,
        )
    return ids


def _pools(
    workspace: Workspace,
    allowed: NDArray[np.int64],
    own: Sequence[TrackletRow],
    request: SearchRequest,
) -> list[NDArray[np.int64]]:
    """What to search, in the order in which hits are listed."""
    own_cameras = {row.camera_id for row in own}
    if request.same_camera or not own_cameras:
        return [allowed]
    with workspace.database.read() as session:
        in_own = tracklets.tracklet_ids(session, None, camera_ids=own_cameras)
    return [np.setdiff1d(allowed, in_own), np.intersect1d(allowed, in_own)]


def _rate(
    workspace: Workspace,
    model: LoadedModel,
    queries: Sequence[Query],
    found: NDArray[np.int64],
    own: Sequence[TrackletRow],
) -> list[Hit]:
    if not len(found):
        return []
    with workspace.database.read() as session:
        stored = embeddings.load_embeddings(session, model.space, found.tolist())
        rows = {row.id: row for row in tracklets.get_tracklets(session, found.tolist())}
        keyframes = crops.list_crops(session, found.tolist(), kind="keyframe")
    whole = stored.modalities == "tracklet"
    ids = stored.tracklet_ids[whole]
    position = {int(identifier): place for place, identifier in enumerate(ids)}
    images = ~whole & np.isin(stored.tracklet_ids, ids)
    owners = np.array([position[int(i)] for i in stored.tracklet_ids[images]], np.int64)
    scores = score_all(queries, stored.vectors[whole], stored.vectors[images], owners)
    chances = _chances(workspace, model, scores, queries)
    words = strengths_within(scores) if chances is None else [strength(p) for p in chances]
    likeness = _likeness(queries, stored)
    own_cameras = {row.camera_id for row in own}
    pictures: dict[int, list[CropRow]] = {}
    for crop in keyframes:
        pictures.setdefault(crop.tracklet_id, []).append(crop)
    order = np.lexsort((ids, -scores))
    return [
        Hit(
            tracklet=rows[int(ids[place])],
            score=float(scores[place]),
            probability=None if chances is None else float(chances[place]),
            strength=words[place],
            crops=tuple(
                sorted(
                    pictures.get(int(ids[place]), []),
                    key=lambda crop: -likeness.get(crop.id, crop.quality - 2.0),
                )
            ),
            own_camera=rows[int(ids[place])].camera_id in own_cameras,
        )
        for place in order
    ]


def _chances(
    workspace: Workspace,
    model: LoadedModel,
    scores: NDArray[np.float32],
    queries: Sequence[Query],
) -> NDArray[np.float64] | None:
    if model.calibration is None:
        return None
    kinds = [query.kind for query in queries]
    return model.calibration.probability(scores, kinds, prior=workspace.settings.search.prior)


def _probes(queries: Sequence[Query]) -> NDArray[np.float32]:
    """Every vector of the query, (q, D), as the scan looks for each."""
    looks = [np.concatenate([query.whole[None], query.keyframes]) for query in queries]
    return np.unique(np.concatenate(looks), axis=0)


def _likeness(queries: Sequence[Query], stored: StoredVectors) -> dict[int, float]:
    """Crop id → best similarity to any query, for choosing which picture to show."""
    best = (stored.vectors @ _probes(queries).T).max(axis=1)
    return {int(crop): float(best[i]) for i, crop in enumerate(stored.crop_ids) if crop >= 0}
