"""The tables. Removing a camera or a video takes everything below it along (ON DELETE CASCADE).

camera ─ video ─┬─ detections
                ├─ tracklet ─┬─ crop ─┐
                │            ├────────┴─ embedding ─ vector_generation (a space) ─ embedder
                │            └─ what people and runs decided     └─ embedding_tombstone
                ├─ rendition
                └─ job                                           audit_event

What is remembered of people is in schema_people. Ids are never used again (AUTOINCREMENT on
SQLite, sequences on PostgreSQL): vector indexes and links outlive rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage import schema_people  # noqa: F401 - whoever migrates needs all tables
from storage.columns import RowId, now
from storage.schema_base import AUTOINCREMENT, Base, one_of

VIDEO_STATES = ("new", "queued", "processing", "done", "failed")
START_SOURCES = ("given", "name", "metadata", "unknown")
CROP_KINDS = ("keyframe", "strip")
MODALITIES = ("image", "tracklet")
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")


class Camera(Base):
    """A place that videos come from."""

    __tablename__ = "camera"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    time_zone: Mapped[str] = mapped_column(String(100))
    clock_offset: Mapped[float]
    notes: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)


class Video(Base):
    """A video file of a camera."""

    __tablename__ = "video"
    __table_args__ = (
        one_of("state", VIDEO_STATES),
        one_of("start_source", START_SOURCES),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(300), unique=True)
    path: Mapped[str] = mapped_column(Text)
    managed: Mapped[bool]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[float]
    width: Mapped[int]
    height: Mapped[int]
    fps: Mapped[float]
    codec: Mapped[str] = mapped_column(String(50))
    start: Mapped[datetime | None]
    start_source: Mapped[str] = mapped_column(String(20))
    start_confirmed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)
    processed_until: Mapped[float]
    warnings: Mapped[list[str]]
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)


class Detections(Base):
    """All detections of one stretch of a video under one set of settings."""

    __tablename__ = "detections"
    __table_args__ = (UniqueConstraint("video_id", "settings_key", "chunk"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("video.id", ondelete="CASCADE"))
    settings_key: Mapped[str] = mapped_column(String(100))
    chunk: Mapped[int]
    start: Mapped[float]
    end: Mapped[float]
    blob: Mapped[bytes]


class Tracklet(Base):
    """One person followed for a while in one video."""

    __tablename__ = "tracklet"
    __table_args__ = (
        UniqueConstraint("video_id", "number"),
        Index(None, "video_id", "offset_start", "offset_end"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("video.id", ondelete="CASCADE"))
    number: Mapped[int]
    frames: Mapped[int]
    offset_start: Mapped[float]
    offset_end: Mapped[float]
    quality: Mapped[float]
    blob: Mapped[bytes] = mapped_column(deferred=True)


class Crop(Base):
    """A picture of a tracklet at one moment; the picture itself is in the media store."""

    __tablename__ = "crop"
    __table_args__ = (one_of("kind", CROP_KINDS), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    tracklet_id: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    media_key: Mapped[str] = mapped_column(String(100), index=True)
    frame: Mapped[int]
    time: Mapped[float]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    width: Mapped[int]
    height: Mapped[int]
    quality: Mapped[float]
    size: Mapped[int]
    parts: Mapped[dict[str, Any]]


class Rendition(Base):
    """A file made from a video on demand and kept."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("video_id", "kind", "key"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("video.id", ondelete="CASCADE"))
    tracklet_id: Mapped[int | None] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(50))
    key: Mapped[str] = mapped_column(String(300))
    media_key: Mapped[str] = mapped_column(String(100), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(default=now)


class VectorGeneration(Base):
    """A vector space and how often its vectors changed: what indexes compare themselves with.

    `epoch` is drawn when the space is made, so that a cache file of another store never fits.
    """

    __tablename__ = "vector_generation"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    space: Mapped[str] = mapped_column(String(200), unique=True)
    dimension: Mapped[int]
    epoch: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(BigInteger)
    vectors: Mapped[int] = mapped_column(BigInteger)


class Embedder(Base):
    """A model whose vectors live in a space."""

    __tablename__ = "embedder"
    __table_args__ = (UniqueConstraint("name", "space_id", "fingerprint"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    space_id: Mapped[int] = mapped_column(
        ForeignKey("vector_generation.id", ondelete="CASCADE"), index=True
    )
    fingerprint: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime] = mapped_column(default=now)


_WHOLE = text("crop_id IS NULL")


class Embedding(Base):
    """A vector (little-endian float16) of a crop, or of a whole tracklet (no crop)."""

    __tablename__ = "embedding"
    __table_args__ = (
        one_of("modality", MODALITIES),
        Index("uq_embedding_crop", "space_id", "crop_id", "modality", unique=True),
        Index(
            "uq_embedding_whole",
            "space_id",
            "tracklet_id",
            "modality",
            unique=True,
            sqlite_where=_WHOLE,
            postgresql_where=_WHOLE,
        ),
        Index(None, "space_id", "tracklet_id"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("vector_generation.id", ondelete="CASCADE"))
    tracklet_id: Mapped[int] = mapped_column(
        ForeignKey("tracklet.id", ondelete="CASCADE"), index=True
    )
    crop_id: Mapped[int | None] = mapped_column(
        ForeignKey("crop.id", ondelete="CASCADE"), index=True
    )
    modality: Mapped[str] = mapped_column(String(20))
    vector: Mapped[bytes]


class EmbeddingTombstone(Base):
    """A tracklet whose vectors were removed from a space: indexes drop them by this."""

    __tablename__ = "embedding_tombstone"
    __table_args__ = (Index(None, "space_id", "id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("vector_generation.id", ondelete="CASCADE"))
    tracklet_id: Mapped[int] = mapped_column(BigInteger)  # no foreign key: the tracklet is gone


class Job(Base):
    """A piece of background work."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", JOB_STATES),
        Index(None, "state", "not_before", "id"),
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20))
    params: Mapped[dict[str, Any]]
    video_id: Mapped[int | None] = mapped_column(
        ForeignKey("video.id", ondelete="CASCADE"), index=True
    )
    progress: Mapped[float]
    message: Mapped[str] = mapped_column(Text)
    eta: Mapped[float | None]
    worker: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)
    cancel_requested: Mapped[bool]
    not_before: Mapped[datetime | None]
    heartbeat: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)
    updated: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]


class AuditEvent(Base):
    """Who did what to what."""

    __tablename__ = "audit_event"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(300), index=True)
    details: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)
