"""Train an STCnet, VRSTC's painter of hidden bands, or go on with a run that was stopped.

    python -m benchmarks.painter RECIPE --data DIR... --guide RUN --out DIR [--set KEY=VALUE]...
                                 [--device D] [--threads N]

RECIPE is one of configs/completion (stcnet, stcnet-light). RUN is the folder of a `train run` of
ide, baseline, ianet or sesa on the same data, finished or not: it says which frames are clean and
guides by identity. The network is OUT/RECIPE. Market-1501 and the like are for research only.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from reid_models.completion.guides import load_guide
from reid_models.completion.recipes import load_completion_recipe
from reid_models.completion.training import train_completion
from reid_models.datasets import read_dataset
from reid_models.recipes import Size
from reid_models.training_data import load_training_set


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--guide", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE of the recipe")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = load_completion_recipe(options.recipe, options.set)
    size = Size(height=recipe.network.height, width=recipe.network.breadth)
    data = load_training_set([read_dataset(path) for path in options.data], size)
    guide = load_guide(options.guide, data.people)
    name = Path(options.recipe).stem
    made = train_completion(
        name, recipe, data, guide, options.out, device=options.device, report=_report
    )
    print(f"{made} holds the painter.")


def _report(step: int, terms: Mapping[str, float]) -> None:
    print(f"step {step}: " + ", ".join(f"{k} {v:.4f}" for k, v in terms.items()), flush=True)


if __name__ == "__main__":
    main()
