"""CAN as the paper measures it: new classes of miniImageNet or tieredImageNet from a few pictures.

    python -m benchmarks.few_shot FOLDER --out DIR [--set mini|tiered] [--shots N] [--epochs N]
                                  [--episodes N] [--device cuda:0] [--without-fusion]

FOLDER holds the set as `reid_models/fewshot/classes.py` says; neither is shipped or downloaded, and
both are for research only. A run that was cut goes on. The best epoch on the classes of `val` is
judged on those of `test`, by 2,000 episodes of 5 classes with 15 queries each, with and without the
queries' help. --epochs, --episodes (an epoch's) and --val-episodes shorten a run: say so beside the
numbers.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from reid_models.fewshot.classes import ClassPictures, Part, load_pictures, read_classes
from reid_models.fewshot.episodes import Shape
from reid_models.fewshot.judging import Accuracy, judge
from reid_models.fewshot.learning import MINI, TIERED, learn


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", choices=["mini", "tiered"], default="mini")
    parser.add_argument("--shots", type=int, default=1)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--episodes", type=int)
    parser.add_argument("--val-episodes", type=int, default=MINI.val_episodes)
    parser.add_argument("--test-episodes", type=int, default=2000)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--without-fusion", action="store_true")
    options = parser.parse_args()
    course = MINI if options.set == "mini" else TIERED
    course = replace(
        course,
        shape=replace(course.shape, shots=options.shots),
        epochs=options.epochs or course.epochs,
        episodes=options.episodes or course.episodes,
        val_episodes=options.val_episodes,
        meta_fusion=not options.without_fusion,
    )
    train, val, test = (opened(options.folder, part) for part in ("train", "val", "test"))

    def told(epoch: int, loss: float, found: Accuracy) -> None:
        print(f"epoch {epoch + 1}: loss {loss:.3f}, val {in_words(found)}", flush=True)

    network = learn(course, *train, *val, options.out, device=options.device, report=told)
    exam = Shape(ways=5, shots=options.shots, queries=15)
    for label, helped in (("queries alone", False), ("with the queries' help", True)):
        found = judge(network, *test, exam, episodes=options.test_episodes, with_queries=helped)
        print(f"test, {label}: {in_words(found)}")


def opened(folder: Path, part: Part) -> tuple[torch.Tensor, ClassPictures]:
    """The pictures of a part in memory, and which class each is of."""
    listed = read_classes(folder, part)
    return torch.from_numpy(load_pictures(listed)), listed


def in_words(found: Accuracy) -> str:
    """63.85 ± 0.48 % of 2000 episodes."""
    return f"{found.mean:.2%} ± {found.interval:.2%} of {found.episodes} episodes"


if __name__ == "__main__":
    main()
