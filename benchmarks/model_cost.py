"""What do our methods cost? Parameters, multiply-adds, crops a second, beside what is there today.

    python -m benchmarks.model_cost [--recipe NAME]... [--crops N] [--threads N] [--no-speed]

Networks of every recipe with random weights, as they are served on a CPU (OpenVINO, preprocessing
included), and the third-party models found under RETRACE_DATA/weights. GMAC: 10^9 multiply-adds a
crop; TKP's clips per frame, in clips of eight.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reid_models.cards import ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.clips import CLIP_FRAMES
from reid_models.methods import make_network
from reid_models.methods.tkp import TKP
from reid_models.recipes import Recipe, known_recipes, load_recipe
from reid_models.registry import LoadedModel, available, load, load_checkpoint
from reid_models.roles import Crop


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", action="append", choices=known_recipes(), help="default: all")
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: all")
    parser.add_argument("--no-speed", action="store_true", help="parameters and GMAC only")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.no_speed:
        options.crops = 0
    crops = list(np.random.default_rng(0).integers(0, 256, (options.crops, 128, 64, 3), np.uint8))
    print("| model | input | million parameters | GMAC | crops/s | crops/s in strips | runs on |")
    print("|---|---|--:|--:|--:|--:|---|", flush=True)
    for name in options.recipe or known_recipes():
        print(own(name, load_recipe(name), crops), flush=True)
    if crops and not options.recipe and "RETRACE_DATA" in os.environ:
        folders = [Path(os.environ["RETRACE_DATA"]) / "weights"]
        for entry in available(folders):
            if entry.state == "ready":
                print(line(entry.card, "–", "–", load(entry.name, folders), crops), flush=True)


def own(name: str, recipe: Recipe, crops: list[Crop]) -> str:
    """The row of a recipe's network."""
    shipped = card_named(recipe.method).model_dump()
    size = {"height": recipe.input.height, "width": recipe.input.width}
    card = ModelCard.model_validate(
        shipped
        | {
            "name": name,
            "architecture": recipe.architecture,
            "dimension": recipe.dimension,
            "preprocessing": shipped["preprocessing"] | size,
        }
    )
    with torch.device("meta"):
        network = make_network(recipe.method, recipe.architecture, recipe.dimension).eval()
    parameters = sum(p.numel() for p in network.parameters()) / 1e6
    cost = f"{multiply_adds(network, recipe):.2f}"
    if isinstance(network, TKP):
        cost += f" / {multiply_adds(network, recipe, frames=CLIP_FRAMES):.2f}"
    if not crops:
        size_only = f"{recipe.input.height}×{recipe.input.width}"
        return f"| {name} | {size_only} | {parameters:.2f} | {cost} | – | – | – |"
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(recipe.seed)
        random = make_network(recipe.method, recipe.architecture, recipe.dimension)
        save_checkpoint(random, card, Path(folder))
        return line(card, f"{parameters:.2f}", cost, load_checkpoint(Path(folder), "auto"), crops)


def multiply_adds(network: nn.Module, recipe: Recipe, frames: int = 0) -> float:
    """10^9 multiply-adds of one crop, or of one frame in a clip of `frames`."""
    size = (7 if recipe.method == "mgran" else 3, recipe.input.height, recipe.input.width)
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        if frames:
            assert isinstance(network, TKP)
            network.frames(torch.empty(frames, *size), frames)
        else:
            network(torch.empty(1, *size))
    return counter.get_total_flops() / 2e9 / (frames or 1)


def line(card: ModelCard, parameters: str, cost: str, model: LoadedModel, crops: list[Crop]) -> str:
    """Measure a model and give its row."""
    stills = per_second(lambda: model.image.embed(crops), len(crops))
    strips = [crops[start : start + CLIP_FRAMES] for start in range(0, len(crops), CLIP_FRAMES)]
    walks = per_second(lambda: model.tracklet.embed(strips), len(crops))
    size = f"{card.preprocessing.height}×{card.preprocessing.width}"
    return (
        f"| {card.name} | {size} | {parameters} | {cost} | {stills:.0f} | {walks:.0f} "
        f"| {model.device} |"
    )


def per_second(embed: Callable[[], object], count: int) -> float:
    """Crops a second of the second of two calls."""
    embed()
    started = time.perf_counter()
    embed()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
