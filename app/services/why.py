"""Why a sighting is a hit: the two pictures most alike, what the score is made of, what is known.

Nothing here decides anything: it tells again, in pieces, what the search decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.services.actor import Actor
from app.services.crops import decode_crop
from app.services.embedding import embed_now
from app.services.explanations import Explanations
from app.services.hits import Hit
from app.services.photos import get_photo, photo_crop
from app.services.search import PhotoQuery, SearchRequest, search
from app.services.why_facts import Fact, facts_of
from app.workspace import Workspace
from reid_models.calibration import strength
from reid_models.explanations import explainer_for
from reid_models.registry import LoadedModel
from reid_models.roles import Explanation
from storage import crops, embeddings
from storage.errors import NotFound
from storage.records import CropRow, StoredVectors


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the two pictures: a stored crop, or the chosen person of a photo."""

    crop: CropRow | None
    photo: PhotoQuery | None

    @property
    def key(self) -> str:
        """What it shows: equal keys are equal pictures."""
        if self.crop is not None:
            return self.crop.media_key
        assert self.photo is not None
        return f"photo {self.photo.id} {self.photo.person}"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two pictures that are most alike.

    Args:
        query, found: of whom is looked for, and of the hit.
        similarity: their cosine, -1–1.
        probability: that these two pictures alone show one person; None without a calibration.
        strength: the word for it, or None.
        explanation: where in them the model saw that.
    """

    query: Picture
    found: Picture
    similarity: float
    probability: float | None
    strength: str | None
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Why:
    """All that there is to say about a hit.

    Args:
        hit: as search found it.
        rank: its place, from 1, among `hits` hits.
        model: which gave the score.
        queries: how many sightings and photos were asked by; scores are means over them.
        whole: cosine of the sightings as wholes; None where one has no such vector.
        best: cosine of the best pair of pictures, a mean over queries as well; None likewise.
        pair: None where either has no pictures.
        facts: what else speaks for and against.
    """

    hit: Hit
    rank: int
    hits: int
    model: str
    queries: int
    whole: float | None
    best: float | None
    pair: Pair | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One thing that is compared: its vector as a whole, and its pictures with theirs."""

    whole: NDArray[np.float32] | None
    vectors: NDArray[np.float32]
    pictures: tuple[Picture, ...]


def explain_hit(
    actor: Actor,
    workspace: Workspace,
    explanations: Explanations,
    request: SearchRequest,
    tracklet: int,
) -> Why:
    """Search once more and tell of one of the hits why it is there.

    Args:
        actor: who asks.
        workspace: the store.
        explanations: where heat maps are kept.
        request: the search.
        tracklet: the hit.

    Raises:
        NotFound: the sighting is no hit of this search (any more).
    """
    result = search(actor, workspace, request)
    places = [at for at, hit in enumerate(result.hits) if hit.tracklet.id == tracklet]
    if not places:
        raise NotFound(f"Sighting {tracklet} is no hit of this search any more. Search again.")
    at = places[0]
    model = workspace.model(result.model)
    asked = _looks(workspace, model, [row.id for row in result.query_tracklets])
    asked += [_of_photo(actor, workspace, model, photo) for photo in request.photos]
    (found,) = _looks(workspace, model, [tracklet])
    wholes = [
        float(look.whole @ found.whole)
        for look in asked
        if look.whole is not None and found.whole is not None
    ]
    likeness = [look.vectors @ found.vectors.T for look in asked]
    bests = [float(each.max()) for each in likeness if each.size]
    return Why(
        hit=result.hits[at],
        rank=at + 1,
        hits=len(result.hits),
        model=result.model,
        queries=len(asked),
        whole=float(np.mean(wholes)) if wholes else None,
        best=float(np.mean(bests)) if bests else None,
        pair=_pair(actor, workspace, explanations, model, asked, found, likeness),
        facts=facts_of(actor, workspace, result.hits, at, result.query_tracklets),
    )


def _pair(
    actor: Actor,
    workspace: Workspace,
    explanations: Explanations,
    model: LoadedModel,
    asked: Sequence[_Look],
    found: _Look,
    likeness: Sequence[NDArray[np.float32]],
) -> Pair | None:
    full = [n for n, each in enumerate(likeness) if each.size]
    if not full:
        return None
    best = max(full, key=lambda n: float(likeness[n].max()))
    row, column = np.unravel_index(likeness[best].argmax(), likeness[best].shape)
    left, right = asked[best].pictures[row], found.pictures[column]
    similarity = float(likeness[best][row, column])
    chance = _chance(workspace, model, similarity)

    def make() -> Explanation:
        pixels = [_pixels(actor, workspace, each) for each in (left, right)]
        return explainer_for(model).explain(*pixels)

    return Pair(
        query=left,
        found=right,
        similarity=similarity,
        probability=chance,
        strength=None if chance is None else strength(chance),
        explanation=explanations.get((model.space, left.key, right.key), make),
    )


def _chance(workspace: Workspace, model: LoadedModel, similarity: float) -> float | None:
    """What two single pictures as alike as that say, on their own."""
    if model.calibration is None or "image_image" not in model.calibration.lines:
        return None
    prior = workspace.settings.search.prior
    return float(model.calibration.probability(np.array(similarity), "image_image", prior))


def _looks(workspace: Workspace, model: LoadedModel, ids: Sequence[int]) -> list[_Look]:
    with workspace.database.read() as session:
        stored = embeddings.load_embeddings(session, model.space, ids)
        rows = {row.id: row for row in crops.list_crops(session, ids, kind="keyframe")}
    return [_look(workspace, model, each, stored, rows) for each in ids]


def _look(
    workspace: Workspace,
    model: LoadedModel,
    identifier: int,
    stored: StoredVectors,
    rows: dict[int, CropRow],
) -> _Look:
    own = stored.tracklet_ids == identifier
    if not own.any():  # asked by a sighting that the model has not seen
        batch = embed_now(workspace, model, identifier)
        kept = [row for row in rows.values() if row.tracklet_id == identifier]
        pictures = tuple(Picture(row, None) for row in kept)
        return _Look(batch.tracklet_vectors[0], batch.keyframe_vectors[0], pictures)
    whole = own & (stored.modalities == "tracklet")
    images = own & (stored.modalities == "image") & np.isin(stored.crop_ids, list(rows))
    return _Look(
        whole=stored.vectors[whole][0] if whole.any() else None,
        vectors=stored.vectors[images],
        pictures=tuple(Picture(rows[crop], None) for crop in stored.crop_ids[images].tolist()),
    )


def _of_photo(actor: Actor, workspace: Workspace, model: LoadedModel, photo: PhotoQuery) -> _Look:
    if photo.person is None:
        photo = replace(photo, person=get_photo(actor, workspace, photo.id).chosen)
    vector = model.image.embed([photo_crop(actor, workspace, photo.id, photo.person)])
    return _Look(vector[0], vector, (Picture(None, photo),))


def _pixels(actor: Actor, workspace: Workspace, picture: Picture) -> NDArray[np.uint8]:
    if picture.crop is not None:
        key = picture.crop.media_key
        return decode_crop(workspace.media.read(key), key)
    assert picture.photo is not None
    return photo_crop(actor, workspace, picture.photo.id, picture.photo.person)
