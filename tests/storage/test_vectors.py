from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import embeddings, tracklets, videos
from storage.database import Database
from storage.errors import InvalidInput
from storage.vector_cache import cache_path
from storage.vectors import Hits, VectorIndex
from tests.storage.site import (
    DIMENSION,
    SPACE,
    a_camera,
    a_tracklet,
    a_video,
    register,
    unit_vectors,
)


def brute_force(
    rows: np.ndarray, owners: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of all allowed rows, as (scores, row ids), by plain numpy."""
    scores = (vectors * query).sum(axis=1, dtype=np.float32)
    order = np.lexsort((rows, -scores))[:k]
    return scores[order], rows[order]


class Site:
    """A store that grows and shrinks, and what its vectors must be."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rows = np.empty(0, np.int64)
        self.owners = np.empty(0, np.int64)
        self.vectors = np.empty((0, DIMENSION), np.float32)
        self.videos: dict[int, list[int]] = {}
        self.seed = 0
        with database.write() as session:
            self.camera = a_camera(session)
            register(session)

    def add(self, people: int, each: int = 2) -> None:
        """A video of `people` tracklets with `each` vectors (1 or 2)."""
        self.seed += 1
        with self.database.write() as session:
            video = a_video(session, self.camera, "a.mp4", size=self.seed)
            self.videos[video.id] = [a_tracklet(session, video.id) for _ in range(people)]
            for modality in ("image", "tracklet")[:each]:
                owners = np.array(self.videos[video.id], np.int64)
                vectors = unit_vectors(self.seed * 2 + (modality == "image"), people)
                ids = embeddings.add_embeddings(
                    session, SPACE, owners, np.full(people, -1), modality, vectors
                )
                self.rows = np.append(self.rows, np.array(ids, np.int64))
                self.owners = np.append(self.owners, owners)
                stored = vectors.astype(np.float16).astype(np.float32)
                self.vectors = np.concatenate([self.vectors, stored])

    def remove(self, video_id: int) -> None:
        with self.database.write() as session:
            videos.remove_video(session, video_id)
        keep = ~np.isin(self.owners, self.videos.pop(video_id))
        self.rows, self.owners = self.rows[keep], self.owners[keep]
        self.vectors = self.vectors[keep]

    def index(self, folder: Path) -> VectorIndex:
        return VectorIndex(self.database, SPACE, DIMENSION, folder)

    def assert_agrees(self, index: VectorIndex, k: int, allowed: np.ndarray | None) -> None:
        queries = unit_vectors(999 + self.seed, 3)
        hits = index.search(queries, k, allowed)
        within = np.ones(len(self.rows), bool) if allowed is None else np.isin(self.owners, allowed)
        found = min(k, int(within.sum()))
        for at, query in enumerate(queries):
            scores, rows = brute_force(
                self.rows[within], self.owners[within], self.vectors[within], query, k
            )
            assert hits.row_ids[at, :found].tolist() == rows.tolist()
            assert np.allclose(hits.scores[at, :found], scores, atol=1e-6)
            assert (hits.row_ids[at, found:] == -1).all()
            assert np.isneginf(hits.scores[at, found:]).all()
            owner = dict(zip(self.rows.tolist(), self.owners.tolist(), strict=True))
            assert hits.tracklet_ids[at, :found].tolist() == [owner[row] for row in rows.tolist()]


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)


def test_an_empty_space_finds_nothing(database: Database, tmp_path: Path) -> None:
    index = VectorIndex(database, "never registered", 8, tmp_path)
    assert index.refresh() == 0
    assert index.check() == []
    hits = index.search(unit_vectors(0, 2, 8), 3)
    assert hits.row_ids.tolist() == [[-1] * 3] * 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 30), st.integers(1, 2)),
        st.tuples(st.just("remove"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("restart"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("refresh"), st.integers(0, 1), st.just(0)),
    ),
    max_size=8,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, k=st.integers(1, 60), share=st.none() | st.floats(0, 1))
def test_two_indexes_agree_with_brute_force_whatever_happened(
    tmp_path_factory: pytest.TempPathFactory,
    migrated: Path,
    steps: list[tuple[str, int, int]],
    k: int,
    share: float | None,
) -> None:
    folder = tmp_path_factory.mktemp("store")
    database = Database.open(shutil.copy(migrated, folder / "retrace.db").as_posix())
    site = Site(database)
    indexes = [site.index(folder), site.index(folder)]
    for what, number, each in steps:
        if what == "add":
            site.add(number, each)
        elif what == "remove" and site.videos:
            site.remove(sorted(site.videos)[number % len(site.videos)])
        elif what == "restart":
            indexes[number].save()
            indexes[number] = site.index(folder)
        elif what == "refresh":
            indexes[number].refresh()
    allowed = None
    if share is not None:
        known = np.unique(site.owners)
        allowed = np.append(known[: int(share * len(known))], 10**6)
    for index in indexes:
        index.refresh()
        assert index.count == len(site.rows)
        assert index.check() == []
        site.assert_agrees(index, k, allowed)
        assert index.refresh() == 0
    assert database.check() == []
    database.dispose()


