"""Which doubtful pairs a person should judge, most useful first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracking.linking.passages import Topology
from tracking.linking.values import Constraints, IdPairs, LinkSettings, ReviewPair, Sightings


def review_pairs(
    sightings: Sightings,
    labels: NDArray[np.int64],
    edges: IdPairs,
    probability: NDArray[np.float32],
    constraints: Constraints,
    topology: Topology,
    settings: LinkSettings,
    limit: int,
) -> list[ReviewPair]:
    """The pairs worth asking about, by expected number of pair decisions an answer would change.

    A question stands for two groups: two people who may be one, or the two halves of a person who
    may be two. Nothing is asked that a person already decided or that a hard rule settles.

    Args:
        sightings: those concerned (all, or the affected people only); vectors may be (n, 0).
        labels: (n,) the present person of each, -1 for none.
        edges: (e, 2) tracklet ids; those of other tracklets are ignored.
        probability: (e,).
        constraints: as for `link`.
        topology: as for `link`.
        settings: as for `link`.
        limit: at most so many, one a pair of groups.
    """
    raise NotImplementedError
