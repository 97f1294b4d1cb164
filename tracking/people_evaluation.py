"""How well people were told apart across cameras.

Cameras are laid end to end as if they were one long video with global ids, as in multi-camera
benchmarks; IDF1, HOTA and AssA are TrackEval's on that. The other measures are over tracklets: the
true person of a tracklet is the one most of its matched boxes show. A tracklet that was given to
nobody counts as an identity of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from tracking.errors import EvaluationError
from tracking.evaluation import Answers, Truth, evaluate, matches


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Boxes that were found in one video, (n,) each and (n, 4).

    Args:
        frames: int32, 0-based.
        tracklets: int64, whose box.
        identities: int64, whom it was given to; 0 or less for nobody.
        boxes: float32 xyxy.
    """

    frames: NDArray[np.int32]
    tracklets: NDArray[np.int64]
    identities: NDArray[np.int64]
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shares:
    """Precision, recall and their harmonic mean, 0–1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class PeopleScores:
    """Scores across cameras, 0–1, and counts.

    Args:
        idf1, hota, assa: TrackEval's, cameras end to end.
        pairwise: over pairs of tracklets with a true person.
        bcubed: over tracklets.
        camera_pairs: (name, name) in order → pairwise over pairs of tracklets of these two.
        identities_found: identities given to at least one scored tracklet, unassigned ones counted
            one each.
        identities_true: people in the truth that counts.
        tracklets: tracklets with a true person.
    """

    idf1: float
    hota: float
    assa: float
    pairwise: Shares
    bcubed: Shares
    camera_pairs: dict[tuple[str, str], Shares]
    identities_found: int
    identities_true: int
    tracklets: int


def evaluate_people(pairs: Mapping[str, tuple[Truth, Found]]) -> PeopleScores:
    """Score identities across cameras.

    Args:
        pairs: a camera's (or video's) name → its truth, with ids shared across cameras, and what
            was found there. Tracklet ids must be unique over all.

    Raises:
        EvaluationError: nothing to score.
    """
    if not pairs:
        raise EvaluationError("There is nothing to score: no truth matches a camera or a video.")
    rows = [row for name in sorted(pairs) for row in _true_people(name, *pairs[name])]
    labels = np.array([row[0] for row in rows], np.int64)
    people = np.array([row[1] for row in rows], np.int64)
    cameras = np.array([row[2] for row in rows], np.str_)
    truth, found = _end_to_end(pairs)
    # Lone tracklets are identities of their own.
    numbers = np.where(found.identities > 0, found.identities, -1 - found.tracklets)
    answers = np.unique(numbers, return_inverse=True)[1].astype(np.int32)
    scores = evaluate({"all": (truth, Answers(found.frames, answers, found.boxes))})["all"]
    return PeopleScores(
        idf1=scores.idf1,
        hota=scores.hota,
        assa=scores.assa,
        pairwise=pairwise(labels, people),
        bcubed=bcubed(labels, people),
        camera_pairs={
            (one, two): _across(labels, people, cameras == one, cameras == two)
            for one, two in combinations(sorted(pairs), 2)
        },
        identities_found=len(np.unique(_own_identities(labels))),
        identities_true=len(np.unique(truth.ids[truth.counts])),
        tracklets=len(rows),
    )


def pairwise(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> Shares:
    """Of pairs of tracklets: those put together rightly, and those rightly put together.

    Where there is no pair to judge, the share is 1.

    Args:
        labels: (n,) found identity; negative for nobody: an identity of its own.
        truth: (n,) true person.
    """
    table = _table(_own_identities(labels), truth)
    right = _pairs_in(table.data)
    said = _pairs_in(np.asarray(table.sum(axis=1)).ravel())
    true = _pairs_in(np.asarray(table.sum(axis=0)).ravel())
    return _shares(right, said, right, true)


def bcubed(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> Shares:
    """B-cubed (Bagga and Baldwin, 1998): the same by tracklet instead of by pair.

    Args:
        labels: (n,) found identity; negative for nobody: an identity of its own.
        truth: (n,) true person.
    """
    table = _table(_own_identities(labels), truth).tocoo()
    found, true = np.asarray(table.sum(axis=1)).ravel(), np.asarray(table.sum(axis=0)).ravel()
    squares = table.data.astype(np.float64) ** 2
    precision = (squares / found[table.row]).sum()
    recall = (squares / true[table.col]).sum()
    return _shares(precision, len(labels), recall, len(labels))


def identity_f1(
    labels: NDArray[np.int64], truth: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> float:
    """IDF1 where boxes are right and only identities are judged: found and true matched one to one.

    Args:
        labels: (n,) found identity; negative for nobody: an identity of its own.
        truth: (n,) true person.
        weights: (n,) boxes of each tracklet; None: one each.
    """
    if not len(labels):
        return 1.0
    shares = np.ones(len(labels)) if weights is None else weights
    table = _table(_own_identities(labels), truth, shares).tocoo()
    total, rows, columns = 0.0, table.row, table.col
    both_ways = sparse.bmat([[None, table], [table.T, None]])
    parts = connected_components(both_ways, directed=False)[1][rows]
    order = np.argsort(parts, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(parts[order])) + 1):
        one, row = np.unique(rows[at], return_inverse=True)
        two, column = np.unique(columns[at], return_inverse=True)
        dense = np.zeros((len(one), len(two)))
        dense[row, column] = table.data[at]
        total += dense[linear_sum_assignment(-dense)].sum()
    return float(total / shares.sum())


def _end_to_end(pairs: Mapping[str, tuple[Truth, Found]]) -> tuple[Truth, Found]:
    """All videos as if they followed each other in one."""
    truths, founds, begin = [], [], 0
    for _, (truth, found) in sorted(pairs.items()):
        last = max(int(f.max(initial=-1)) for f in (truth.labelled, truth.frames, found.frames))
        shift = np.int32(begin)
        ignored = tuple((f + begin, t + begin, box) for f, t, box in truth.ignored)
        truths.append(
            replace(
                truth,
                labelled=truth.labelled + shift,
                frames=truth.frames + shift,
                ignored=ignored,
            )
        )
        founds.append(replace(found, frames=found.frames + shift))
        begin += last + 1
    whole = Truth(
        name="all",
        labelled=np.concatenate([t.labelled for t in truths]),
        frames=np.concatenate([t.frames for t in truths]),
        ids=np.concatenate([t.ids for t in truths]),
        boxes=np.concatenate([t.boxes for t in truths]),
        counts=np.concatenate([t.counts for t in truths]),
        ignored=tuple(region for t in truths for region in t.ignored),
    )
    together = Found(
        frames=np.concatenate([f.frames for f in founds]),
        tracklets=np.concatenate([f.tracklets for f in founds]),
        identities=np.concatenate([f.identities for f in founds]),
        boxes=np.concatenate([f.boxes for f in founds]),
    )
    return whole, together


def _true_people(name: str, truth: Truth, found: Found) -> list[tuple[int, int, str]]:
    """(identity or -1, true person, camera) of each tracklet that shows somebody."""
    owners, rows = np.unique(found.tracklets, return_index=True)
    given = dict(zip(owners.tolist(), found.identities[rows].tolist(), strict=True))
    position = np.searchsorted(owners, found.tracklets).astype(np.int32)
    votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for _, person, answer in matches(truth, Answers(found.frames, position, found.boxes)):
        votes[int(owners[answer])][person] += 1
    return [
        (
            given[tracklet] if given[tracklet] > 0 else -1,
            min(cast.items(), key=lambda vote: (-vote[1], vote[0]))[0],
            name,
        )
        for tracklet, cast in sorted(votes.items())
    ]


def _own_identities(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give nobody's tracklets an identity each."""
    result = labels.astype(np.int64)
    alone = result < 0
    result[alone] = result.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return result


