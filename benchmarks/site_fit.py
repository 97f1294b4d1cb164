"""Fit what `simulated_sites` draws from, and compare its draws with the real set.

    python -m benchmarks.site_fit [--write] [--cache DIR]

Measures the spread of the recommended model's vectors on CUHK03, people 0–766 (RETRACE_DATA/reid);
--write stores it in simulated_sites.json. What the Gaussians leave out ("shape" there: how unequal
people's views are, how many dress alike) was searched at random until the percentiles
of same, of different and of nearest pairs agreed, and is kept.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np

from benchmarks.calibration import FIT_PEOPLE, embed_all
from benchmarks.simulated_sites import FIT, fit_spread, read_fit
from reid_models import registry
from reid_models.datasets.cuhk03 import read_cuhk03

MODEL = "person-reidentification-retail-0277"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    options = parser.parse_args()
    data = Path(os.environ["RETRACE_DATA"])
    crops = read_cuhk03(data / "reid" / "cuhk03-detected-64x128", FIT_PEOPLE)
    vectors = embed_all(registry.load(MODEL, [data / "weights"]), crops, options.cache)
    people = np.array([crop.person for crop in crops], np.int64)
    views = np.array([crop.camera for crop in crops], np.int64)
    spread = fit_spread(vectors.astype(np.float64), people, views)
    names = ("mean", "people", "views", "crops", "camera")
    found = {name: [round(float(value), 5) for value in spread[name]] for name in names}
    real = {name: [round(float(v), 3) for v in values] for name, values in spread["real"].items()}
    for name, values in real.items():
        print(f"{name}: {values}; stored {read_fit().real[name]}")
    if options.write:
        stored = {**found, "real": real, "shape": read_fit().shape}
        FIT.write_text(json.dumps(stored), "utf-8")


if __name__ == "__main__":
    main()
