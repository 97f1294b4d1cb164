"""What Alembic runs for every command: migrate over the connection that the caller hands in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage.columns import UtcTime
from storage.schema import Base


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write plain types into new migrations: our own may change after them."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, UtcTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
