"""From a score to the probability that two show the same person, and to a word for it.

A calibration holds, for each kind of comparison, the log-likelihood ratio of a score,
log p(score | same person) - log p(score | different people), as a straight line (logistic
calibration). It does not depend on how common true matches are; that enters as the prior, by Bayes:

    logit P(same | score) = logit prior + slope · score + intercept

The lines are fitted on pairs seen by two different cameras, of people the model is not known to
have been trained on, with the very score the search serves (`reid_models.scoring`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reid_models.cards import SHIPPED_CARDS, ModelCard
from reid_models.errors import CalibrationError
from reid_models.scoring import SCORE_VERSION, Kind

__all__ = [
    "CALIBRATION",
    "DEFAULT_PRIOR",
    "POSSIBLE",
    "STRONG",
    "Calibration",
    "Line",
    "Strength",
    "find_calibration",
    "fit_line",
    "read_calibration",
    "strength",
    "strengths_within",
    "write_calibration",
]

Floats = npt.NDArray[np.floating]
Strength = Literal["strong", "possible", "weak"]
CALIBRATION = "calibration.json"
"""File beside the weights."""
DEFAULT_PRIOR = 0.05
"""Probability, before looking, that a tracklet drawn from another camera is the person."""
STRONG, POSSIBLE = 0.9, 0.3
"""From these probabilities on, a hit is called strong, or possible."""
_STANDS_OUT, _RISES = 4.5, 3.0
"""The same without a calibration: robust standard deviations above the query's usual score.

On CUHK03 with 60 people searched, 94 % of 0277's strong hits were right and 93 % of 0288's."""
_CROWD = 20
"""Fewer scores than this do not show what is usual."""
_BINS = 4000


class Line(BaseModel):
    """The log-likelihood ratio of one kind of score: slope · score + intercept."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    slope: float = Field(gt=0.0)
    intercept: float
    same: int = Field(gt=0, description="pairs of one person it was fitted on")
    different: int = Field(gt=0, description="pairs of two people it was fitted on")

    def ratio(self, scores: Floats) -> npt.NDArray[np.float64]:
        """Log-likelihood ratios of scores, any shape."""
        return self.slope * np.asarray(scores, np.float64) + self.intercept


