"""What linking takes and gives. Rows are positions in `Sightings`; ids are the caller's own.

No result depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tracking.errors import LinkingError

Rows = NDArray[np.int64]
IdPairs = NDArray[np.int64]
Floats = NDArray[np.float64]
PairOdds = Callable[[Rows, Rows], Floats]
"""Rows (m,) and (m,) of sightings → (m,) calibrated log-likelihood ratios, one person against two,
from how they look alone. Without a calibration: something that rises with the likeness, is about 0
where one cannot tell, and about -4 for two strangers."""
Watch = Callable[[float, str], None]
"""Told the share that is done, 0–1, and what is being done, in plain words. May raise to stop."""

ConflictKind = Literal["answers", "same_breaks_rule", "kept_apart"]


def _no_pairs() -> IdPairs:
    return np.empty((0, 2), np.int64)


def _no_numbers() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """n tracklets.

    Args:
        ids: (n,) int64, positive and unique.
        cameras: (n,) int32.
        videos: (n,) int32.
        start, end: (n,) float64 seconds since the epoch, UTC; nan where the time is not trusted.
        offset_start, offset_end: (n,) float64 seconds within the video.
        vectors: (n, D) float32 tracklet vectors of length 1; a row of zeros where there is none
            (such a tracklet stays unassigned). D may be 0 for `resolve`, which needs none.
        quality: (n,) float32, 0–1.
        frames: (n,) int32, number of analysed frames.

    Raises:
        LinkingError: arrays of another shape or type, an id twice, an end before its start.
    """

    ids: NDArray[np.int64]
    cameras: NDArray[np.int32]
    videos: NDArray[np.int32]
    start: Floats
    end: Floats
    offset_start: Floats
    offset_end: Floats
    vectors: NDArray[np.float32]
    quality: NDArray[np.float32]
    frames: NDArray[np.int32]

    def __post_init__(self) -> None:
        types = {
            "ids": np.int64,
            "cameras": np.int32,
            "videos": np.int32,
            "start": np.float64,
            "end": np.float64,
            "offset_start": np.float64,
            "offset_end": np.float64,
            "quality": np.float32,
            "frames": np.int32,
        }
        for name, dtype in types.items():
            array = getattr(self, name)
            if array.shape != self.ids.shape[:1] or array.dtype != dtype:
                raise LinkingError(
                    f"Sightings.{name} is {array.dtype} {array.shape}, expected "
                    f"{np.dtype(dtype)} ({len(self.ids)},)."
                )
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.ids):
            raise LinkingError(
                f"Sightings.vectors is {self.vectors.shape}, expected ({len(self.ids)}, D)."
            )
        if self.vectors.dtype != np.float32 or not np.isfinite(self.vectors).all():
            raise LinkingError("Sightings.vectors must be finite float32. Embed them again.")
        if len(np.unique(self.ids)) != len(self.ids) or (self.ids < 1).any():
            raise LinkingError("Sightings.ids must be positive, each once.")
        if (self.end < self.start).any() or (self.offset_end < self.offset_start).any():
            raise LinkingError("A sighting ends before it starts.")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Sightings:
        """Some of them, in the order of `rows`."""
        return Sightings(**{name: getattr(self, name)[rows] for name in self.__slots__})


@dataclass(frozen=True, slots=True, eq=False)
class Constraints:
    """What people decided and what the pictures rule out. Ids that are no sightings are ignored.

    Args:
        judged: (p, 2) pairs of tracklet ids that a person judged.
        judged_same: (p,) bool; False means two different people.
        judged_order: (p,) int64, the decision's id: the greater, the newer. Where decisions
            contradict each other the newer counts and both are returned as a conflict.
        pinned: (m, 2) tracklet id, identity id: placed there by a person. Identities that hold
            pinned tracklets never merge.
        pinned_order: (m,) int64, as `judged_order`.
        barred: (b, 2) tracklet id, identity id it must not go to.
        barred_order: (b,) int64, as `judged_order`.
        kept: tracklet id → identity id of assignments that this run shall leave as they are; with
            `--new` all current ones, with `--full` none. Human decisions come first.
        current: tracklet id → identity id of all current assignments; says what a barred identity
            looks like when nothing is pinned to it.
        excluded: ids that take no part (set aside).
        together: (r, 2) pairs that were in two places of one camera at once, see `co_occurring`.
        doubled: (d, 2) pairs that show one person boxed twice.
    """

    judged: IdPairs = field(default_factory=_no_pairs)
    judged_same: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    judged_order: NDArray[np.int64] = field(default_factory=_no_numbers)
    pinned: IdPairs = field(default_factory=_no_pairs)
    pinned_order: NDArray[np.int64] = field(default_factory=_no_numbers)
    barred: IdPairs = field(default_factory=_no_pairs)
    barred_order: NDArray[np.int64] = field(default_factory=_no_numbers)
    kept: Mapping[int, int] = field(default_factory=dict)
    current: Mapping[int, int] = field(default_factory=dict)
    excluded: NDArray[np.int64] = field(default_factory=_no_numbers)
    together: IdPairs = field(default_factory=_no_pairs)
    doubled: IdPairs = field(default_factory=_no_pairs)

    def __post_init__(self) -> None:
        for name in ("judged", "pinned", "barred"):
            pairs, order = getattr(self, name), getattr(self, f"{name}_order")
            if pairs.shape != (len(pairs), 2) or order.shape != (len(pairs),):
                raise LinkingError(
                    f"Constraints.{name} is {pairs.shape} and {name}_order {order.shape}; "
                    "expected (p, 2) and (p,)."
                )
        if self.judged_same.shape != (len(self.judged),):
            raise LinkingError("Constraints.judged_same needs one answer a judged pair.")
        for name in ("together", "doubled"):
            if getattr(self, name).shape[1:] != (2,):
                raise LinkingError(f"Constraints.{name} must be pairs (r, 2).")


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How to link. The defaults were tuned on simulated sites other than those reported.

    Args:
        neighbours: candidates a tracklet gets from each camera, at least 1.
        candidates: candidates it keeps of them all.
        least_quality: 0–1; a tracklet below it, or with fewer than `least_frames` frames, is poor:
            it founds no identity and joins one only when that is nearly certain.
        least_frames: see there.
        decide: probability, averaged over the pairs of two groups, from which they are one person.
        learn_times: whether travel times are learnt from the run's own confident links and used.
    """

    neighbours: int = 4
    candidates: int = 40
    least_quality: float = 0.1
    least_frames: int = 3
    decide: float = 0.5
    learn_times: bool = True

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.candidates < 1:
            raise LinkingError("neighbours and candidates must be at least 1.")
        if not 0 < self.decide < 1:
            raise LinkingError(f"decide is {self.decide}, expected a probability between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Decisions or rules that cannot all hold.

    Args:
        kind: "answers": human decisions contradict each other; the newer counts.
            "same_breaks_rule": a human *same* (or placement) puts one person in two places at
            once, or quicker somewhere than the entered topology allows; the human counts.
            "kept_apart": a kept assignment gave way to a human decision.
        tracklets: ids concerned, ascending.
        identities: ids concerned, ascending.
        orders: the decisions concerned, as given in `judged_order` and its like, ascending.
        rule: the rule that is broken: "together", "apart", "least_seconds", or "".
    """

    kind: ConflictKind
    tracklets: tuple[int, ...]
    identities: tuple[int, ...] = ()
    orders: tuple[int, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class DecidedByTime:
    """Two tracklets that look like one person and were kept apart by when they were seen.

    Args:
        a, b: tracklet ids, a < b.
        rule: "together" (seen at once in one camera), "apart" (at once in two cameras that share
            no view), "least_seconds" (the walk takes longer).
        probability: what their looks alone would say, 0–1.
    """

    a: int
    b: int
    rule: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Linking:
    """Who is who.

    Args:
        ids: (n,) int64 as given.
        labels: (n,) int64: equal for tracklets of one person, 0 upwards, in the order of their
            smallest ids; -1 for tracklets left unassigned (poor or excluded).
        confidence: (n,) float64, 0–1: probability that the tracklet belongs where it was put.
        poor: (n,) bool: too poor to say anything; some may be assigned all the same.
        edges: (e, 2) int64 tracklet ids, a < b, sorted: all candidate pairs worth keeping.
        probability: (e,) float32, 0–1, of each edge by all evidence but the human's.
        pairs_compared: how many pairs were looked at.
        held: (n,) int64: the identity that decisions and kept assignments bind each tracklet to, 0
            for none. Those of one label never differ.
        conflicts: see `Conflict`.
        decided_by_time: see `DecidedByTime`, the likeliest first.
    """

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    confidence: Floats
    poor: NDArray[np.bool_]
    edges: IdPairs
    probability: NDArray[np.float32]
    pairs_compared: int
    held: NDArray[np.int64]
    conflicts: tuple[Conflict, ...]
    decided_by_time: tuple[DecidedByTime, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """Who is who among a few people, after an answer. Fields as in `Linking`, row by row."""

    labels: NDArray[np.int64]
    confidence: Floats
    held: NDArray[np.int64]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class ReviewPair:
    """A doubtful pair for a person to judge.

    Args:
        a, b: tracklet ids, a < b.
        probability: that they are one person, as far as the run can tell, 0–1.
        value: expected number of pairs of tracklets whose answer would change with this one.
        rival: (tracklet id, probability) of the best other match of `a` or `b`, or None.
        together: True when they are one person at present, and an answer *different* splits it.
    """

    a: int
    b: int
    probability: float
    value: float
    rival: tuple[int, float] | None
    together: bool
