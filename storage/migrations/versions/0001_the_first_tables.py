"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject"])

    op.create_table(
        "camera",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=100), nullable=False),
        sa.Column("clock_offset", sa.Double(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_camera"),
        sa.UniqueConstraint("name", name="uq_camera_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identity",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "vector_generation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("space", sa.String(length=200), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("vectors", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vector_generation"),
        sa.UniqueConstraint("space", name="uq_vector_generation_space"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "embedder",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("space_id", ROW_ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["vector_generation.id"],
            name="fk_embedder_space_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_embedder"),
        sa.UniqueConstraint(
            "name", "space_id", "fingerprint", name="uq_embedder_name_space_id_fingerprint"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_embedder_space_id", "embedder", ["space_id"])

    op.create_table(
        "embedding_tombstone",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("space_id", ROW_ID, nullable=False),
        sa.Column("tracklet_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["vector_generation.id"],
            name="fk_embedding_tombstone_space_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_embedding_tombstone"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_embedding_tombstone_space_id_id", "embedding_tombstone", ["space_id", "id"])

    op.create_table(
        "video",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("camera_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("managed", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Double(), nullable=False),
        sa.Column("codec", sa.String(length=50), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("start_source", sa.String(length=20), nullable=False),
        sa.Column("start_confirmed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("processed_until", sa.Double(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "start_source IN ('given', 'name', 'metadata', 'unknown')",
            name="ck_video_start_source",
        ),
        sa.CheckConstraint(
            "state IN ('new', 'queued', 'processing', 'done', 'failed')",
            name="ck_video_state",
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["camera.id"], name="fk_video_camera_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_video"),
        sa.UniqueConstraint("name", name="uq_video_name"),
        sa.UniqueConstraint("sha256", name="uq_video_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_video_camera_id", "video", ["camera_id"])

    op.create_table(
        "detections",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("video_id", ROW_ID, nullable=False),
        sa.Column("settings_key", sa.String(length=100), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("end", sa.Double(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_id"], ["video.id"], name="fk_detections_video_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_detections"),
        sa.UniqueConstraint(
            "video_id",
            "settings_key",
            "chunk",
            name="uq_detections_video_id_settings_key_chunk",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("video_id", ROW_ID, nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("eta", sa.Double(), nullable=True),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="ck_job_state",
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["video.id"], name="fk_job_video_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_state_not_before_id", "job", ["state", "not_before", "id"])
    op.create_index("ix_job_video_id", "job", ["video_id"])

    op.create_table(
        "tracklet",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("video_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("offset_start", sa.Double(), nullable=False),
        sa.Column("offset_end", sa.Double(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_id"], ["video.id"], name="fk_tracklet_video_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tracklet"),
        sa.UniqueConstraint("video_id", "number", name="uq_tracklet_video_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_tracklet_video_id_offset_start_offset_end",
        "tracklet",
        ["video_id", "offset_start", "offset_end"],
    )

    op.create_table(
        "assignment",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tracklet_id", ROW_ID, nullable=False),
        sa.Column("identity_id", ROW_ID, nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("run", sa.String(length=100), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name="fk_assignment_identity_id"),
        sa.ForeignKeyConstraint(
            ["tracklet_id"],
            ["tracklet.id"],
            name="fk_assignment_tracklet_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assignment_identity_id", "assignment", ["identity_id"])
    op.create_index("ix_assignment_tracklet_id_id", "assignment", ["tracklet_id", "id"])

    op.create_table(
        "crop",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tracklet_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_key", sa.String(length=100), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('keyframe', 'strip')", name="ck_crop_kind"),
        sa.ForeignKeyConstraint(
            ["tracklet_id"], ["tracklet.id"], name="fk_crop_tracklet_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_crop"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crop_media_key", "crop", ["media_key"])
    op.create_index("ix_crop_tracklet_id", "crop", ["tracklet_id"])

    op.create_table(
        "judgement",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("query_tracklet", ROW_ID, nullable=False),
        sa.Column("tracklet", ROW_ID, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("verdict IN ('same', 'different')", name="ck_judgement_verdict"),
        sa.ForeignKeyConstraint(
            ["query_tracklet"],
            ["tracklet.id"],
            name="fk_judgement_query_tracklet",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tracklet"], ["tracklet.id"], name="fk_judgement_tracklet", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_judgement_query_tracklet", "judgement", ["query_tracklet"])
    op.create_index("ix_judgement_tracklet", "judgement", ["tracklet"])

    op.create_table(
        "rendition",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("video_id", ROW_ID, nullable=False),
        sa.Column("tracklet_id", ROW_ID, nullable=True),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("media_key", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tracklet_id"],
            ["tracklet.id"],
            name="fk_rendition_tracklet_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["video.id"], name="fk_rendition_video_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rendition"),
        sa.UniqueConstraint("video_id", "kind", "key", name="uq_rendition_video_id_kind_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rendition_media_key", "rendition", ["media_key"])
    op.create_index("ix_rendition_tracklet_id", "rendition", ["tracklet_id"])

    op.create_table(
        "embedding",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("space_id", ROW_ID, nullable=False),
        sa.Column("tracklet_id", ROW_ID, nullable=False),
        sa.Column("crop_id", ROW_ID, nullable=True),
        sa.Column("modality", sa.String(length=20), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("modality IN ('image', 'tracklet')", name="ck_embedding_modality"),
        sa.ForeignKeyConstraint(
            ["crop_id"], ["crop.id"], name="fk_embedding_crop_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["vector_generation.id"],
            name="fk_embedding_space_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tracklet_id"],
            ["tracklet.id"],
            name="fk_embedding_tracklet_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_embedding"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_embedding_crop_id", "embedding", ["crop_id"])
    op.create_index(
        "ix_embedding_space_id_tracklet_id",
        "embedding",
        ["space_id", "tracklet_id"],
    )
    op.create_index("ix_embedding_tracklet_id", "embedding", ["tracklet_id"])
    op.create_index(
        "uq_embedding_crop",
        "embedding",
        ["space_id", "crop_id", "modality"],
        unique=True,
    )
    op.create_index(
        "uq_embedding_whole",
        "embedding",
        ["space_id", "tracklet_id", "modality"],
        unique=True,
        sqlite_where=sa.text("crop_id IS NULL"),
        postgresql_where=sa.text("crop_id IS NULL"),
    )


def downgrade() -> None:
    # Back to an empty database: all data goes, as there is no earlier schema to hold it.
    op.drop_table("embedding")
    op.drop_table("rendition")
    op.drop_table("judgement")
    op.drop_table("crop")
    op.drop_table("assignment")
    op.drop_table("tracklet")
    op.drop_table("job")
    op.drop_table("detections")
    op.drop_table("video")
    op.drop_table("embedding_tombstone")
    op.drop_table("embedder")
    op.drop_table("vector_generation")
    op.drop_table("identity")
    op.drop_table("camera")
    op.drop_table("audit_event")
