"""Alembic migrations of the store, run by Database.open; no command is needed."""
