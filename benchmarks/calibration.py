"""Measure re-ID models on CUHK03 and fit their calibrations.

    python -m benchmarks.calibration [--model NAME | --checkpoint DIR]... [--compare] [--write]
                                     [--cache DIR]

For each model: ranking accuracy on people 767–1466 (camera a's crops query camera b's); with
--compare, other ways to score on people 0–766; calibration fitted on half of people 0–766 and
checked on the other half. --write fits it on all of them and stores it, with the ranking accuracy,
beside the model's card. A checkpoint's weights go there too, with its recipe and a file that says
their terms: that is how weights of our own are shipped. A model trained on people 0–766 is
calibrated on people 767–1466 instead. CUHK03 comes from RETRACE_DATA/reid and is for academic
research only.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.shipping import ship
from reid_models import registry
from reid_models.calibration import (
    CALIBRATION,
    DEFAULT_PRIOR,
    POSSIBLE,
    STRONG,
    Calibration,
    Line,
    fit_line,
)
from reid_models.calibration import write_calibration as write
from reid_models.cards import SHIPPED_CARDS, Measured, write_card
from reid_models.datasets.cuhk03 import Cuhk03Crop, read_cuhk03
from reid_models.embedders import normalise, pool_strips
from reid_models.evaluation import rank_gallery
from reid_models.roles import Vectors
from reid_models.scoring import (
    SCORE_VERSION,
    Kind,
    photo_query,
    score_many,
    tracklet_query,
)

Floats = npt.NDArray[np.floating]
FIT_PEOPLE, TEST_PEOPLE = range(767), range(767, 1467)
COMMAND = "python -m benchmarks.calibration --write"


@dataclass(frozen=True)
class View:
    """What one camera saw of P people: tracklet vectors (P, D) and crops with their owners."""

    tracklets: Vectors
    crops: Vectors
    owners: npt.NDArray[np.int64]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", help="default: every model that is ready")
    parser.add_argument("--checkpoint", action="append", type=Path, default=[], help="our own")
    parser.add_argument("--compare", action="store_true", help="print other ways to score")
    parser.add_argument("--write", action="store_true", help="store calibration and accuracy")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    options = parser.parse_args()
    data = Path(os.environ["RETRACE_DATA"])
    folders = [data / "weights"]
    crops = read_cuhk03(data / "reid" / "cuhk03-detected-64x128")
    ready = [entry.name for entry in registry.available(folders) if entry.state == "ready"]
    for folder in options.checkpoint:
        report(registry.load_checkpoint(folder), crops, options, folder)
    for name in options.model or ([] if options.checkpoint else ready):
        report(registry.load(name, folders), crops, options)


def report(
    model: registry.LoadedModel,
    crops: Sequence[Cuhk03Crop],
    options: argparse.Namespace,
    checkpoint: Path | None = None,
) -> None:
    """Measure, print and, if asked, store everything about one model."""
    vectors = embed_all(model, crops, options.cache)
    print(f"\n## {model.card.name} ({model.device}, {model.space})")
    measured = measure(model, crops, vectors)
    print(
        f"CUHK03-last700 a → b: rank 1 {measured.rank1:.1%}, rank 5 {measured.rank5:.1%}, "
        f"mAP {measured.mean_ap:.1%}, {measured.queries} queries"
    )
    people = TEST_PEOPLE if "CUHK03" in model.card.trained_on else FIT_PEOPLE
    first, second = split_views(crops, vectors, people)
    if options.compare:
        compare(first, second)
    scores = score_pairs(first, second)
    order = np.random.default_rng(0).permutation(len(first.tracklets))
    fitted, held_out = order[: len(order) // 2], order[len(order) // 2 :]
    print(
        f"Held-out half, prior {DEFAULT_PRIOR}: log loss (1 = knowing only the prior), calibration "
        f"error, and at P ≥ {POSSIBLE} and ≥ {STRONG}: precision / recall"
    )
    for kind, (table, rows, columns) in scores.items():
        line = fit_line(*pairs(table, rows, columns, fitted))
        print(f"  {kind:18}", check(line, *pairs(table, rows, columns, held_out)))
    if options.write:
        everyone = np.arange(len(first.tracklets))
        lines = {kind: fit_line(*pairs(*scores[kind], everyone)) for kind in scores}
        store(model, measured, lines, people, checkpoint)


def embed_all(
    model: registry.LoadedModel, crops: Sequence[Cuhk03Crop], cache: Path | None
) -> Vectors:
    """Vectors (N, D) of all crops; kept in `cache` by space and device."""
    kept = cache and cache / f"{model.space} {model.device}.npy"
    if kept and kept.exists():
        return np.asarray(np.load(kept), np.float32)
    parts = []
    started = time.perf_counter()
    for start in range(0, len(crops), 512):
        images = [read_rgb(crop.path) for crop in crops[start : start + 512]]
        parts.append(model.image.embed(images))
    vectors = np.concatenate(parts)
    print(f"{model.card.name}: {len(vectors) / (time.perf_counter() - started):.0f} crops/s")
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, vectors)
    return vectors


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """An image file as uint8 RGB (H, W, 3)."""
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)


def measure(model: registry.LoadedModel, crops: Sequence[Cuhk03Crop], vectors: Vectors) -> Measured:
    """Ranking accuracy on people 767–1466: every crop of camera a queries all of camera b."""
    people = np.array([crop.person for crop in crops])
    cameras = np.array([crop.camera for crop in crops])
    test = np.isin(people, TEST_PEOPLE)
    query, gallery = test & (cameras == 0), test & (cameras == 1)
    result = rank_gallery(
        1 - vectors[query] @ vectors[gallery].T,
        people[query],
        cameras[query],
        people[gallery],
        cameras[gallery],
    )
    return Measured(
        benchmark=registry.DEFAULT_BENCHMARK,
        protocol="CUHK03 detected 64×128, people 767–1466 (not the official split): every crop of "
        "camera a queries all of camera b; cosine, standard AP, no re-ranking",
        queries=result.counted,
        rank1=round(result.rank(1), 4),
        rank5=round(result.rank(5), 4),
        mean_ap=round(result.mean_ap, 4),
        precision=model.device,
        command=COMMAND,
    )


def split_views(crops: Sequence[Cuhk03Crop], vectors: Vectors, people: range) -> tuple[View, View]:
    """Both cameras' views of those `people` that both saw."""
    who = np.array([crop.person for crop in crops])
    camera = np.array([crop.camera for crop in crops])
    both = np.intersect1d(who[camera == 0], who[camera == 1])
    both = both[np.isin(both, people)]
    views = []
    for side in (0, 1):
        chosen = (camera == side) & np.isin(who, both)
        owners = np.searchsorted(both, who[chosen])
        counts = np.bincount(owners, minlength=len(both))
        tracklets = pool_strips(vectors[chosen], counts.tolist())
        views.append(View(tracklets, vectors[chosen], owners))
    return views[0], views[1]


