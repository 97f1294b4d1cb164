"""Who is who across cameras: tracklets in, people out. Pure, deterministic.

`link` looks at everything; `resolve` settles a few people again after a person's answer, from the
edges that `link` returned. Precedence: human decisions, entered topology, co-occurrence in one
camera (all hard), then learnt travel times (soft). `tracking.linking` has the parts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracking.linking.cooccurrence import co_occurring
from tracking.linking.reconciling import Proposal, reconcile
from tracking.linking.reviewing import review_pairs
from tracking.linking.values import (
    Conflict,
    Constraints,
    DecidedByTime,
    IdPairs,
    Linking,
    LinkSettings,
    PairOdds,
    Resolution,
    ReviewPair,
    Sightings,
    Watch,
)
from tracking.topology import Topology

__all__ = [
    "Conflict",
    "Constraints",
    "DecidedByTime",
    "LinkSettings",
    "Linking",
    "PairOdds",
    "Proposal",
    "Resolution",
    "ReviewPair",
    "Sightings",
    "affected",
    "co_occurring",
    "link",
    "reconcile",
    "resolve",
    "review_pairs",
]


def link(
    sightings: Sightings,
    odds: PairOdds,
    constraints: Constraints | None = None,
    topology: Topology | None = None,
    settings: LinkSettings | None = None,
    seed: int = 0,
    watch: Watch | None = None,
) -> Linking:
    """Find out who is who.

    Args:
        sightings: n tracklets of any cameras.
        odds: how alike two of them look, see `PairOdds`; called with up to 65,536 pairs at a time.
        constraints: decisions and co-occurrence. With `--new` pass all assignments as `kept`.
        topology: what is known of the site.
        settings: how to link.
        seed: of what is sampled.
        watch: told about progress.

    Raises:
        LinkingError: the parts do not fit together.
    """
    raise NotImplementedError


def resolve(
    sightings: Sightings,
    edges: IdPairs,
    probability: NDArray[np.float32],
    constraints: Constraints | None = None,
    topology: Topology | None = None,
    settings: LinkSettings | None = None,
) -> Resolution:
    """Settle a few people again: the clustering of `link` on them alone, from stored edges.

    Args:
        sightings: those concerned, see `affected`; vectors may be (n, 0).
        edges: (e, 2) tracklet ids from `Linking.edges`; those of other tracklets are ignored.
        probability: (e,) from `Linking.probability`.
        constraints: all that holds now, the new answer included.
        topology: as for `link`.
        settings: as for `link`.
    """
    raise NotImplementedError


def affected(
    ids: NDArray[np.int64],
    labels: NDArray[np.int64],
    edges: IdPairs,
    probability: NDArray[np.float32],
    tracklets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Whom an answer about some tracklets may move: they, their people, and the likeliest rivals.

    Args:
        ids: (n,) tracklet ids.
        labels: (n,) the present person of each; negative for none.
        edges: (e, 2) tracklet ids.
        probability: (e,).
        tracklets: (t,) ids the answer was about.

    Returns:
        (m,) tracklet ids, ascending: what to give `resolve`.
    """
    raise NotImplementedError
