"""A run's loss curves as CSV: one row every few steps, continued when the run is."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

__all__ = ["TrainingLog"]


class TrainingLog:
    """Rows of step, epoch, rate, loss and each loss term."""

    def __init__(self, path: Path, step: int) -> None:
        """Open the log of a run that goes on after `step`: later rows are dropped.

        Args:
            path: the CSV file; made when the first row comes.
            step: 0 for a new run.
        """
        self._path = path
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = [*csv.reader(file)] or [[]]
            kept = [row for row in rows if row and int(row[0]) <= step]
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *kept] if kept else [])

    def add(self, step: int, epoch: float, rate: float, terms: Mapping[str, float]) -> None:
        """Write one row; the terms must be the same ones in every row."""
        new = not self._path.is_file() or not self._path.stat().st_size
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "epoch", "rate", "loss", *terms])
            values = [f"{value:.5g}" for value in (sum(terms.values()), *terms.values())]
            writer.writerow([step, f"{epoch:.4f}", f"{rate:.4g}", *values])
