"""What does looking past what is in the way bring? Plain pooling against VRSTC's treatments.

    python -m benchmarks.occlusion --model DIR --data DIR [--painter DIR] [--people N] [--share S]
                                   [--false-alarms A] [--threads N]

Of the people that --data (Market-1501) is tested on, the first N with tracklets of at least four
crops in two cameras: every tracklet asks, those of other cameras are searched. In half of the
tracklets, drawn by a seed, a passer-by or a block hides a part of a share S of the frames
(`reid_models/occluding.py`). τ is fitted on training tracklets as they are. The first row, with
nothing hidden, is the bound; then each treatment, by the paper's mean and by the majority, and how
many hidden frames were found. --model is a baseline, IANet or SE + SA, --painter a trained STCnet.
Research only.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from reid_models.cards import read_card
from reid_models.completion.completing import open_completer
from reid_models.datasets import read_dataset
from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import Sample, Tracklet, group_tracklets
from reid_models.embedders import FRAMES
from reid_models.evaluation import rank_gallery
from reid_models.occluding import Occluded, occlude
from reid_models.occlusion_scores import Reference
from reid_models.roles import Crop, Vectors
from reid_models.vrstc import (
    BandedFrames,
    OcclusionAwareEmbedder,
    OcclusionThresholds,
    Treatment,
    fit_thresholds,
    open_banded,
)

FITTED_ON = 150
LEAST = 4
NOTABLE = 0.15
"""Share of a frame that must be hidden for it to count as hidden."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A tracklet's crops and what was put in their way."""

    tracklet: Tracklet
    clean: tuple[Crop, ...]
    spoilt: Occluded | None


class Remembered(BandedFrames):
    """Asks the network once for each crop: every row of the table looks at the same ones."""

    def __init__(self, frames: BandedFrames) -> None:
        self.space, self.dimension, self.bands = frames.space, frames.dimension, frames.bands
        self._frames = frames
        self._known: dict[int, tuple[Crop, Vectors, Vectors]] = {}

    def __call__(self, crops: Sequence[Crop]) -> tuple[Vectors, Vectors]:
        """As `BandedFrames`; a crop is known by being the same array, which is kept."""
        new = list({id(crop): crop for crop in crops if id(crop) not in self._known}.values())
        if new:
            rows = zip(new, *self._frames(new), strict=True)
            self._known |= {id(crop): (crop, vector, bands) for crop, vector, bands in rows}
        found = [self._known[id(crop)] for crop in crops]
        return np.stack([row[1] for row in found]), np.stack([row[2] for row in found])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of a checkpoint")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--painter", type=Path, help="folder of an STCnet")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--false-alarms", type=float, default=0.02)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    data = read_dataset(options.data)
    card = read_card(options.model / "card.yaml")
    frames = Remembered(open_banded(card, options.model / "weights.safetensors"))
    lessons = [t for t in group_tracklets(data.train) if len(t.samples) >= LEAST][:FITTED_ON]
    strips = [crops_of(tracklet) for tracklet in lessons]
    walks = drawn([*data.query, *data.gallery], data.nobody, options.people, options.share)
    treatments: list[Treatment] = ["all", "drop", "weight"]
    if options.painter is not None:
        treatments.append("complete")
    print(f"{len(walks)} tracklets, {sum(w.spoilt is not None for w in walks)} partly hidden")
    print("| tracklets | treatment | reference | Rank-1 | mAP |")
    print("|---|---|---|--:|--:|")
    plain = fit_thresholds(frames, strips, source="training part", false_alarms=0.01)
    print(f"| clean | all | – | {row(frames, plain, 'all', walks, None, hidden=False)} |")
    for reference in ("mean", "majority"):
        limits = fit_thresholds(
            frames,
            strips,
            source="training part",
            reference=reference,
            false_alarms=options.false_alarms,
        )
        for treatment in treatments:
            if treatment == "all" and reference == "majority":
                continue
            painter = options.painter if treatment == "complete" else None
            cells = row(frames, limits, treatment, walks, painter, hidden=True)
            print(f"| partly hidden | {treatment} | {reference} | {cells} |", flush=True)
        print(found(frames, limits, walks, reference), flush=True)


def drawn(samples: Sequence[Sample], nobody: int | None, people: int, share: float) -> list[Walk]:
    """Tracklets of the first people seen in two cameras, half of them partly hidden."""
    tracklets = [
        t
        for t in group_tracklets(dict.fromkeys(samples), nobody)
        if len(t.samples) >= LEAST and t.person > 0
    ]
    cameras: dict[int, set[int]] = {}
    for tracklet in tracklets:
        cameras.setdefault(tracklet.person, set()).add(tracklet.camera)
    chosen = sorted(person for person, seen in cameras.items() if len(seen) > 1)[:people]
    kept = [tracklet for tracklet in tracklets if tracklet.person in set(chosen)]
    rng = np.random.default_rng(0)
    first = [read_rgb(tracklet.samples[0].path) for tracklet in kept]
    walks = []
    for tracklet in kept:
        clean = crops_of(tracklet)
        spoilt = None
        if rng.random() < 0.5:
            strangers = [n for n, other in enumerate(kept) if other.person != tracklet.person]
            other = first[strangers[int(rng.integers(len(strangers)))]]
            spoilt = occlude(clean, [other], rng, share=share)
        walks.append(Walk(tracklet, clean, spoilt))
    return walks


def crops_of(tracklet: Tracklet) -> tuple[Crop, ...]:
    """At most as many crops as are embedded, evenly spread."""
    places = np.linspace(0, len(tracklet.samples) - 1, FRAMES).round().astype(int)
    return tuple(read_rgb(tracklet.samples[place].path) for place in dict.fromkeys(places.tolist()))


def row(
    frames: BandedFrames,
    limits: OcclusionThresholds,
    treatment: Treatment,
    walks: Sequence[Walk],
    painter: Path | None,
    *,
    hidden: bool,
) -> str:
    """Rank-1 and mAP: every tracklet asks, all those of other cameras are searched."""
    completer = None if painter is None else open_completer(painter)
    embedder = OcclusionAwareEmbedder(
        frames, limits, treatment, completer, dimension=frames.dimension
    )
    strips = [w.spoilt.crops if hidden and w.spoilt else w.clean for w in walks]
    vectors = np.concatenate(
        [embedder.embed(strips[n : n + 32]) for n in range(0, len(strips), 32)]
    )
    people, cameras = (
        np.array([getattr(walk.tracklet, what) for walk in walks]) for what in ("person", "camera")
    )
    ranking = rank_gallery(1.0 - vectors @ vectors.T, people, cameras, people, cameras)
    return f"{ranking.rank(1):.1%} | {ranking.mean_ap:.1%}"


def found(
    frames: BandedFrames, limits: OcclusionThresholds, walks: Sequence[Walk], reference: Reference
) -> str:
    """How many hidden frames were found, and how many others were taken for hidden."""
    embedder = OcclusionAwareEmbedder(frames, limits, dimension=frames.dimension)
    said, true = [], []
    for walk in walks:
        if walk.spoilt is not None:
            said.append(embedder.hidden(frames(walk.spoilt.crops)[1]).any(axis=1))
            true.append(walk.spoilt.shares > NOTABLE)
    flagged, really = np.concatenate(said), np.concatenate(true)
    return (
        f"By the {reference}: {flagged[really].mean():.0%} of {really.sum()} hidden frames found, "
        f"{flagged[~really].mean():.1%} of the others taken for hidden."
    )


if __name__ == "__main__":
    main()
