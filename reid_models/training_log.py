"""A run's loss curves: rows of a CSV file and TensorBoard's events, continued when the run is."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

__all__ = ["TrainingLog"]


class TrainingLog:
    """Step, epoch, rate, loss and each loss term; a context, at whose end all is written."""

    def __init__(self, folder: Path, step: int) -> None:
        """Open the logs of a run that goes on after `step`: what was logged later is dropped.

        Args:
            folder: of the run; holds log.csv and tensorboard/ once the first row has come.
            step: 0 for a new run.
        """
        self._path = folder / "log.csv"
        self._events = folder / "tensorboard"
        self._step = step
        self._writer: SummaryWriter | None = None
        if self._path.is_file():
            with self._path.open(encoding="utf-8", newline="") as file:
                header, *rows = [*csv.reader(file)] or [[]]
            kept = [row for row in rows if row and int(row[0]) <= step]
            with self._path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *kept] if kept else [])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, step: int, epoch: float, rate: float, terms: Mapping[str, float]) -> None:
        """Write one row; the terms must be the same ones in every row."""
        loss = sum(terms.values())
        new = not self._path.is_file() or not self._path.stat().st_size
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "epoch", "rate", "loss", *terms])
            values = [f"{value:.5g}" for value in (loss, *terms.values())]
            writer.writerow([step, f"{epoch:.4f}", f"{rate:.4g}", *values])
        if self._writer is None:
            from tensorboardX import SummaryWriter  # slow to import

            # TensorBoard hides what an interrupted run had logged beyond this step.
            self._writer = SummaryWriter(str(self._events), purge_step=self._step + 1)
        curves = {"rate": rate, "epoch": epoch, "loss": loss}
        curves |= {f"loss/{name}": value for name, value in terms.items()}
        for name, value in curves.items():
            self._writer.add_scalar(name, value, step)
