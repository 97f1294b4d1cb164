"""The pairs that a run weighed, in blocks by tracklet instead of one blob."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from alembic import op

from storage.blobs import unpack
from storage.run_edges import blocks

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RUN_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "edge_block",
        sa.Column("run_id", _RUN_ID, nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["matching_run.id"],
            name=op.f("fk_edge_block_run_id_matching_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "block", name=op.f("pk_edge_block")),
    )
    bind = op.get_bind()
    query = sa.text("SELECT id, edges FROM matching_run WHERE edges IS NOT NULL")
    insert = sa.text("INSERT INTO edge_block (run_id, block, blob) VALUES (:run, :block, :blob)")
    for run, edges in bind.execute(query).all():
        first, second, probabilities = unpack(edges)
        for block, blob in blocks(np.stack([first, second], axis=1), probabilities):
            bind.execute(insert, {"run": run, "block": block, "blob": blob})
    op.drop_column("matching_run", "edges")


def downgrade() -> None:
    """The pairs go: match again."""
    op.add_column("matching_run", sa.Column("edges", sa.LargeBinary(), nullable=True))
    op.drop_table("edge_block")
