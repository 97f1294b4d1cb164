"""What does each part of a method bring? One run a part, one row a run.

    python -m benchmarks.ablations PRESET --data DIR [--test DIR] --out DIR
                                   [--set KEY=VALUE]... [--seeds N] [--people N] [--exam N]

Every run of PRESET trains a light recipe with a few values changed, for 15 epochs unless --set says
otherwise, and is scored crop → crops and tracklet → tracklets: cosine, standard average precision.
It learns from N (250) of the set's training people and is asked about N (100) others of them: a
person's first crop in each camera asks, all are searched. With --test it learns from all of them
and is scored on that set. Rows go to OUT/PRESET.csv as they come. Started again, finished rows are
passed over and an interrupted run goes on. One seed moves mAP by more than most parts bring: give
--seeds 3 and look at the spread before believing a row. A recipe's teacher is looked for under
RETRACE_DATA/weights.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
from dataclasses import dataclass
from pathlib import Path

import torch

from reid_models.datasets import read_dataset
from reid_models.datasets.samples import JUNK, ReidDataset, Sample
from reid_models.masks.choice import provider_for
from reid_models.protocols import make_protocol
from reid_models.recipes import Recipe, load_recipe
from reid_models.registry import load, load_checkpoint
from reid_models.reid_evaluation import embed_samples, embed_walks, evaluate_protocol
from reid_models.training import Report, train
from reid_models.training_data import load_training_set, teacher_vectors

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


def _tkp(label: str, *more: str) -> Run:
    untaught = ("teacher=null", "losses.embedding=0", "losses.relation=0")
    paper = ("losses.identity=1", "losses.triplet=1", "losses.features=0.1", "losses.distances=1")
    return Run(label, "tkp-light", (*untaught, *paper, *more))


_ADAM = ("algorithm=adam", "decoupled=true", "rate=1.5e-3")
_CHANGES = ("erase", "colour", "camera_style", "grey", "blur", "resolution", "occlusion", "zoom")

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
    "can": (
        Run("baseline", "baseline-light", ("batch.people=12", "batch.crops=5")),
        Run("no-fusion", "can-light", ("architecture.meta_fusion=false",)),
        Run("fusion", "can-light"),
        Run("global-alone", "can-light", ("can.nearest_weight=0",)),
        Run("nearest-alone", "can-light", ("can.global_weight=0",)),
        Run("sharper", "can-light", ("architecture.temperature=0.007",)),
        Run("flatter", "can-light", ("architecture.temperature=0.1",)),
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
        _tkp("neither", "losses.features=0", "losses.distances=0"),
        _tkp("features", "losses.distances=0"),
        _tkp("distances", "losses.features=0"),
        _tkp("both"),
        _tkp("both-ways", "losses.teach_clips=true"),
    ),
    "light": (
        Run("light", "light"),
        Run("adam", "light", tuple(f"optimiser.{value}" for value in _ADAM)),
        Run("no-ibn", "light", ("architecture.ibn=false",)),
        Run("no-relation", "light", ("losses.relation=0",)),
        Run("no-embedding", "light", ("losses.embedding=0",)),
        Run("no-names", "light", ("losses.identity=0", "losses.triplet=0")),
        Run("no-teacher", "light", ("losses.embedding=0", "losses.relation=0", "teacher=null")),
    ),
    "augmentation": (
        Run("all", "light"),
        Run("none", "light", tuple(f"augmentation.{change}=0" for change in _CHANGES)),
        *(Run(f"no-{change}", "light", (f"augmentation.{change}=0",)) for change in _CHANGES),
    ),
}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", choices=list(PRESETS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE of every recipe")
    parser.add_argument("--run", action="append", help="only this row; repeatable")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--exam", type=int, default=100)
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    lessons = read_dataset(options.data)
    if options.test is None:
        lessons, exam = split(lessons, options.people, options.exam)
    else:
        exam = read_dataset(options.test)
    table = options.out / f"{options.preset}.csv"
    done = finished(table)
    for seed in range(1, options.seeds + 1):
        for run in PRESETS[options.preset]:
            if (run.label, str(seed)) in done or run.label not in (options.run or [run.label]):
                continue
            values = [*run.values, "small_start=null", "epochs=15", *options.set, f"seed={seed}"]
            folder = options.out / f"{options.preset}-{run.label}-{seed}"
            row = learn(load_recipe(run.recipe, values), lessons, exam, folder)
            add(table, [run.label, seed, *row])
    print(table.read_text("utf-8"), end="")


def split(data: ReidDataset, people: int, exam: int) -> tuple[ReidDataset, ReidDataset]:
    """Training people of a set to learn from, and others of them to be asked about."""
    everybody = sorted({s.person for s in data.train if s.person not in (JUNK, data.nobody)})
    if people + exam > len(everybody):
        raise SystemExit(
            f"{data.name} has {len(everybody)} training people: too few for {people} and {exam}. "
            "Give smaller --people and --exam."
        )
    drawn = random.Random(0).sample(everybody, people + exam)
    taught, asked = set(drawn[:people]), set(drawn[people:])
    found = tuple(sample for sample in data.train if sample.person in asked)
    first: dict[tuple[int, int], Sample] = {}
    for sample in found:
        first.setdefault((sample.person, sample.camera), sample)
    return (
        ReidDataset(
            f"{data.name}, {people} training people",
            train=tuple(sample for sample in data.train if sample.person in taught),
        ),
        ReidDataset(
            f"{data.name}, {exam} other training people",
            query=tuple(first.values()),
            gallery=found,
        ),
    )


def finished(table: Path) -> set[tuple[str, str]]:
    """Runs and seeds that have their row."""
    if not table.is_file():
        return set()
    with table.open(encoding="utf-8", newline="") as file:
        return {(row["run"], row["seed"]) for row in csv.DictReader(file)}


def learn(recipe: Recipe, lessons: ReidDataset, exam: ReidDataset, folder: Path) -> list[str]:
    """Train, or go on, and score: the values of a row after run and seed."""
    losses = [0.0]

    def note(report: Report) -> None:
        losses.append(report.loss)
        print(f"{folder.name}: step {report.step}, loss {report.loss:.3f}", flush=True)

    data = load_training_set([lessons], recipe.input)
    near = [Path(os.environ.get("RETRACE_DATA", ".")) / "weights"]
    teacher, masks = None, None
    if recipe.teacher is not None:
        model = load(recipe.teacher, near)
        teacher = teacher_vectors(model, data.samples, folder.parent / "teachers")
    if recipe.method == "mgran":
        masks = provider_for(recipe.architecture.masks, near, "The ablation")
    checkpoint = train("model", recipe, data, folder, teacher=teacher, masks=masks, report=note)
    assert checkpoint is not None
    model = load_checkpoint(checkpoint, near=near)
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
