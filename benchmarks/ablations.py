"""What does each part of a method bring? One run a part, one row a run.

    python -m benchmarks.ablations PRESET --data DIR... --test DIR --out DIR
                                   [--set KEY=VALUE]... [--seeds N]

Every run of PRESET trains a light recipe with a few values changed on the training parts of --data,
and is scored on --test: crop → crops and tracklet → tracklets, cosine, standard average precision.
Rows go to OUT/PRESET.csv as they come. Started again, finished rows are passed over and an
interrupted run goes on. --set changes a value of every run, for example epochs=20. One seed moves
mAP by more than most parts bring: give --seeds 3 and look at the spread before believing a row.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reid_models.datasets import read_dataset
from reid_models.datasets.samples import ReidDataset
from reid_models.protocols import make_protocol
from reid_models.recipes import Recipe, load_recipe
from reid_models.registry import load_checkpoint
from reid_models.reid_evaluation import embed_samples, embed_walks, evaluate_protocol
from reid_models.training import Report, train
from reid_models.training_data import load_training_set

COLUMNS = ("run", "seed", "rank1", "mAP", "tracklets_rank1", "tracklets_mAP", "loss")


@dataclass(frozen=True, slots=True)
class Run:
    """A row of an ablation: which recipe, and what is changed in it."""

    label: str
    recipe: str
    values: tuple[str, ...] = ()


def _ianet(label: str, parts: str, stages: str, *more: str) -> Run:
    shape = (f"architecture.parts=[{parts}]", f"architecture.stages=[{stages}]")
    return Run(label, "ianet-light", (*shape, *more))


def _rdan(label: str, policy: str, triplet: int, *more: str) -> Run:
    shape = (f"architecture.policy={policy}", f"losses.triplet={triplet}")
    without = () if policy == "learnt" else ("optimiser.shares={}",)
    return Run(label, "rdan-light", (*shape, *without, *more))


PRESETS: dict[str, tuple[Run, ...]] = {
    "baseline": (
        Run("ide", "ide-light", ("losses.smoothing=0", "augmentation.erase=0")),
        Run("erasing", "ide-light", ("losses.smoothing=0",)),
        Run("smoothing", "ide-light"),
        Run("triplet", "ide-light", ("losses.triplet=1",)),
        Run("neck", "baseline-light"),
        Run("centre", "baseline-light", ("losses.centre=0.0005",)),
        Run("stripes", "pcb-light"),
    ),
    "ianet": (
        Run("baseline", "baseline-light"),
        _ianet("cia-3", "cia", "3"),
        _ianet("sia-3", "sia", "3"),
        _ianet("ia-3", "sia, cia", "3"),
        _ianet("ia-2", "sia, cia", "2"),
        _ianet("ia-23", "sia, cia", "2, 3"),
        _ianet("ia-23-unscaled", "sia, cia", "2, 3", "architecture.scaled_channels=false"),
        _ianet("ia-23-patches", "sia, cia", "2, 3", "architecture.patches=[1, 3]"),
    ),
    "sesa": (
        Run("baseline", "baseline-light"),
        Run("se", "sesa-light", ("architecture.parts=[se]",)),
        Run("sa", "sesa-light", ("architecture.parts=[sa]",)),
        Run("se-sa", "sesa-light"),
    ),
    "rdan": (
        Run("whole", "ide-light"),
        _rdan("centre", "centre", 0),
        _rdan("random", "random", 0),
        _rdan("identity", "learnt", 0, "rdan.reward=identity"),
        _rdan("margin", "learnt", 0, "rdan.reward=margin"),
        _rdan("gain", "learnt", 0),
        _rdan("random-triplet", "random", 1),
        _rdan("margin-triplet", "learnt", 1, "rdan.reward=margin"),
        _rdan("gain-triplet", "learnt", 1),
    ),
    "dranet": (
        Run("stripes", "pcb-light", ("architecture.stripes=2", "architecture.stripe_channels=128")),
        Run("neither", "dranet-light", ("dranet.hard_channels=0", "dranet.hard_places=0")),
        Run("rcam", "dranet-light", ("dranet.hard_places=0",)),
        Run("rsam", "dranet-light", ("dranet.hard_channels=0",)),
        Run("both", "dranet-light"),
        Run("both-squared", "dranet-light", ("dranet.channel_power=2", "dranet.place_power=2")),
        Run("both-through", "dranet-light", ("dranet.through_reverse=true",)),
    ),
    "mgran": (
        Run("baseline", "baseline-light"),
        Run("stripes", "mgran-light"),
        Run("rl", "mgran-light", ("architecture.masks=pose",)),
        Run("pl", "mgran-light", ("architecture.masks=pose", "architecture.region_shape=part")),
        Run("image", "mgran-light", ("architecture.masks=pose", "architecture.mask_level=image")),
    ),
    "tkp": (
        Run("neither", "tkp-light", ("losses.features=0", "losses.distances=0")),
        Run("features", "tkp-light", ("losses.distances=0",)),
        Run("distances", "tkp-light", ("losses.features=0",)),
        Run("both", "tkp-light"),
        Run("both-ways", "tkp-light", ("losses.teach_clips=true",)),
    ),
}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", choices=list(PRESETS))
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE of every recipe")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    lessons = [read_dataset(path) for path in options.data]
    exam = read_dataset(options.test)
    table = options.out / f"{options.preset}.csv"
    done = finished(table)
    for seed in range(1, options.seeds + 1):
        for run in PRESETS[options.preset]:
            if (run.label, str(seed)) in done:
                continue
            recipe = load_recipe(run.recipe, [*run.values, *options.set, f"seed={seed}"])
            folder = options.out / f"{options.preset}-{run.label}-{seed}"
            add(table, [run.label, seed, *learn(recipe, lessons, exam, folder)])
    print(table.read_text("utf-8"), end="")


def finished(table: Path) -> set[tuple[str, str]]:
    """Runs and seeds that have their row."""
    if not table.is_file():
        return set()
    with table.open(encoding="utf-8", newline="") as file:
        return {(row["run"], row["seed"]) for row in csv.DictReader(file)}


def learn(
    recipe: Recipe, lessons: Sequence[ReidDataset], exam: ReidDataset, folder: Path
) -> list[str]:
    """Train, or go on, and score: the values of a row after run and seed."""
    losses = [0.0]

    def note(report: Report) -> None:
        losses.append(report.loss)
        print(f"{folder.name}: step {report.step}, loss {report.loss:.3f}", flush=True)

    data = load_training_set(lessons, recipe.input)
    checkpoint = train("model", recipe, data, folder, report=note)
    assert checkpoint is not None
    model = load_checkpoint(checkpoint)
    cells = []
    for mode in ("i2i", "v2v"):
        protocol = make_protocol(exam, mode)
        vectors = embed_samples(model, protocol.samples, folder / "vectors")
        walks = embed_walks(model, protocol.walks, folder / "vectors")
        ranking = evaluate_protocol(protocol, protocol.samples, vectors, walks=walks).ranking
        cells += [f"{ranking.rank(1):.4f}", f"{ranking.mean_ap:.4f}"]
    return [*cells, f"{losses[-1]:.4f}"]


def add(table: Path, row: list[object]) -> None:
    """Append a row."""
    table.parent.mkdir(parents=True, exist_ok=True)
    new = not table.is_file()
    with table.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerow(row)


if __name__ == "__main__":
    main()