def score_pairs(
    first: View, second: View
) -> dict[Kind, tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """All scores of one view's people against the other's, by kind.

    Returns:
        kind → (scores (Q, G), person of each row (Q,), person of each column (G,)).
    """
    gallery = (second.tracklets, second.crops, second.owners)
    everyone = np.arange(len(first.tracklets))
    photos = [score_many(photo_query(crop), *gallery) for crop in first.crops]
    clicked = [
        score_many(tracklet_query(whole, first.crops[first.owners == person]), *gallery)
        for person, whole in enumerate(first.tracklets)
    ]
    return {
        "image_image": (first.crops @ second.crops.T, first.owners, second.owners),
        "image_tracklet": (np.array(photos), first.owners, everyone),
        "tracklet_tracklet": (np.array(clicked), everyone, everyone),
    }


def pairs(
    table: Floats,
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    people: npt.NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """The scores of same and of different pairs among `people`."""
    part = table[np.ix_(np.isin(rows, people), np.isin(columns, people))]
    same = rows[np.isin(rows, people)][:, None] == columns[np.isin(columns, people)]
    return part[same], part[~same]


def check(line: Line, same: Floats, different: Floats, prior: float = DEFAULT_PRIOR) -> str:
    """How the line does on pairs it was not fitted on, weighted to the prior."""
    logit = np.log(prior / (1 - prior))
    of_same, of_different = line.ratio(same) + logit, line.ratio(different) + logit
    loss = prior * np.logaddexp(0, -of_same).mean()
    loss += (1 - prior) * np.logaddexp(0, of_different).mean()
    knowing_nothing = -prior * np.log(prior) - (1 - prior) * np.log(1 - prior)
    same_p, different_p = 1 / (1 + np.exp(-of_same)), 1 / (1 + np.exp(-of_different))
    edges = np.linspace(0, 1, 11)
    truth = prior * np.histogram(same_p, edges)[0] / len(same)
    others = (1 - prior) / len(different)
    said = prior * np.histogram(same_p, edges, weights=same_p)[0] / len(same)
    said += others * np.histogram(different_p, edges, weights=different_p)[0]
    text = f"{loss / knowing_nothing:.3f}  {np.abs(truth - said).sum():.4f} "
    for threshold in (POSSIBLE, STRONG):
        found = prior * (same_p >= threshold).mean()
        wrong = (1 - prior) * (different_p >= threshold).mean()
        text += f"  {found / max(found + wrong, 1e-12):.1%} / {found / prior:.1%}"
    return text


def compare(first: View, second: View) -> None:
    """Print rank 1, rank 5 and reciprocal rank of other ways to score on people 0–766."""
    people = np.arange(len(first.tracklets))
    starts = [np.searchsorted(view.owners, people) for view in (first, second)]
    keyframe = np.maximum.reduceat(first.crops @ second.crops.T, starts[1], axis=1)
    photo = first.crops @ second.tracklets.T
    clicked = first.tracklets @ second.tracklets.T
    pair = np.maximum.reduceat(keyframe, starts[0], axis=0)
    served = (photo + keyframe) / 2
    last = np.append(starts[0][1:], len(first.crops)) - 1
    one, two = served[starts[0]], served[last]
    mean_photo = normalise(first.crops[starts[0]] + first.crops[last])
    mean_keyframe = np.maximum.reduceat(mean_photo @ second.crops.T, starts[1], axis=1)
    ways = {
        "photo: tracklet vector": (photo, first.owners),
        "photo: best keyframe": (keyframe, first.owners),
        "photo: the better of both": (np.maximum(photo, keyframe), first.owners),
        "photo: mean of both (served)": (served, first.owners),
        "tracklet: tracklet vectors": (clicked, people),
        "tracklet: best pair of keyframes": (pair, people),
        "tracklet: the better of both": (np.maximum(clicked, pair), people),
        "tracklet: mean of both (served)": ((clicked + pair) / 2, people),
        "two photos: the first alone": (one, people),
        "two photos: best score": (np.maximum(one, two), people),
        "two photos: mean vector": ((mean_photo @ second.tracklets.T + mean_keyframe) / 2, people),
        "two photos: mean score (served)": ((one + two) / 2, people),
    }
    for label, (table, truth) in ways.items():
        place = (table > table[np.arange(len(table)), truth][:, None]).sum(axis=1)
        print(
            f"  {label:34} {np.mean(place == 0):.1%}  {np.mean(place < 5):.1%}  "
            f"{np.mean(1 / (place + 1)):.1%}"
        )


def store(
    model: registry.LoadedModel,
    measured: Measured,
    lines: dict[Kind, Line],
    people: range,
    checkpoint: Path | None,
    to: Path = SHIPPED_CARDS,
) -> None:
    """Write calibration.json and the card's measurement beside the shipped card.

    The weights, terms and recipe of a checkpoint, where one is given, are put there too.
    """
    folder = to / model.card.name
    card = model.card if checkpoint is None else ship(model.card, checkpoint, to)
    calibration = Calibration(
        space=model.space,
        model_sha256=model.sha256,
        score_version=SCORE_VERSION,
        source=f"CUHK03 detected 64×128, people {people.start}–{people.stop - 1} "
        "(academic research only)",
        protocol="all pairs of camera a against camera b; a person's up to five crops in one view "
        "stand for a tracklet's strip and keyframes; " + COMMAND,
        lines=lines,
    )
    write(calibration, folder / CALIBRATION)
    others = tuple(m for m in card.measured if m.benchmark != measured.benchmark)
    write_card(card.model_copy(update={"measured": (measured, *others)}), folder / "card.yaml")


if __name__ == "__main__":
    main()