def _table(
    labels: NDArray[np.int64],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
) -> Any:
    """How much of each found identity (row) is each true person (column), sparse."""
    rows = np.unique(labels, return_inverse=True)[1]
    columns = np.unique(truth, return_inverse=True)[1]
    shares = np.ones(len(labels)) if weights is None else weights
    shape = (int(rows.max(initial=-1)) + 1, int(columns.max(initial=-1)) + 1)
    return sparse.coo_matrix((shares, (rows, columns)), shape).tocsr()


def _across(
    labels: NDArray[np.int64],
    truth: NDArray[np.int64],
    one: NDArray[np.bool_],
    two: NDArray[np.bool_],
) -> Shares:
    """Pairwise shares over pairs of which one tracklet is here and the other there."""
    labels = _own_identities(labels)

    def common(key: NDArray[np.int64]) -> float:
        here, there = Counter(key[one].tolist()), Counter(key[two].tolist())
        return float(sum(count * there[each] for each, count in here.items()))

    both = np.unique(np.stack([labels, truth]), axis=1, return_inverse=True)[1].ravel()
    right = common(both)
    return _shares(right, common(labels), right, common(truth))


def _pairs_in(sizes: NDArray[np.float64]) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


def _shares(right: float, said: float, found: float, true: float) -> Shares:
    precision = right / said if said else 1.0
    recall = found / true if true else 1.0
    both = precision + recall
    return Shares(precision, recall, 2 * precision * recall / both if both else 0.0)
