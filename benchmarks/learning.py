"""Does every method learn? Minutes of training on a few people, tested on others.

    python -m benchmarks.learning [--method NAME]... [--epochs N] [--threads N] [--log FILE]

Trains a light network of each method (ResNet-10, width 24, 128×64) from random weights on 60 of
Market-1501's training people and ranks 40 other training people before and after: a person's first
crop in each camera asks, all other crops are searched. It shows that a method learns, and nothing
about how good it can become. FILE gets loss curves and results; benchmarks/learning.log holds those
of docs/accuracy.md. Market-1501 comes from RETRACE_DATA/reid; research only.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from reid_models.cards import Architecture, read_card
from reid_models.cross_scoring import CrossScorer, Maps, reordered_distances
from reid_models.datasets.market1501 import read_market1501
from reid_models.datasets.samples import ReidDataset, Sample, group_tracklets
from reid_models.embedders import normalise, pool_strips
from reid_models.evaluation import RankingResult, rank_gallery
from reid_models.masks.lessons import with_masks
from reid_models.method_settings import RDANSettings
from reid_models.methods import build
from reid_models.methods.can import CAN
from reid_models.methods.tkp import TKP
from reid_models.recipes import Augmentation, Batch, LossWeights, Optimiser, Recipe, Size
from reid_models.roles import Vectors
from reid_models.tasks import build_task
from reid_models.training import train
from reid_models.training_data import TrainingSet, load_training_set
from reid_models.transforms import clean

TRAIN_PEOPLE, TEST_PEOPLE = 60, 40
SIZE = Size(height=128, width=64)
SHAPES: dict[str, dict[str, object]] = {
    "ide": {"head": "ide"},
    "baseline": {},
    "pcb": {"head": "pcb", "stripes": 4, "stripe_channels": 32},
    "ianet": {"parts": ("sia", "cia"), "stages": (2, 3)},
    "sesa": {"parts": ("se", "sa")},
    "tkp": {"shared_trunk": True},
    "mgran": {"mask_level": "feature"},
    "dranet": {"stripes": 2, "stripe_channels": 64},
    "rdan": {"glimpses": 4, "memory": 96},
    "can": {"pair_channels": 64, "map_size": (8, 4)},
}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", action="append", choices=list(SHAPES), help="default: all")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    parser.add_argument("--log", type=Path, help="add loss curves and results to this file")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    data = read_market1501(Path(os.environ["RETRACE_DATA"]) / "reid" / "Market-1501-v15.09.15")
    people = sorted({sample.person for sample in data.train})
    taught = people[:TRAIN_PEOPLE]
    asked = people[TRAIN_PEOPLE : TRAIN_PEOPLE + TEST_PEOPLE]
    lessons = load_training_set([part(data, taught)], SIZE)
    exam = part(data, asked)
    test = load_training_set([exam], SIZE)
    print(f"{len(lessons.samples)} crops to learn from, {len(test.samples)} to be asked about")
    print("| method | mAP untrained | mAP trained | Rank-1 trained | crop → tracklet | minutes |")
    print("|---|--:|--:|--:|--:|--:|")
    for method in options.method or SHAPES:
        curves, line = row(method, recipe_for(method, options.epochs), lessons, test)
        print(line, flush=True)
        if options.log:
            with options.log.open("a", encoding="utf-8") as file:
                file.write(f"{method}, {options.epochs} epochs\n{curves}{line}\n\n")


def part(data: ReidDataset, people: list[int]) -> ReidDataset:
    """The training crops of these people."""
    return ReidDataset(data.name, train=tuple(s for s in data.train if s.person in people))


def recipe_for(method: str, epochs: int) -> Recipe:
    """A light recipe of a method; all but the method's own is the same for all of them."""
    tkp = method == "tkp"
    losses = LossWeights()
    if tkp:
        losses = LossWeights(features=0.1, distances=1.0)
    elif method in ("ide", "pcb", "dranet"):
        losses = LossWeights(triplet=0.0)
    return Recipe.model_validate(
        {
            "method": "baseline" if method in ("ide", "pcb") else method,
            "summary": "A network that shows whether its method learns.",
            "architecture": Architecture.model_validate(
                {"depth": 10, "width": 24, "ibn": True, **SHAPES[method]}
            ),
            "dimension": 128,
            "input": SIZE,
            "epochs": epochs,
            "batch": Batch(people=4, crops=4, frames=4) if tkp else Batch(people=8, crops=8),
            "losses": losses,
            "rdan": RDANSettings(whole_epochs=3, random_epochs=5, mean_over_glimpses=True),
            "optimiser": Optimiser(
                rate=1e-3, decay=0.02, decoupled=True, warmup_epochs=1, schedule="cosine"
            ),
            "augmentation": Augmentation(flip=0.5, shift=0.04, erase=0.2, colour=0.2),
        }
    )


