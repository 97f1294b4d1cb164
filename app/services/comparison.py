"""Two re-ID models side by side on this archive: what each would show first, and who is right.

Each query is a sighting; searched are those of all other cameras, or, where only one camera has
any, all others. Both models score by the very formula that search serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import BadRequest, NotEmbedded
from app.services.actor import Actor
from app.services.compared import Compared, Comparison, Ranked, verdict_of
from app.services.known_people import KnownPeople, known_people
from app.services.match_inputs import load_vectors
from app.services.match_odds import SightingVectors
from app.workspace import Workspace
from reid_models.registry import LoadedModel
from reid_models.scoring import Query, score_many, tracklet_query
from storage import crops, embeddings, tracklets
from storage.errors import NotFound
from storage.records import CropRow, TrackletRow

SAMPLE = 20
FIRST = 10
"""So many hits of each are compared and shown."""
BLOCK = 4096
"""Sightings scored at once."""


def compare_models(
    actor: Actor,
    workspace: Workspace,
    a: str,
    b: str,
    *,
    chosen: Sequence[int] = (),
    sample: int = SAMPLE,
    truth: Path | None = None,
    seed: int = 0,
) -> Comparison:
    """Rank the archive by both models for some queries.

    Args:
        actor: who asks; only sightings they may see take part.
        workspace: the store.
        a, b: names of models that have embedded it.
        chosen: ids of the sightings to ask with; none: a sample.
        sample: how many to draw, those first for whom it is known who they are.
        truth: labelled truth to judge by; see `known_people`.
        seed: of the sample.

    Raises:
        BadRequest: a model with itself, or fewer than two sightings.
        NotEmbedded: a model has not seen all sightings; says how it comes to.
        NotFound: a chosen sighting is not there.
    """
    if a == b:
        raise BadRequest(f"{a} cannot be compared with itself. Name another model.")
    models = (workspace.model(a), workspace.model(b))
    with workspace.database.read() as session:
        rows = sorted(tracklets.list_tracklets(session, actor.cameras), key=lambda row: row.id)
    if len(rows) < 2:
        raise BadRequest("There are fewer than two sightings to compare on. Add recordings first.")
    require_embedded(workspace, models)
    ids = np.array([row.id for row in rows], np.int64)
    known = known_people(actor, workspace, truth)
    queries = _queries(rows, known, chosen, sample, seed)
    scores = [_scores(workspace, model, ids, queries) for model in models]
    with workspace.database.read() as session:
        covers = crops.covers(session, ids[queries].tolist())
    pools = [_pool(rows, query) for query in queries]
    compared = [
        _compare(workspace, rows, covers, known, query, pool, scores[0][n], scores[1][n])
        for n, (query, pool) in enumerate(zip(queries, pools, strict=True))
    ]
    correlations = [each.correlation for each in compared if each.correlation is not None]
    return Comparison(
        a=a,
        b=b,
        sightings=len(rows),
        sampled=not chosen,
        queries=tuple(compared),
        overlap=float(np.mean([each.overlap for each in compared])),
        correlation=float(np.mean(correlations)) if correlations else None,
        verdict=verdict_of(compared, known.source),
    )


def require_embedded(workspace: Workspace, models: Sequence[LoadedModel]) -> None:
    """Raise NotEmbedded unless every model has seen every sighting."""
    missing: dict[str, int] = {}
    with workspace.database.read() as session:
        spaces = {row.space for row in embeddings.list_embedders(session)}
        everything = len(tracklets.tracklet_ids(session, None))
        for model in models:
            known = model.space in spaces
            count = embeddings.count_without(session, model.space) if known else everything
            if count:
                missing[model.card.name] = count
    if missing:
        told = " and ".join(f"{name} {count}" for name, count in missing.items())
        how = " and ".join(f"`embed --model {name}`" for name in missing)
        raise NotEmbedded(
            f"Not all sightings are embedded: still to do are for {told}. Run {how}, or have it "
            "done on the page System; then compare again.",
            missing,
        )


def _queries(
    rows: Sequence[TrackletRow],
    known: KnownPeople,
    chosen: Sequence[int],
    sample: int,
    seed: int,
) -> list[int]:
    """Positions of the queries: those chosen, or a sample, the most telling first."""
    at = {row.id: place for place, row in enumerate(rows)}
    if chosen:
        missing = [each for each in chosen if each not in at]
        if missing:
            raise NotFound(f"There is no sighting {missing[0]}.")
        return [at[each] for each in dict.fromkeys(chosen)]
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    cameras: dict[int, set[int]] = {}
    for row in rows:
        if row.id in known.of:
            cameras.setdefault(known.of[row.id], set()).add(row.camera_id)
    telling = [len(cameras.get(known.of.get(row.id, -1), ())) > 1 for row in rows]
    return sorted(order, key=lambda place: not telling[place])[:sample]


def _pool(rows: Sequence[TrackletRow], query: int) -> NDArray[np.int64]:
    own = rows[query].camera_id
    others = [place for place, row in enumerate(rows) if row.camera_id != own]
    return np.array(others or [place for place in range(len(rows)) if place != query], np.int64)


def _scores(
    workspace: Workspace, model: LoadedModel, ids: NDArray[np.int64], queries: Sequence[int]
) -> NDArray[np.float32]:
    """(queries, sightings): the score of every sighting for every query."""
    vectors = load_vectors(workspace, model.space, model.image.dimension, ids.tolist())
    asked = [_query(vectors, place) for place in queries]
    scores = np.empty((len(queries), len(ids)), np.float32)
    for begin in range(0, len(ids), BLOCK):
        end = min(begin + BLOCK, len(ids))
        inside = (vectors.owners >= begin) & (vectors.owners < end)
        keyframes = vectors.keyframes[inside].astype(np.float32)
        owners = vectors.owners[inside] - begin
        for n, query in enumerate(asked):
            scores[n, begin:end] = score_many(query, vectors.whole[begin:end], keyframes, owners)
    return scores


def _query(vectors: SightingVectors, place: int) -> Query:
    own = vectors.keyframes[vectors.owners == place].astype(np.float32)
    return tracklet_query(vectors.whole[place], own)


def _compare(
    workspace: Workspace,
    rows: Sequence[TrackletRow],
    covers: dict[int, CropRow],
    known: KnownPeople,
    query: int,
    pool: NDArray[np.int64],
    scores_a: NDArray[np.float32],
    scores_b: NDArray[np.float32],
) -> Compared:
    ranks = [_ranks(scores[pool]) for scores in (scores_a, scores_b)]
    person = known.of.get(rows[query].id)
    people = np.array([known.of.get(rows[place].id, -1) for place in pool])
    right = (people == person) if person is not None else np.zeros(len(pool), np.bool_)
    count = min(FIRST, len(pool))
    first = [np.argsort(each, kind="stable")[:count] for each in ranks]
    shown = pool[np.union1d(first[0], first[1])]
    with workspace.database.read() as session:
        pictures = crops.covers(session, [rows[place].id for place in shown])

    def hits(own: int, scores: NDArray[np.float32]) -> tuple[Ranked, ...]:
        return tuple(
            Ranked(
                row=rows[pool[at]],
                cover=pictures.get(rows[pool[at]].id),
                score=float(scores[pool[at]]),
                rank=int(ranks[own][at]),
                other_rank=int(ranks[1 - own][at]),
                right=bool(right[at]) if person is not None and people[at] >= 0 else None,
            )
            for at in first[own]
        )

    found = bool(right.any())
    return Compared(
        row=rows[query],
        cover=covers.get(rows[query].id),
        a=hits(0, scores_a),
        b=hits(1, scores_b),
        overlap=len(np.intersect1d(first[0], first[1])) / count,
        correlation=float(np.corrcoef(ranks[0], ranks[1])[0, 1]) if len(pool) > 2 else None,
        right=int(right.sum()),
        first_a=int(ranks[0][right].min()) if found else None,
        first_b=int(ranks[1][right].min()) if found else None,
    )


def _ranks(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places from 1, the highest score first; equal scores in their order."""
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