class Calibration(BaseModel):
    """How to read the scores of one space."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    space: str
    model_sha256: str
    score_version: int
    source: str = Field(description="the data set and which of its people")
    protocol: str
    lines: dict[Kind, Line]

    def probability(
        self,
        scores: Floats,
        kind: Kind | Sequence[Kind],
        prior: float = DEFAULT_PRIOR,
    ) -> npt.NDArray[np.float64]:
        """P(same person | score), rising with the score.

        Args:
            scores: what `reid_models.scoring` gave, any shape.
            kind: what was compared; for several queries at once, the kind of each (their lines are
                averaged and read at the queries' mean score).
            prior: P(same) before looking, between 0 and 1.

        Returns:
            float64 of the scores' shape, in 0–1.

        Raises:
            CalibrationError: the prior is not between 0 and 1, or a kind was never fitted.
        """
        if not 0.0 < prior < 1.0:
            raise CalibrationError(f"The prior is {prior}; give a probability between 0 and 1.")
        kinds = (kind,) if isinstance(kind, str) else tuple(kind)
        lines = [self.lines[each] for each in kinds if each in self.lines]
        if not kinds or len(lines) != len(kinds):
            raise CalibrationError(
                f"The calibration of {self.space} knows {', '.join(self.lines)}, "
                f"not {', '.join(kinds) or 'an empty list of kinds'}. Fit it again with: "
                "python -m benchmarks.calibration"
            )
        ratios = np.mean([line.ratio(scores) for line in lines], axis=0)
        return 1.0 / (1.0 + np.exp(-np.clip(np.log(prior / (1.0 - prior)) + ratios, -700.0, 700.0)))


def fit_line(same: Floats, different: Floats, weight: float = DEFAULT_PRIOR) -> Line:
    """Fit the log-likelihood ratio by weighted logistic regression.

    Args:
        same: (P,) scores of pairs of one person, in -1–1.
        different: (N,) scores of pairs of two people, in -1–1; use all there are.
        weight: the share of all weight that `same` gets in the fit, 0–1: where on the scale the
            line is to be most exact. The line itself stays free of any prior.

    Raises:
        CalibrationError: there are too few scores, or a higher score does not mean more alike.
    """
    from scipy.optimize import minimize  # slow to import, and only fitting needs it
    from scipy.special import expit

    if len(same) < 2 or len(different) < 2:
        raise CalibrationError(
            f"{len(same)} same and {len(different)} different pairs are too few to calibrate on; "
            "at least two of each are needed, hundreds to be of use."
        )
    edges = np.linspace(-1.0, 1.0, _BINS + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    share_same = np.histogram(np.clip(same, -1, 1), edges)[0] / len(same)
    share_different = np.histogram(np.clip(different, -1, 1), edges)[0] / len(different)
    offset = np.log(weight / (1.0 - weight))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = parameters[0] * centres + parameters[1] + offset
        positive, negative = weight * share_same, (1.0 - weight) * share_different
        value = positive @ np.logaddexp(0.0, -logits) + negative @ np.logaddexp(0.0, logits)
        residual = negative * expit(logits) - positive * expit(-logits)
        # The slightest pull to zero keeps perfectly separated scores from an infinite slope.
        pull = 1e-9 * parameters
        gradient = np.array([residual @ centres, residual.sum()])
        return value + 0.5 * pull @ parameters, gradient + pull

    slope, intercept = minimize(loss, np.array([10.0, -5.0]), jac=True, method="BFGS").x
    if not (np.isfinite(slope) and slope > 0.0):
        raise CalibrationError(
            "A higher score does not mean more alike on these pairs: the model does not tell these "
            "people apart, or the pairs are mixed up."
        )
    return Line(
        slope=float(slope), intercept=float(intercept), same=len(same), different=len(different)
    )


def strength(probability: float) -> Strength:
    """The word for a calibrated probability (0–1)."""
    if probability >= STRONG:
        return "strong"
    return "possible" if probability >= POSSIBLE else "weak"


def strengths_within(scores: Floats) -> list[Strength]:
    """Words for one query's scores when there is no calibration.

    Nearly everyone in a gallery is somebody else, so their middle and spread (median and median
    absolute deviation) say what a stranger scores with this query. A hit far above that is strong,
    one clearly above it possible. Among fewer than 20 scores nothing is called strong, and only
    the best possible.

    Args:
        scores: (N,) the query's scores against everything that was searched, in any order.

    Returns:
        N words, in the same order.
    """
    values = np.asarray(scores, np.float64)
    if len(values) < _CROWD:
        best = values.max() if len(values) else 0.0
        return ["possible" if value == best else "weak" for value in values]
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle))
    rises = (values - middle) / max(spread, 1e-6)
    return [
        "strong" if rise >= _STANDS_OUT else "possible" if rise >= _RISES else "weak"
        for rise in rises
    ]


def read_calibration(path: Path) -> Calibration:
    """Read a calibration.json.

    Raises:
        CalibrationError: the file cannot be read or is not a calibration.
    """
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CalibrationError(
            f"{path} is not a calibration ({str(error).splitlines()[0]}). Remove it (hits are then "
            "described in words only), or fit it again with: python -m benchmarks.calibration"
        ) from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON, replacing the file in one step."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(calibration.model_dump_json(indent=2) + "\n", "utf-8")
    temporary.replace(path)


def find_calibration(card: ModelCard, folder: Path) -> Calibration | None:
    """The calibration of a model: beside its files in `folder`, else among the shipped ones.

    One that was fitted on other weights, another preprocessing or another score is passed over.

    Raises:
        CalibrationError: the file is there but is not a calibration.
    """
    for path in (folder / CALIBRATION, SHIPPED_CARDS / card.name / CALIBRATION):
        if path.is_file():
            calibration = read_calibration(path)
            fits = (calibration.space, calibration.model_sha256) == (card.space, card.sha256)
            if fits and calibration.score_version == SCORE_VERSION:
                return calibration
    return None