def row(method: str, recipe: Recipe, lessons: TrainingSet, test: TrainingSet) -> tuple[str, str]:
    """Train one method and give its loss curves as CSV and its line of the table."""
    if method == "mgran":
        test = with_masks(test, recipe.architecture)
    untrained = build_task(recipe, lessons.people).network.eval()
    before = rank(untrained, test)[0]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = train(method, recipe, lessons, Path(folder), device="cpu")
        assert checkpoint is not None
        minutes = (time.perf_counter() - started) / 60
        card = read_card(checkpoint / "card.yaml")
        network = build(card, checkpoint / "weights.safetensors")
        curves = (Path(folder) / "log.csv").read_text("utf-8")
    after, clips = rank(network, test)
    line = (
        f"| {method} | {before.mean_ap:.1%} | {after.mean_ap:.1%} | {after.rank(1):.1%} "
        f"| {clips.mean_ap:.1%} | {minutes:.1f} |"
    )
    if isinstance(network, CAN):
        anew = rank(network, test, CrossScorer(network, card))[0]
        cells = f"{anew.mean_ap:.1%} | {anew.rank(1):.1%}"
        line += f"\n| {method}, first 20 anew | – | {cells} | – | – |"
    return curves, line


def rank(
    network: torch.nn.Module, test: TrainingSet, scorer: CrossScorer | None = None
) -> tuple[RankingResult, RankingResult]:
    """Each person's first crop in each camera asks: all other crops, then their tracklets.

    With a scorer each query's first crops are ordered anew by it.
    """
    places = {sample: index for index, sample in enumerate(test.samples)}
    stills = embed(network, test, list(places.values()))
    first: dict[tuple[int, int], Sample] = {}
    for sample in test.samples:
        first.setdefault((sample.person, sample.camera), sample)
    queries = list(first.values())
    others = [sample for sample in test.samples if sample not in set(queries)]
    tracklets = group_tracklets(others)
    if isinstance(network, TKP):
        walks = np.stack(
            [embed_clip(network, test, [places[s] for s in t.samples]) for t in tracklets]
        )
    else:
        order = [places[sample] for t in tracklets for sample in t.samples]
        walks = pool_strips(stills[order], [len(t.samples) for t in tracklets])
    asks = stills[[places[sample] for sample in queries]]
    searched = stills[[places[sample] for sample in others]]
    distances = 1 - asks @ searched.T
    if scorer is not None:
        asked, found = (maps_of(network, test, [places[s] for s in ss]) for ss in (queries, others))
        distances = reordered_distances(scorer, distances, asked, found)
    results = []
    for table, items in ((distances, others), (1 - asks @ walks.T, tracklets)):
        results.append(
            rank_gallery(
                table,
                np.array([sample.person for sample in queries]),
                np.array([sample.camera for sample in queries]),
                np.array([item.person for item in items]),
                np.array([item.camera for item in items]),
            )
        )
    return results[0], results[1]


def embed(network: torch.nn.Module, test: TrainingSet, rows: list[int]) -> Vectors:
    """Vectors (N, D) of stills."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), 128):
            crops = test.crops[rows[start : start + 128]]
            parts.append(network(clean(crops, SIZE.height, SIZE.width)).numpy())
    return normalise(np.concatenate(parts))


def maps_of(network: torch.nn.Module, test: TrainingSet, rows: list[int]) -> Maps:
    """What CAN compares of stills."""
    assert isinstance(network, CAN)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), 128):
            crops = test.crops[rows[start : start + 128]]
            parts.append(network.maps(clean(crops, SIZE.height, SIZE.width)).numpy())
    return np.concatenate(parts).astype(np.float16)


def embed_clip(network: TKP, test: TrainingSet, rows: list[int]) -> Vectors:
    """The vector (D,) of a tracklet by the video branch, at most eight frames of it."""
    with torch.inference_mode():
        images = clean(test.crops[rows[:8]], SIZE.height, SIZE.width)
        return normalise(network.frames(images, len(images))[0].mean(dim=0).numpy())


if __name__ == "__main__":
    main()
