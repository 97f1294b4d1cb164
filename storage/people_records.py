"""Rows about people, matching and review as they leave the store: frozen, detached values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.records import no_details


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Something that changed people.

    `reverses` is the decision it undid (or redid), `undone_by` the one that undid it and holds.
    """

    id: int
    kind: str  # see schema_people.DECISION_KINDS
    actor: str
    run_id: int | None
    reverses: int | None
    undone_by: int | None
    identities: tuple[int, ...]  # whom it concerns, ascending; 100 at most
    made: tuple[int, ...]  # those of them that it made
    details: Mapping[str, Any]  # ids and numbers only
    created: datetime


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A person, as far as the store knows."""

    id: int
    name: str  # may be empty
    notes: str
    state: str  # active, set_aside
    version: int  # grows with every decision that concerns the person
    created: datetime


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """Where a tracklet is placed, or (identity None) that a person or run took it out.

    `decision_id` is the decision that placed it; of a place put back by an undo, the one before.
    """

    id: int
    tracklet_id: int
    identity_id: int | None
    placed_by: str  # person, run
    probability: float | None
    actor: str
    run_id: int | None
    decision_id: int
    created: datetime


class Placements(NamedTuple):
    """Where every tracklet that was ever placed is now, by ascending tracklet id."""

    tracklet_ids: NDArray[np.int64]  # (n,)
    identity_ids: NDArray[np.int64]  # (n,) 0: with nobody
    by_person: NDArray[np.bool_]  # (n,) placed, or taken out, by a person
    probabilities: NDArray[np.float64]  # (n,) nan: none
    set_aside: NDArray[np.bool_]  # (n,) the identity is set aside


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """A person's word on whether two tracklets show the same person.

    `decision_id` is the decision that said so; of a word put back by an undo, that which said it
    first.
    """

    id: int
    query_tracklet: int
    tracklet: int
    verdict: str  # same, different
    actor: str
    decision_id: int
    created: datetime


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person in a list: what the visible tracklets say together.

    `first` and `last` are true times, None where no visible video has a trusted start.
    """

    id: int
    name: str
    state: str  # active, set_aside
    version: int
    sightings: int
    cameras: int
    first: datetime | None
    last: datetime | None
    confidence: float | None  # mean probability of what runs placed
    confirmed: int  # sightings placed by a person


@dataclass(frozen=True, slots=True)
class MatchingRunRow:
    """A matching run without its edges and its proposal.

    `state` is one of schema_people.RUN_STATES, or "undone" while its decision is.
    """

    id: int
    job_id: int | None
    mode: str  # new, full
    preview: bool
    state: str
    actor: str
    params: Mapping[str, Any]
    code_version: str
    model: str
    space: str
    counts: Mapping[str, Any]
    changes: Mapping[str, Any]
    error: str | None
    as_of: int  # the latest decision when it gathered its data
    decision_id: int | None
    created: datetime
    started: datetime | None
    finished: datetime | None


class RunEdges(NamedTuple):
    """Pairs of tracklets a run weighed, with the probability that they are the same person."""

    pairs: NDArray[np.int64]  # (e, 2) tracklet ids
    probabilities: NDArray[np.float32]  # (e,)


class RunProposal(NamedTuple):
    """Where a run would place tracklets: only those that it would move."""

    tracklet_ids: NDArray[np.int64]  # (n,)
    identity_ids: NDArray[np.int64]  # (n,) an id; 0: nobody; negative: a new person of that key
    probabilities: NDArray[np.float32]  # (n,) nan: none


@dataclass(frozen=True, slots=True)
class NewCandidate:
    """A doubtful pair to be stored, `tracklet_a` < `tracklet_b`."""

    tracklet_a: int
    tracklet_b: int
    probability: float
    value: float  # how much an answer would change
    rival_tracklet: int | None = None
    rival_probability: float | None = None
    details: Mapping[str, Any] = field(default_factory=no_details)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A doubtful pair. `state` is "open" again while the decision that closed it is undone."""

    id: int
    run_id: int
    tracklet_a: int
    tracklet_b: int
    probability: float
    value: float
    rival_tracklet: int | None
    rival_probability: float | None
    details: Mapping[str, Any]
    state: str  # open, answered, skipped, stale
    decision_id: int | None
    created: datetime


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A contradiction that people should know of."""

    id: int
    kind: str
    tracklets: tuple[int, ...]
    identities: tuple[int, ...]
    details: Mapping[str, Any]
    run_id: int | None
    created: datetime
    resolved: datetime | None


@dataclass(frozen=True, slots=True)
class TopologyRow:
    """What is known of going from one camera to another."""

    from_camera: int
    to_camera: int
    relation: str  # unknown, overlapping, apart
    least_seconds: float | None
    typical_seconds: float | None
    source: str  # entered, config, learnt, none
    learnt: Mapping[str, Any] | None
    updated: datetime
