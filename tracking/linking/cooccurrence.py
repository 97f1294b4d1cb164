"""Two tracklets of one video at once: two people for certain, or one person boxed twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracking.values import Tracklet

Pairs = NDArray[np.int64]
LEAST_SHARED = 3
APART = 0.3


def co_occurring(tracklets: Sequence[Tracklet]) -> tuple[Pairs, Pairs]:
    """Which tracklets of one video were seen at once.

    Args:
        tracklets: all of one video.

    Returns:
        Two arrays (r, 2) and (d, 2) of positions in `tracklets`, a < b, sorted. `together`: two
        people for certain: three or more frames shared at an IoU below 0.3 with neither box inside
        the other, in most of the frames they share. `doubled`: one person boxed twice. A pair may
        be in neither; none is in both.
    """
    raise NotImplementedError
