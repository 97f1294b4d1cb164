"""The tables of who is who: decisions, what they changed, and what matching leaves behind.

decision ─┬─ assignment      tracklet → identity, or nobody
          ├─ identity_edit   name, notes, state of an identity
          ├─ judgement       two tracklets: same, different
          ├─ barred          tracklet ✗ identity
          └─ decision_identity (whom it concerns)

The first four are append-only. A *cell* is what one of them tells about: a tracklet, an identity,
a pair of tracklets, a tracklet with an identity. Of each cell the latest row counts. An undo
appends rows that repeat earlier ones; their `origin` names the row repeated, NOTHING where the cell
had none. So two rows of a cell with the same origin say the same, and a decision can be undone as
long as each of its cells still shows its own origin.

matching_run ─┬─ edge_block (the pairs it weighed)          topology (camera → camera)
              ├─ candidate (a pair waiting for review)
              └─ conflict ─ conflict_tracklet

All go with the tracklets and cameras they speak of.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import RowId, now
from storage.schema_base import AUTOINCREMENT, Base, one_of

DECISION_KINDS = (
    "match",
    "merge",
    "split",
    "add",
    "remove",
    "create",
    "rename",
    "note",
    "set_aside",
    "restore",
    "answer",
    "undo",
    "redo",
    "import",
)
ROLES = ("new", "changed", "merged")
PLACED_BY = ("person", "run")
IDENTITY_STATES = ("active", "set_aside")
VERDICTS = ("same", "different")
STORED_VERDICTS = (*VERDICTS, "none")
RUN_MODES = ("new", "full")
RUN_STATES = ("queued", "running", "preview", "applied", "discarded", "failed")
CANDIDATE_STATES = ("open", "answered", "skipped", "stale")
RELATIONS = ("unknown", "overlapping", "apart")
TOPOLOGY_SOURCES = ("entered", "config", "learnt", "none")

NOTHING = 0
"""The origin of a row that says: here was nothing."""


class MatchingRun(Base):
    """One run of the matching job."""

    __tablename__ = "matching_run"
    __table_args__ = (one_of("mode", RUN_MODES), one_of("state", RUN_STATES), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    mode: Mapped[str] = mapped_column(String(20))
    preview: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200))
    params: Mapped[dict[str, Any]]
    code_version: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(200))
    space: Mapped[str] = mapped_column(String(200))
    counts: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    error: Mapped[str | None] = mapped_column(Text)
    as_of: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    proposal: Mapped[bytes | None] = mapped_column(deferred=True)


class EdgeBlock(Base):
    """The pairs that a run weighed around some tracklets, see `storage.run_edges`."""

    __tablename__ = "edge_block"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("matching_run.id", ondelete="CASCADE"), primary_key=True
    )
    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    blob: Mapped[bytes]


class Decision(Base):
    """Something that changed people; never changed itself."""

    __tablename__ = "decision"
    __table_args__ = (one_of("kind", DECISION_KINDS), Index(None, "actor", "id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("matching_run.id"), index=True)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), index=True)
    details: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)


class Identity(Base):
    """A person."""

    __tablename__ = "identity"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)


class DecisionIdentity(Base):
    """An identity that a decision made, changed, or merged into another."""

    __tablename__ = "decision_identity"
    __table_args__ = (one_of("role", ROLES),)

    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decision.id", ondelete="CASCADE"), primary_key=True
    )
    identity_id: Mapped[int] = mapped_column(
        ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    into_id: Mapped[int | None] = mapped_column(
        ForeignKey("identity.id", ondelete="SET NULL"), index=True
    )


class Assignment(Base):
    """A tracklet placed with an identity, or with none; the latest of a tracklet counts."""

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("placed_by", PLACED_BY),
        Index(None, "tracklet_id", "id"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    tracklet_id: Mapped[int] = mapped_column(ForeignKey("tracklet.id", ondelete="CASCADE"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"), index=True)
    placed_by: Mapped[str] = mapped_column(String(20))
    probability: Mapped[float | None]
    actor: Mapped[str] = mapped_column(String(200))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("matching_run.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    origin: Mapped[int | None] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(default=now)


class IdentityEdit(Base):
    """Name, notes and state of an identity; the latest of an identity counts."""

    __tablename__ = "identity_edit"
    __table_args__ = (
        one_of("state", IDENTITY_STATES),
        Index(None, "identity_id", "id"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    origin: Mapped[int | None] = mapped_column(BigInteger)


class Judgement(Base):
    """A person's word on a pair of tracklets; the latest of a pair counts, "none" takes it back."""

    __tablename__ = "judgement"
    __table_args__ = (one_of("verdict", STORED_VERDICTS), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    query_tracklet: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    tracklet: Mapped[int] = mapped_column(ForeignKey("tracklet.id", ondelete="CASCADE"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    origin: Mapped[int | None] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(default=now)


class Barred(Base):
    """A tracklet that is not this identity: no run places it there; the latest of a pair counts."""

    __tablename__ = "barred"
    __table_args__ = (Index(None, "tracklet_id", "identity_id", "id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    tracklet_id: Mapped[int] = mapped_column(ForeignKey("tracklet.id", ondelete="CASCADE"))
    identity_id: Mapped[int] = mapped_column(
        ForeignKey("identity.id", ondelete="CASCADE"), index=True
    )
    barred: Mapped[bool]
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    origin: Mapped[int | None] = mapped_column(BigInteger)


class Candidate(Base):
    """A doubtful pair that waits for a person's answer.

    `decision_id` is the decision that closed it: while that one is undone, the pair is open again.
    """

    __tablename__ = "candidate"
    __table_args__ = (
        one_of("state", CANDIDATE_STATES),
        UniqueConstraint("run_id", "tracklet_a", "tracklet_b"),
        Index(None, "state", "value"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("matching_run.id", ondelete="CASCADE"))
    tracklet_a: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    tracklet_b: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    probability: Mapped[float]
    value: Mapped[float]
    rival_tracklet: Mapped[int | None] = mapped_column(
        ForeignKey("tracklet.id", ondelete="SET NULL"), index=True
    )
    rival_probability: Mapped[float | None]
    details: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), index=True)
    created: Mapped[datetime] = mapped_column(default=now)


class ConflictFound(Base):
    """A contradiction that people should know of."""

    __tablename__ = "conflict"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(50))
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey("matching_run.id", ondelete="CASCADE"), index=True
    )
    identities: Mapped[list[int]]
    details: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)
    resolved: Mapped[datetime | None]


class ConflictTracklet(Base):
    """A tracklet that takes part in a contradiction."""

    __tablename__ = "conflict_tracklet"

    conflict_id: Mapped[int] = mapped_column(
        ForeignKey("conflict.id", ondelete="CASCADE"), primary_key=True
    )
    tracklet_id: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TopologyPair(Base):
    """What is known of going from one camera to another: entered by a person, learnt by runs."""

    __tablename__ = "topology"
    __table_args__ = (
        one_of("relation", RELATIONS),
        one_of("source", TOPOLOGY_SOURCES),
        UniqueConstraint("from_camera", "to_camera"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    from_camera: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"))
    to_camera: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), index=True)
    relation: Mapped[str] = mapped_column(String(20))
    least_seconds: Mapped[float | None]
    typical_seconds: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(20))
    learnt: Mapped[dict[str, Any] | None]
    updated: Mapped[datetime] = mapped_column(default=now)
