"""Alembic migrations of the store, run by Database.open; no command is needed.

A new one: change schema.py, write `versions/<number>_<what>.py` (alembic's autogenerate over
storage.migrating.config helps), set HEAD. The tests run each up and down and compare the result
with the models.
"""

HEAD = "0003"
