"""Ultralytics' trainer, made for short runs that add up and for machines without a network.

Imports Ultralytics and PyTorch: only to be imported after `detector.load_ultralytics`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from torch import optim
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils import callbacks

LAST, BEFORE_LAST = "last.pt", "before-last.pt"
_FINAL_RATE = 0.05


class ShortRuns(DetectionTrainer):
    """One rate until a cool-down; stops between epochs; a stopped run can always be gone on with.

    Args:
        overrides: Ultralytics' arguments; `resume` is a checkpoint of the same run.
        data: its idea of a data set, so that it does not look for fonts and addresses.
        cooldown: last epochs, over which the rate falls.
        seconds: after how long no further epoch is begun; None: train to the end.
    """

    def __init__(
        self,
        overrides: dict[str, Any],
        data: dict[str, Any],
        cooldown: int,
        seconds: float | None,
    ) -> None:
        self._data = data
        self._cooldown = cooldown
        self._seconds = seconds
        self._begun = time.monotonic()
        self._epochs_here = 0
        # The default ones report to services on the network where their packages are installed.
        own: dict[str, list[Any]] = {name: [] for name in callbacks.get_default_callbacks()}
        super().__init__(overrides=overrides, _callbacks=own)
        self.add_callback("on_train_epoch_end", ShortRuns._stop_in_time)

    def get_dataset(self) -> dict[str, Any]:
        """The data as they were given."""
        return self._data

    def check_resume(self, overrides: dict[str, Any]) -> None:
        """Go on from a checkpoint, with what is wanted now instead of what it was begun with.

        That includes the seed: with the first run's every run would see the same changed pictures;
        and the folder, which may have been moved.
        """
        super().check_resume(overrides)
        if self.resume:
            for name in ("epochs", "seed", "nbs", "amp", "project", "name", "exist_ok"):
                setattr(self.args, name, overrides[name])
            self.args.save_dir = None

    def save_model(self) -> bool:
        """Keep the last checkpoint until the next is whole."""
        if self.last.exists():
            os.replace(self.last, self.wdir / BEFORE_LAST)
        done: bool = super().save_model()
        self.best.unlink(missing_ok=True)
        return done

    def final_eval(self) -> None:
        """Leave the checkpoint as it is: stripped of its optimiser it could not be gone on with."""

    def _setup_scheduler(self) -> None:
        def share(epoch: int) -> float:
            left = (self.epochs - epoch) / max(self._cooldown, 1)
            return max(min(left, 1.0), _FINAL_RATE)

        self.lf = share
        self.scheduler = optim.lr_scheduler.LambdaLR(self.optimizer, lr_lambda=share)

    def _stop_in_time(self) -> None:
        self._epochs_here += 1
        if self._seconds is None:
            return
        spent = time.monotonic() - self._begun
        if spent + spent / self._epochs_here > self._seconds:
            self.stop = True


def checkpoints(run: Path) -> list[Path]:
    """A run's checkpoints that are there, the newest first."""
    weights = run / "weights"
    return [path for name in (LAST, BEFORE_LAST) if (path := weights / name).is_file()]
