"""Tracklet vectors that look past what is in the way: VRSTC at work (Hou et al., CVPR 2019).

    strip → vectors and band features of its frames → scores → hidden bands
          → such frames dropped, counted less, or completed and embedded again → mean, length 1

One pass gives a frame's vector and the features its bands are scored by. Scoring costs nothing on
top, completing only the frames that need it. The vectors live in the image network's own space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reid_models.cards import ModelCard
from reid_models.completion.completing import Completer
from reid_models.conversion import converted
from reid_models.embedders import FRAMES, evenly, sampled_strips
from reid_models.errors import CalibrationError
from reid_models.frame_policies import FramePolicy, frame_weights, pool_weighted
from reid_models.occlusion_scores import (
    BANDS,
    BandScores,
    Reference,
    calibrate_thresholds,
    hidden_bands,
    score_bands,
)
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, Modality, Vectors
from reid_models.runtime import OpenVinoSession, Session, choose_torch_device, open_torch_session

__all__ = [
    "BandedFrames",
    "OcclusionAwareEmbedder",
    "OcclusionThresholds",
    "Treatment",
    "fit_thresholds",
    "open_banded",
    "read_thresholds",
    "write_thresholds",
]

Floats = npt.NDArray[np.float32]
Treatment = Literal[FramePolicy, "complete"]
FILE = "occlusion.yaml"


class OcclusionThresholds(BaseModel):
    """τ of a network, `occlusion.yaml` beside its weights: it fits no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str
    thresholds: tuple[float, ...] = Field(description="one a band, from above")
    reference: Reference = "mean"
    false_alarms: float = Field(ge=0, lt=1, description="share of clean bands below τ")
    source: str = Field(description="the tracklets it was fitted on")

    @property
    def values(self) -> Floats:
        """τ (K,)."""
        return np.array(self.thresholds, np.float32)


class BandedFrames:
    """Frames to vectors and band features, by a network of ours."""

    def __init__(self, session: Session, card: ModelCard, bands: int = BANDS) -> None:
        """Ask `session`, whose rows are a vector and then the features of each band."""
        assert card.space is not None
        self.space, self.dimension, self.bands = card.space, card.dimension, bands
        self._session, self._preprocessing = session, card.preprocessing

    def __call__(self, crops: Sequence[Crop]) -> tuple[Vectors, Floats]:
        """Vectors (T, D), not normalised, and band features (T, K, C) of T crops."""
        rows = self._session.infer(preprocess(crops, self._preprocessing))
        features = rows[:, self.dimension :].reshape(len(rows), self.bands, -1)
        return rows[:, : self.dimension], features


def open_banded(
    card: ModelCard, path: Path, device: str = "auto", kept: Path | None = None
) -> BandedFrames:
    """Open a network of `baseline`, `ianet` or `sesa` for scoring bands.

    Args:
        card: the network's.
        path: its weights.
        device: "auto", "cpu", "cuda" or "cuda:N".
        kept: folder for conversions, see `converted`.

    Raises:
        WeightsBroken: the file does not hold the card's network, or OpenVINO computes other vectors
            from it than torch does.
        ModelUnknown: it is of another method.
        DeviceUnavailable: see `choose_torch_device`.
    """
    from reid_models import methods
    from reid_models.methods.bands import BandBranch

    where = choose_torch_device(device)
    branch = BandBranch(methods.build(card, path), BANDS)
    width = card.dimension + BANDS * branch.channels
    wider = card.model_copy(update={"dimension": width})
    session: Session
    if where == "cpu":
        size = (card.preprocessing.height, card.preprocessing.width)
        session = OpenVinoSession(converted(card, path, kept, bands=BANDS), width, size)
    else:
        session = open_torch_session(branch, where, wider)
    return BandedFrames(session, card)