def test_filters_are_exact_however_narrow(site: Site, tmp_path: Path) -> None:
    site.add(200)
    index = site.index(tmp_path)
    index.refresh()
    for allowed in ([], [1], list(range(1, 200, 7)), list(range(1, 201)), [10**6]):
        site.assert_agrees(index, 50, np.array(allowed, np.int64))


def test_each_tracklet_is_found_once_by_its_best_vector(site: Site, tmp_path: Path) -> None:
    site.add(50)
    index = site.index(tmp_path)
    index.refresh()
    queries = unit_vectors(5, 2)
    allowed = np.arange(1, 31)
    for k in (1, 7, 30, 40):
        hits: Hits = index.search_tracklets(queries, k, allowed)
        for at, query in enumerate(queries):
            scores = site.vectors @ query
            best = {each: scores[site.owners == each].max() for each in allowed.tolist()}
            expected = sorted(best, key=lambda each: -best[each])[:k]
            found = min(k, 30)
            assert hits.tracklet_ids[at, :found].tolist() == expected
            assert np.allclose(hits.scores[at, :found], [best[each] for each in expected])
            assert (hits.tracklet_ids[at, found:] == -1).all()


def test_refresh_reads_only_what_is_new(site: Site, tmp_path: Path) -> None:
    index = site.index(tmp_path)
    site.add(10)
    assert index.refresh() == 20
    assert index.refresh() == 0
    site.add(3)
    assert index.refresh() == 6
    site.remove(1)
    assert index.refresh() == 20
    assert index.count == 6


def test_a_saved_index_is_loaded_and_caught_up(site: Site, tmp_path: Path) -> None:
    site.add(10)
    site.add(10)
    first = site.index(tmp_path)
    first.refresh()
    first.save()
    site.remove(1)
    site.add(4)
    second = site.index(tmp_path)
    assert second.refresh() == 20 + 8
    site.assert_agrees(second, 30, None)


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_cache_file_is_rebuilt(site: Site, tmp_path: Path, damage: bytes | None) -> None:
    site.add(10)
    site.index(tmp_path).rebuild()
    path = cache_path(tmp_path, SPACE)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    index = site.index(tmp_path)
    assert index.refresh() == 20
    site.assert_agrees(index, 5, None)


def test_a_cache_of_another_store_is_not_taken(site: Site, tmp_path: Path, migrated: Path) -> None:
    site.add(10)
    site.index(tmp_path / "cache").rebuild()
    other = Database.open(shutil.copy(migrated, tmp_path / "other.db").as_posix())
    elsewhere = Site(other)
    elsewhere.seed = 50
    elsewhere.add(10)
    index = elsewhere.index(tmp_path / "cache")
    index.refresh()
    assert index.check() == []
    elsewhere.assert_agrees(index, 20, None)
    other.dispose()


def test_a_dropped_space_empties_the_index(site: Site, tmp_path: Path) -> None:
    site.add(10)
    index = site.index(tmp_path)
    index.refresh()
    with site.database.write() as session:
        embeddings.delete_space(session, SPACE)
        register(session)
    index.refresh()
    assert index.count == 0


def test_check_tells_what_is_wrong(site: Site, tmp_path: Path) -> None:
    site.add(5)
    index = site.index(tmp_path)
    assert "behind" in index.check()[0]
    index.refresh()
    assert index.check() == []
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE embedding SET vector = zeroblob(64) WHERE id = 3")
    assert index.check() == [
        f"1 vectors of space {SPACE} differ between index and database. Rebuild it."
    ]
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM embedding WHERE id = 3")
    assert "not the same ones" in index.check()[0]
    assert index.rebuild() == 9
    assert index.check() == []


def test_odd_queries_are_refused(site: Site, tmp_path: Path) -> None:
    index = site.index(tmp_path)
    good = unit_vectors(0, 1)
    for queries, k in [(good[:, :5], 1), (good[0], 1), (good.astype(np.float64), 1), (good, 0)]:
        with pytest.raises(InvalidInput):
            index.search(queries, k)
    wrong = VectorIndex(site.database, SPACE, DIMENSION + 1, tmp_path)
    with pytest.raises(InvalidInput, match="Check which model"):
        wrong.refresh()


def test_searching_while_others_add_and_remove(site: Site, tmp_path: Path) -> None:
    site.add(100)
    index = site.index(tmp_path)
    index.refresh()
    errors: list[BaseException] = []
    stop = threading.Event()

    def use(action: Any) -> None:
        try:
            while not stop.is_set():
                action()
        except BaseException as error:
            errors.append(error)

    def search() -> None:
        hits = index.search(unit_vectors(1, 2), 20)
        assert (np.diff(hits.scores, axis=1) <= 0).all()
        assert (hits.row_ids >= 0).all()

    threads = [threading.Thread(target=use, args=(each,)) for each in (search, index.refresh)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        site.add(20)
        site.remove(max(site.videos))
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    index.refresh()
    site.assert_agrees(index, 30, None)


def test_listing_filters_feed_the_search(site: Site, tmp_path: Path) -> None:
    site.add(10)
    site.add(10)
    index = site.index(tmp_path)
    index.refresh()
    with site.database.read() as session:
        allowed = tracklets.tracklet_ids(session, None, video_ids=[2])
    hits = index.search(unit_vectors(0, 1), 100, allowed)
    assert set(hits.tracklet_ids[0, :20].tolist()) == set(site.videos[2])
