"""What every reader gives: labelled crops in three parts, and tracklets made of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["JUNK", "NOBODY", "ReidDataset", "Sample", "Tracklet", "data_hash", "group_tracklets"]

JUNK, NOBODY = -1, 0
"""Market-1501's identities of bad boxes (never counted) and of distractors (always wrong)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One crop on disk."""

    path: Path
    person: int
    camera: int
    tracklet: int | None = None
    """Number of the tracklet among those of this person and camera; None: not known."""
    frame: int = 0
    """Place in time within the tracklet; of no unit."""


@dataclass(frozen=True, slots=True)
class Tracklet:
    """One person walking through one camera once: at least one crop, in frame order."""

    samples: tuple[Sample, ...]

    @property
    def person(self) -> int:
        """The identity of all its crops."""
        return self.samples[0].person

    @property
    def camera(self) -> int:
        """The camera of all its crops."""
        return self.samples[0].camera


@dataclass(frozen=True, slots=True)
class ReidDataset:
    """A set's three parts; `train` may be empty, and so may query and gallery together."""

    name: str
    """Which set, and which protocol if it has several; printed beside every number."""
    train: tuple[Sample, ...] = ()
    query: tuple[Sample, ...] = ()
    gallery: tuple[Sample, ...] = ()
    multi_query: tuple[Sample, ...] = ()
    """More crops of the queries' people: those of a query's person and camera form one query."""
    nobody: int | None = None
    """An identity that stands for no one person (distractors): its crops are never grouped."""


def group_tracklets(samples: Iterable[Sample], nobody: int | None = None) -> tuple[Tracklet, ...]:
    """Group crops by person, camera and tracklet number, each group in frame order.

    Crops without a tracklet number, junk and distractors are one tracklet each: crops that only
    share "nobody in particular" do not show one person.

    Returns:
        The tracklets in order of person, camera and tracklet number, single crops last.
    """
    groups: dict[tuple[int, int, int], list[Sample]] = defaultdict(list)
    single: list[Tracklet] = []
    for sample in samples:
        if sample.tracklet is None or sample.person in (JUNK, nobody):
            single.append(Tracklet((sample,)))
        else:
            groups[sample.person, sample.camera, sample.tracklet].append(sample)
    grouped = [
        Tracklet(tuple(sorted(groups[key], key=lambda sample: (sample.frame, sample.path))))
        for key in sorted(groups)
    ]
    return tuple(grouped + single)


def data_hash(samples: Sequence[Sample]) -> str:
    """A hash of names, labels and file sizes in order: what vectors of these crops depend on.

    The folder they lie in does not count, so that a moved data set keeps its cached vectors.
    """
    digest = hashlib.sha256()
    for sample in samples:
        size = sample.path.stat().st_size
        digest.update(f"{sample.path.name} {size} {sample.person} {sample.camera}\n".encode())
    return digest.hexdigest()[:16]