class OcclusionAwareEmbedder:
    """A TrackletEmbedder that lets hidden frames count less, or completes them first."""

    modalities: tuple[Modality, ...] = ("tracklet",)

    def __init__(
        self,
        frames: Callable[[Sequence[Crop]], tuple[Vectors, Floats]],
        thresholds: OcclusionThresholds,
        treatment: Treatment = "drop",
        completer: Completer | None = None,
        *,
        dimension: int,
    ) -> None:
        """Embed with `frames`.

        Args:
            frames: see `BandedFrames`.
            thresholds: of the same network.
            treatment: what becomes of frames with hidden bands.
            completer: paints them; only with "complete".
            dimension: D.
        """
        if (treatment == "complete") is not (completer is not None):
            raise CalibrationError(
                f"Frames are to be treated by {treatment!r}, with the completer {completer}. Give "
                "one with complete, and none otherwise."
            )
        self.space, self.dimension = thresholds.space, dimension
        self._frames, self._thresholds = frames, thresholds
        self._treatment, self._completer = treatment, completer

    def score(self, features: Floats) -> BandScores:
        """Scores of one tracklet's band features (T, K, C)."""
        limits = self._thresholds.values
        return score_bands(features, reference=self._thresholds.reference, thresholds=limits)

    def hidden(self, features: Floats) -> npt.NDArray[np.bool_]:
        """Which bands (T, K) of one tracklet are hidden."""
        return hidden_bands(self.score(features), self._thresholds.values)

    def embed(self, strips: Sequence[Sequence[Crop]]) -> Vectors:
        """Embed strips as `TrackletEmbedder.embed` says."""
        sampled = sampled_strips(strips)
        found = np.empty((len(strips), self.dimension), np.float32)
        if not sampled:
            return found
        vectors, features = self._frames([crop for strip in sampled for crop in strip])
        borders = np.cumsum([0, *(len(strip) for strip in sampled)]).tolist()
        for row, (begin, end) in enumerate(pairwise(borders)):
            hidden = self.hidden(features[begin:end])
            found[row] = self._pooled(sampled[row], vectors[begin:end], hidden)
        return found

    def _pooled(
        self, strip: Sequence[Crop], vectors: Vectors, hidden: npt.NDArray[np.bool_]
    ) -> Vectors:
        if self._completer is None:
            assert self._treatment != "complete"
            return pool_weighted(vectors, frame_weights(hidden, self._treatment))
        done = self._completer.complete(strip, hidden)
        painted = np.flatnonzero(done.synthetic)
        if len(painted):
            vectors = vectors.copy()
            vectors[painted] = self._frames([done.crops[place] for place in painted])[0]
        # What could not be completed, as nothing of it is seen, is dropped.
        left = hidden & ~done.synthetic[:, None]
        return pool_weighted(vectors, frame_weights(left, "drop"))


def fit_thresholds(
    frames: BandedFrames,
    strips: Sequence[Sequence[Crop]],
    *,
    source: str,
    reference: Reference = "mean",
    false_alarms: float = 0.01,
) -> OcclusionThresholds:
    """τ of a network from tracklets in which nothing, or hardly anything, is hidden.

    Args:
        frames: the network.
        strips: tracklets of several frames.
        source: what they are, for the file.
        reference: see `score_bands`.
        false_alarms: share of clean bands that will count as hidden.

    Raises:
        VectorsInvalid: no strip has several frames.
    """
    scores = [
        score_bands(frames(evenly(strip, FRAMES))[1], reference=reference).scores
        for strip in strips
        if len(strip) > 1
    ]
    values = calibrate_thresholds(scores, false_alarms=false_alarms)
    return OcclusionThresholds(
        space=frames.space,
        thresholds=tuple(round(float(value), 4) for value in values),
        reference=reference,
        false_alarms=false_alarms,
        source=source,
    )


def write_thresholds(thresholds: OcclusionThresholds, folder: Path) -> None:
    """Write `folder/occlusion.yaml`."""
    content = yaml.safe_dump(thresholds.model_dump(mode="json"), sort_keys=False)
    (folder / FILE).write_text(content, "utf-8")


def read_thresholds(card: ModelCard, folder: Path) -> OcclusionThresholds | None:
    """τ of a model from beside its weights; None: there is none, or only another network's.

    Raises:
        CalibrationError: the file cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = OcclusionThresholds.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CalibrationError(
            f"{path} cannot be used ({str(error).splitlines()[0]}). Remove it, or fit it again."
        ) from error
    return found if found.space == card.space else None
