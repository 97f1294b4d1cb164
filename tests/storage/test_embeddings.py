from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from storage import crops, embeddings, lookup, videos
from storage.database import Database
from storage.errors import Conflict, InvalidInput, NotFound
from tests.storage.site import (
    DIMENSION,
    SPACE,
    a_camera,
    a_crop,
    a_tracklet,
    a_video,
    register,
    unit_vectors,
)

KEY = f"ab/{'c' * 62}.jpg"


@pytest.fixture
def embedded(database: Database) -> list[int]:
    """Three tracklets, ids 1 to 3; crop 1 is of the first."""
    with database.write() as session:
        video = a_video(session, a_camera(session))
        added = [a_tracklet(session, video.id) for _ in range(3)]
        crops.add_crops(session, added[0], [a_crop(KEY)])
        register(session)
    return added


def add(session: Any, tracklets: list[int], crop_ids: list[int], **values: Any) -> list[int]:
    given = {"modality": "image", "vectors": unit_vectors(0, len(tracklets))} | values
    return embeddings.add_embeddings(
        session, SPACE, np.array(tracklets, np.int64), np.array(crop_ids, np.int64), **given
    )


def test_an_embedder_is_registered_once(database: Database) -> None:
    with database.write() as session:
        register(session)
        register(session)
        embeddings.register_embedder(
            session, name="tkp-image", space=SPACE, dimension=DIMENSION, fingerprint="g"
        )
        listed = embeddings.list_embedders(session)
        assert [(e.name, e.space, e.vectors) for e in listed] == [
            ("resnet50", SPACE, 0),
            ("tkp-image", SPACE, 0),
        ]
        with pytest.raises(Conflict, match="a space of its own"):
            embeddings.register_embedder(
                session, name="other", space=SPACE, dimension=8, fingerprint="h"
            )


def test_vectors_come_back_as_float16_in_order(database: Database, embedded: list[int]) -> None:
    vectors = unit_vectors(1, 3)
    with database.write() as session:
        ids = add(
            session,
            [2, 1, 1],
            [-1, 1, -1],
            modality=["tracklet", "image", "tracklet"],
            vectors=vectors,
        )
        assert ids == sorted(ids)
    with database.read() as session:
        loaded = embeddings.load_embeddings(session, SPACE, [2, 1, 3, 99])
        (embedder,) = embeddings.list_embedders(session)
    assert loaded.tracklet_ids.tolist() == [1, 1, 2]
    assert loaded.crop_ids.tolist() == [1, -1, -1]
    assert loaded.modalities.tolist() == ["image", "tracklet", "tracklet"]
    assert loaded.vectors.dtype == np.float32
    assert np.array_equal(loaded.vectors, vectors[[1, 2, 0]].astype(np.float16))
    assert (embedder.generation, embedder.vectors) == (1, 3)


def test_long_lists_go_in_batches(
    database: Database, embedded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "BATCH", 2)
    with database.write() as session:
        ids = crops.add_crops(session, 2, [a_crop(KEY)] * 5)
        add(session, [2] * 5, ids)
        assert embeddings.load_embeddings(session, SPACE, [3, 2, 1]).crop_ids.tolist() == ids
        assert len(crops.list_crops(session, [1, 2, 3])) == 6
        removed = videos.remove_video(session, 1)
        assert (removed.crops, removed.media_keys) == (6, (KEY,))


def test_nothing_loads_as_nothing(database: Database, embedded: list[int]) -> None:
    with database.read() as session:
        loaded = embeddings.load_embeddings(session, SPACE, embedded)
    assert [part.shape for part in loaded] == [(0,), (0,), (0,), (0, DIMENSION)]


def test_tracklets_without_vectors_are_found(database: Database, embedded: list[int]) -> None:
    with database.write() as session:
        add(session, [2], [-1])
        assert embeddings.tracklets_without(session, SPACE) == [1, 3]
        assert embeddings.tracklets_without(session, SPACE, limit=1) == [1]
        assert embeddings.count_without(session, SPACE) == 2


@pytest.mark.parametrize(
    ("tracklets", "crop_ids", "values", "error"),
    [
        ([1], [-1], {"vectors": unit_vectors(0, 2)}, InvalidInput),
        ([1], [-1], {"vectors": unit_vectors(0, 1, 8)}, InvalidInput),
        ([1], [-1], {"vectors": unit_vectors(0, 1) * 2}, InvalidInput),
        ([1], [-1], {"vectors": unit_vectors(0, 1).astype(np.float64)}, InvalidInput),
        ([1], [-1], {"vectors": unit_vectors(0, 1) * np.float32(np.nan)}, InvalidInput),
        ([1], [-1], {"modality": "sound"}, InvalidInput),
        ([1], [-1], {"modality": ["image", "image"]}, InvalidInput),
        ([1, 1], [-1, -1], {}, InvalidInput),
        ([2], [1], {}, InvalidInput),
        ([9], [-1], {}, NotFound),
        ([1], [9], {}, NotFound),
    ],
)
def test_odd_vectors_are_refused(
    database: Database,
    embedded: list[int],
    tracklets: list[int],
    crop_ids: list[int],
    values: dict[str, Any],
    error: type[Exception],
) -> None:
    with database.write() as session, pytest.raises(error):
        add(session, tracklets, crop_ids, **values)


def test_a_vector_is_stored_once(database: Database, embedded: list[int]) -> None:
    with database.write() as session:
        add(session, [1, 1], [1, -1])
        with pytest.raises(Conflict, match="already has a vector for crop 1"):
            add(session, [1], [1])
        with pytest.raises(Conflict, match="already has a vector for the whole"):
            add(session, [1], [-1])
        add(session, [1], [-1], modality="tracklet")


def test_an_unknown_space_is_named(database: Database, embedded: list[int]) -> None:
    with database.write() as session:
        for use in (embeddings.tracklets_without, embeddings.delete_space):
            with pytest.raises(NotFound, match="no vector space elsewhere"):
                use(session, "elsewhere")


def test_a_space_can_be_dropped(database: Database, embedded: list[int]) -> None:
    with database.write() as session:
        add(session, [1, 2], [-1, -1])
        assert embeddings.delete_space(session, SPACE) == 2
        assert embeddings.list_embedders(session) == []
        register(session)
        assert embeddings.count_without(session, SPACE) == 3
    assert database.check() == []


def test_the_generation_moves_with_every_change(database: Database, embedded: list[int]) -> None:
    seen = []
    with database.write() as session:
        add(session, [1], [-1])
        seen.append(embeddings.list_embedders(session)[0].generation)
        add(session, [], [], vectors=unit_vectors(0, 0))
        seen.append(embeddings.list_embedders(session)[0].generation)
        videos.remove_video(session, 1)
        seen.append(embeddings.list_embedders(session)[0].generation)
    assert seen == [1, 1, 2]
