"""How well people were followed: HOTA, IDF1, MOTA by TrackEval, from arrays.

Truth is MOT text (frame from 1, id, x, y, w, h, flag, class, visibility), one `<camera or video
stem>.txt` each, with a `labels.json` beside it that may name the labelled frames and regions to
ignore. Only labelled frames are scored. Truth that is hardly visible (column 9 below 0.4), flagged
0, of another class, and what lies in an ignored region is don't-care: nobody has to find it and
nobody is blamed for finding it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from tracking.errors import EvaluationError
from tracking.geometry import covered, iou
from tracking.tracklets import boxes_at
from tracking.values import Tracklet

LEAST_VISIBILITY = 0.4
_MATCH_IOU = 0.5
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What one video really shows.

    Args:
        name: the truth file's stem: a camera's name or a video's.
        labelled: (f,) int32 increasing, 0-based numbers of the labelled frames.
        frames: (n,) int32, a frame each box.
        ids: (n,) int32, a person each box.
        boxes: (n, 4) float32 xyxy.
        counts: (n,) bool; False marks don't-care.
        ignored: regions as (first frame, last frame, xyxy), frames 0-based and inclusive.
    """

    name: str
    labelled: NDArray[np.int32]
    frames: NDArray[np.int32]
    ids: NDArray[np.int32]
    boxes: NDArray[np.float32]
    counts: NDArray[np.bool_]
    ignored: tuple[tuple[int, int, tuple[float, float, float, float]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Boxes that were found, at some frames: (n,) frames and ids, (n, 4) boxes."""

    frames: NDArray[np.int32]
    ids: NDArray[np.int32]
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrackScores:
    """Scores of one camera or of all. Shares are 0–1 (MOTA may be negative).

    Args:
        hota, deta, assa, idf1, mota: the published measures.
        purity: share of the matched boxes that belong to their tracklet's main person.
        pieces: tracklets that mainly show a person, a person who was found at all.
        truth_boxes: boxes that count.
        answer_boxes: boxes that were scored against them.
    """

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    purity: float
    pieces: float
    truth_boxes: int
    answer_boxes: int


def read_truth(folder: Path) -> dict[str, Truth]:
    """Read every `*.txt` of a folder, and its `labels.json` where there is one.

    Raises:
        EvaluationError: no truth there, or a line that can't be read, naming file and line.
    """
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if not files:
        raise EvaluationError(
            f"'{folder}' holds no truth. Put a MOT file <camera or video name>.txt for each there."
        )
    notes: dict[str, Any] = {}
    if (folder / "labels.json").exists():
        try:
            notes = json.loads((folder / "labels.json").read_text())
        except ValueError as error:
            raise EvaluationError(f"'{folder / 'labels.json'}' is not JSON: {error}.") from error
    return {file.stem: _read_file(file, notes) for file in files}


def answers_at(tracklets: Sequence[Tracklet], frames: NDArray[np.int32], max_gap: float) -> Answers:
    """Boxes of tracklets at given frames, linear between analysed ones; see `tracklets.boxes_at`.

    Args:
        tracklets: of one video; their numbers become the ids.
        frames: (f,) int32 increasing, 0-based.
        max_gap: seconds; across longer gaps there is no box.
    """
    parts = [Answers(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 4), np.float32))]
    for tracklet in tracklets:
        at, boxes = boxes_at(tracklet, frames, max_gap)
        parts.append(Answers(frames[at], np.full(len(at), tracklet.number, np.int32), boxes))
    return Answers(
        frames=np.concatenate([p.frames for p in parts]),
        ids=np.concatenate([p.ids for p in parts]),
        boxes=np.concatenate([p.boxes for p in parts]),
    )


def evaluate(pairs: Mapping[str, tuple[Truth, Answers]]) -> dict[str, TrackScores]:
    """Score what was found against the truth.

    Args:
        pairs: a camera's or video's name → its truth and what was found there.

    Returns:
        The same names → scores, and "all" for all of them together.

    Raises:
        EvaluationError: nothing to score.
    """
    if not pairs:
        raise EvaluationError("There is nothing to score: no truth matches a camera or a video.")
    from trackeval.metrics import CLEAR, HOTA, Identity

    quiet = {"PRINT_CONFIG": False}
    metrics = {"hota": HOTA(), "clear": CLEAR(quiet), "identity": Identity(quiet)}
    prepared = {name: _prepare(truth, answers) for name, (truth, answers) in pairs.items()}
    results = {
        name: {key: metric.eval_sequence(data) for key, metric in metrics.items()}
        for name, data in prepared.items()
    }
    together = {
        key: metric.combine_sequences({name: result[key] for name, result in results.items()})
        for key, metric in metrics.items()
    }
    scores = {name: _scores(results[name], [prepared[name]]) for name in pairs}
    scores["all"] = _scores(together, list(prepared.values()))
    return scores


def matches(truth: Truth, answers: Answers) -> list[tuple[int, int, int]]:
    """(frame, person, answer's id) of every answer that was matched to truth that counts."""
    found = []
    for frame in truth.labelled.tolist():
        at = (truth.frames == frame) & truth.counts
        given = answers.frames == frame
        people, ids = truth.ids[at], answers.ids[given]
        for row, column in _pairs(iou(truth.boxes[at], answers.boxes[given])):
            found.append((frame, int(people[row]), int(ids[column])))
    return found


def _scores(result: dict[str, Any], data: Sequence[dict[str, Any]]) -> TrackScores:
    purity, pieces = _purity_and_pieces(data)
    return TrackScores(
        hota=float(np.mean(result["hota"]["HOTA"])),
        deta=float(np.mean(result["hota"]["DetA"])),
        assa=float(np.mean(result["hota"]["AssA"])),
        idf1=float(result["identity"]["IDF1"]),
        mota=float(result["clear"]["MOTA"]),
        purity=purity,
        pieces=pieces,
        truth_boxes=sum(d["num_gt_dets"] for d in data),
        answer_boxes=sum(d["num_tracker_dets"] for d in data),
    )


def _prepare(truth: Truth, answers: Answers) -> dict[str, Any]:
    """One video as TrackEval wants it, don't-cares taken out on both sides."""
    truth_ids: list[NDArray[np.int32]] = []
    answer_ids: list[NDArray[np.int32]] = []
    similarity: list[NDArray[np.float32]] = []
    for frame in truth.labelled.tolist():
        at = truth.frames == frame
        counts = truth.counts[at]
        boxes, ids = truth.boxes[at][counts], truth.ids[at][counts]
        regions = [box for first, last, box in truth.ignored if first <= frame <= last]
        unfair = np.concatenate(
            [truth.boxes[at][~counts], np.array(regions, np.float32).reshape(-1, 4)]
        )
        given = answers.frames == frame
        keep = _scored(answers.boxes[given], boxes, unfair)
        truth_ids.append(ids)
        answer_ids.append(answers.ids[given][keep])
        similarity.append(iou(boxes, answers.boxes[given][keep]))
    people, truth_numbers = _renumber(truth_ids)
    tracks, answer_numbers = _renumber(answer_ids)
    return {
        "num_timesteps": len(truth.labelled),
        "num_gt_dets": sum(map(len, truth_ids)),
        "num_tracker_dets": sum(map(len, answer_ids)),
        "num_gt_ids": people,
        "num_tracker_ids": tracks,
        "gt_ids": truth_numbers,
        "tracker_ids": answer_numbers,
        "similarity_scores": [s.astype(np.float64) for s in similarity],
    }


def _scored(
    answers: NDArray[np.float32], truth: NDArray[np.float32], unfair: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which answers are scored: those that match truth that counts, or touch no don't-care."""
    keep = np.ones(len(answers), dtype=np.bool_)
    if len(unfair):
        mostly_inside = np.any(covered(answers, unfair) > _MOSTLY, axis=1)
        keep &= ~(mostly_inside | np.any(iou(answers, unfair) >= _MATCH_IOU, axis=1))
    keep[[column for _, column in _pairs(iou(truth, answers))]] = True
    return keep


def _pairs(similarity: NDArray[np.floating[Any]]) -> list[tuple[int, int]]:
    """Best one-to-one pairs (row, column) that overlap by half or more."""
    likely = np.where(similarity >= _MATCH_IOU, similarity, 0)
    rows, columns = linear_sum_assignment(-likely)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if likely[r, c] > 0]


def _purity_and_pieces(data: Sequence[dict[str, Any]]) -> tuple[float, float]:
    own = matched = pieces = people = 0
    for video in data:
        votes = np.zeros((video["num_tracker_ids"], video["num_gt_ids"]), dtype=np.int64)
        for truth_ids, answer_ids, similarity in zip(
            video["gt_ids"], video["tracker_ids"], video["similarity_scores"], strict=True
        ):
            for row, column in _pairs(similarity):
                votes[answer_ids[column], truth_ids[row]] += 1
        seen = votes.sum(axis=1) > 0
        own += int(votes.max(axis=1, initial=0).sum())
        matched += int(votes.sum())
        pieces += int(seen.sum())
        people += int((votes.sum(axis=0) > 0).sum())
    return (own / matched if matched else 1.0), (pieces / people if people else 0.0)


def _renumber(ids: Sequence[NDArray[np.int32]]) -> tuple[int, list[NDArray[np.int64]]]:
    known = np.unique(np.concatenate([*ids, np.empty(0, np.int32)]))
    return len(known), [np.searchsorted(known, i).astype(np.int64) for i in ids]


def _read_file(file: Path, notes: dict[str, Any]) -> Truth:
    rows = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = [float(v) for v in line.split(",")]
            frame, person, x, y, w, h = values[:6]
        except ValueError as error:
            raise EvaluationError(
                f"'{file}', line {number}: expected frame,id,x,y,w,h,flag,class,visibility, "
                f"got '{line[:80]}'."
            ) from error
        flag = values[6] if len(values) > 6 else 1.0
        kind = values[7] if len(values) > 7 else 1.0
        visibility = values[8] if len(values) > 8 else 1.0
        hidden = 0 <= visibility < LEAST_VISIBILITY  # negative: not stated
        counts = flag != 0 and kind in (1, -1) and not hidden
        rows.append((int(frame) - 1, int(person), x, y, x + w, y + h, counts))
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    frames = table[:, 0].astype(np.int32)
    said = notes.get("frames_labelled", {}).get(file.stem)
    labelled = (
        np.arange(said["first"] - 1, said["last"], said["stride"], dtype=np.int32)
        if said
        else np.unique(frames)
    )
    ignored = tuple(
        (region["frames"][0] - 1, region["frames"][1] - 1, _xyxy(region["box_xywh"]))
        for region in notes.get("ignore", [])
        if region["camera"] == file.stem
    )
    return Truth(
        name=file.stem,
        labelled=labelled,
        frames=frames,
        ids=table[:, 1].astype(np.int32),
        boxes=table[:, 2:6].astype(np.float32),
        counts=table[:, 6].astype(np.bool_),
        ignored=ignored,
    )


def _xyxy(xywh: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, w, h = xywh
    return x, y, x + w, y + h
