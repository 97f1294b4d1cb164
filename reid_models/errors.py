"""What can go wrong with a re-ID model. Every message says what failed, where, and what to do next.

ReidError
├── ModelError
│   ├── ModelUnknown       no card has this name (the nearest known names are in the message)
│   ├── ModelUntrained     the method is known, but nobody has trained weights for it yet
│   └── CardBroken         a card.yaml does not describe a model
├── WeightsError
│   ├── WeightsMissing     the card is known, its files are not in any of the folders
│   ├── WeightsBroken      a file is there, but it is not the one the card describes
│   ├── WeightsUnknown     a file was offered for import that no card describes
│   └── FetchFailed        a download could not be finished
├── DeviceUnavailable      a device was asked for by name that this machine does not have
├── CropInvalid            something handed to an embedder is not an RGB crop
├── VectorsInvalid         vectors whose shapes, types or lengths do not fit together
├── CalibrationError       a calibration cannot be fitted or read
├── DatasetError           a folder does not hold the data set it should
├── RecipeError            a training recipe is unknown or holds a value that cannot be used
├── TrainingError          a training run cannot be started, or not be continued
└── EvaluationError        a benchmark was asked something that has no answer
"""

from __future__ import annotations

__all__ = [
    "CalibrationError",
    "CardBroken",
    "CropInvalid",
    "DatasetError",
    "DeviceUnavailable",
    "EvaluationError",
    "FetchFailed",
    "ModelError",
    "ModelUnknown",
    "ModelUntrained",
    "RecipeError",
    "ReidError",
    "TrainingError",
    "VectorsInvalid",
    "WeightsBroken",
    "WeightsError",
    "WeightsMissing",
    "WeightsUnknown",
]


class ReidError(Exception):
    """Root of everything `reid_models` raises on purpose; its text is fit for a user."""


class ModelError(ReidError):
    """A model cannot be used; `name` says which."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class ModelUnknown(ModelError):
    """No card has this name; `nearest` holds the known names most like it."""

    def __init__(self, message: str, *, name: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message, name=name)
        self.nearest = nearest


class ModelUntrained(ModelError):
    """The method is known, but there are no weights for it yet."""


class CardBroken(ModelError):
    """A card.yaml does not describe a model."""


class WeightsError(ReidError):
    """Something is wrong with a model's files; `name` says which model."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name


class WeightsMissing(WeightsError):
    """The card is known, its files are in none of the folders."""


class WeightsBroken(WeightsError):
    """A file is there, but it is not the one the card describes."""


class WeightsUnknown(WeightsError):
    """A file was offered for import that no card describes."""


class FetchFailed(WeightsError):
    """A download could not be finished; what has arrived is kept and continued next time."""


class DeviceUnavailable(ReidError):
    """A device was asked for by name that this machine does not have."""


class CropInvalid(ReidError):
    """Something handed to an embedder is not a uint8 RGB crop, or a strip is empty."""


class VectorsInvalid(ReidError):
    """Vectors whose shapes, types or lengths do not fit together."""


class CalibrationError(ReidError):
    """A calibration cannot be fitted or read."""


class DatasetError(ReidError):
    """A folder does not hold the data set it should."""


class RecipeError(ReidError):
    """A training recipe is unknown, or holds a value that cannot be used."""


class TrainingError(ReidError):
    """A training run cannot be started, or not be continued."""


class EvaluationError(ReidError):
    """A benchmark was asked something that has no answer."""
