"""The pairs that a run weighed: those around some tracklets come back, exactly these."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from alembic import command
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage import matching_runs, migrating, run_edges
from storage.blobs import pack
from storage.database import Database
from storage.engine import WRITE, make_engine, parse_url
from storage.run_edges import BLOCK, blocks
from tests.storage.site import a_camera, a_tracklet, a_video

ends = st.tuples(st.integers(1, 4 * BLOCK), st.integers(1, 4 * BLOCK))


@settings(max_examples=50, deadline=None)
@given(st.lists(ends.filter(lambda pair: pair[0] < pair[1]), unique=True))
def test_a_block_has_every_pair_with_an_end_in_it(found: list[tuple[int, int]]) -> None:
    pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
    chances = np.arange(len(pairs), dtype=np.float32)
    stored = dict(blocks(pairs, chances))
    for block in range(5):
        touching = (pairs // BLOCK == block).any(axis=1)
        if not touching.any():
            assert block not in stored
        else:
            one = np.stack([pairs[touching, 0], pairs[touching, 1]])
            assert stored[block] == pack(*one, chances[touching])


def test_pairs_are_found_from_either_end_and_replaced_by_newer_ones(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session, "Door"), "a.mp4")
        for _ in range(5):
            a_tracklet(session, video.id)
        run = matching_runs.add_run(session, mode="full", preview=False, actor="me").id
        pairs = np.array([[1, 2], [1, 5], [2, 3], [3, 99]])
        run_edges.store_edges(session, run, pairs, np.array([0.1, 0.2, 0.3, 0.4], np.float32))
        around = run_edges.load_edges(session, run, [5, 3])
        assert around.pairs.tolist() == [[1, 5], [2, 3]]  # nobody is number 99
        assert np.allclose(around.probabilities, [0.2, 0.3])
        assert not len(run_edges.load_edges(session, run, []).pairs)
        run_edges.store_edges(session, run, pairs[:1], np.ones(1, np.float32))
        assert run_edges.load_edges(session, run, [1, 3]).pairs.tolist() == [[1, 2]]


def test_pairs_of_earlier_versions_are_taken_over(tmp_path: Path) -> None:
    engine = make_engine(parse_url(str(tmp_path / "old.db")))
    first, second = np.array([1, 2]), np.array([3, 40])
    with engine.connect().execution_options(**WRITE) as connection, connection.begin():
        command.upgrade(migrating.config(connection), "0002")
        connection.execute(
            text(
                "INSERT INTO matching_run (id, mode, preview, state, actor, params, code_version, "
                "model, space, counts, changes, as_of, created, edges) VALUES (7, 'new', false, "
                "'applied', 'me', '{}', '', '', '', '{}', '{}', 0, 0, :edges)"
            ),
            {"edges": pack(first, second, np.array([0.5, 0.25], np.float32))},
        )
        command.upgrade(migrating.config(connection), "0003")
        rows = connection.execute(text("SELECT run_id, block, blob FROM edge_block ORDER BY 2"))
        expected = blocks(np.stack([first, second], axis=1), np.array([0.5, 0.25], np.float32))
        assert [(7, *each) for each in expected] == [tuple(row) for row in rows]
    engine.dispose()
