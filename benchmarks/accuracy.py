"""How well do re-ID models find people again? All of them on the labelled sets that are shared.

    python -m benchmarks.accuracy [--model NAME]... [--checkpoint DIR]... [--set NAME]...
                                  [--cache DIR]

Sets, under RETRACE_DATA/reid, for academic research only: `market` (Market-1501's official query
and gallery), `cuhk03` (CUHK03-last700, a split of our own). Models: checkpoints of ours, whatever
is ready under RETRACE_DATA/weights, and a six-stripe colour histogram. Modes: i2i (crop → crops),
multi (all of a person's boxes in a camera ask together), i2t (crop → tracklets), t2t. Cosine,
standard average precision, no re-ranking. A model is honest about a set only if it has not learnt
from it: the last column says what is known. Vectors are kept in DIR, so that a run that was
stopped goes on.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from benchmarks.histogram import ColourHistogram
from reid_models.cards import card_named
from reid_models.datasets import read_dataset
from reid_models.datasets.samples import ReidDataset
from reid_models.embedders import PooledTrackletEmbedder
from reid_models.protocols import Mode, Protocol, make_protocol
from reid_models.registry import LoadedModel, available, load, load_checkpoint
from reid_models.reid_evaluation import embed_samples, embed_walks, evaluate_protocol

SETS = {"market": "Market-1501-v15.09.15", "cuhk03": "cuhk03-detected-64x128"}
MODES: dict[str, Mode] = {"i2i": "i2i", "multi": "i2i", "i2t": "i2v", "t2t": "v2v"}
HISTOGRAM = "six-stripe colour histogram"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", help="default: all, and the histogram")
    parser.add_argument("--checkpoint", action="append", type=Path, default=[])
    parser.add_argument("--set", action="append", choices=list(SETS), help="default: all")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    options = parser.parse_args()
    data = Path(os.environ["RETRACE_DATA"])
    folders = [data / "weights"]
    ready = [entry.name for entry in available(folders) if entry.state == "ready"]
    names = options.model or ([] if options.checkpoint else [*ready, HISTOGRAM])
    for name in options.set or SETS:
        dataset = read_dataset(data / "reid" / SETS[name])
        protocols = layouts(dataset)
        print(f"\n{dataset.name}\n")
        print(f"| model | {' | '.join(f'{mode} R1 / mAP' for mode in protocols)} | learnt from |")
        print(f"|---{'|--:' * len(protocols)}|---|", flush=True)
        for folder in options.checkpoint:
            print(row(load_checkpoint(folder), protocols, options.cache), flush=True)
        for model in names:
            opened = histogram() if model == HISTOGRAM else load(model, folders)
            print(row(opened, protocols, options.cache), flush=True)


def layouts(dataset: ReidDataset) -> dict[str, Protocol]:
    """The comparisons that a set allows, by the name of their column."""
    return {
        name: make_protocol(dataset, mode, multi_query=name == "multi")
        for name, mode in MODES.items()
        if name != "multi" or dataset.multi_query
    }


def histogram() -> LoadedModel:
    """The colour histogram as if it were a model."""
    image = ColourHistogram()
    card = card_named("baseline").model_copy(update={"name": HISTOGRAM, "trained_on": "nothing"})
    return LoadedModel(
        card=card,
        space=image.space,
        image=image,
        tracklet=PooledTrackletEmbedder(image),
        device="cpu, opencv",
        sha256="",
        calibration=None,
    )


def row(model: LoadedModel, protocols: dict[str, Protocol], cache: Path | None) -> str:
    """A model's row of the table of one set."""
    cells = []
    samples = list(dict.fromkeys(s for each in protocols.values() for s in each.samples))
    vectors = embed_samples(model, samples, cache)
    walks = embed_walks(
        model, list(dict.fromkeys(t for each in protocols.values() for t in each.walks)), cache
    )
    for protocol in protocols.values():
        ranking = evaluate_protocol(protocol, samples, vectors, walks=walks).ranking
        cells.append(f"{100 * ranking.rank(1):.1f} / {100 * ranking.mean_ap:.1f}")
    return f"| {model.card.name} | {' | '.join(cells)} | {model.card.trained_on} |"


if __name__ == "__main__":
    main()
