"""What is worth asking a person."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.sightings import sightings
from tracking.association import Constraints, LinkSettings, review_pairs
from tracking.topology import Topology


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 7), st.integers(0, 2**16))
def test_no_pair_is_asked_about_twice(count: int, seed: int) -> None:
    """Though one person may be halved in two ways, and both halves be shown by the same two."""
    random = np.random.default_rng(seed)
    edges = np.stack(np.triu_indices(count, 1), axis=1) + 1
    asked = review_pairs(
        sightings([0] * count),
        np.zeros(count, np.int64),
        edges,
        random.uniform(0.05, 0.95, len(edges)).astype(np.float32),
        Constraints(),
        Topology(),
        LinkSettings(),
        limit=10,
    )
    assert len({(each.a, each.b) for each in asked}) == len(asked)
