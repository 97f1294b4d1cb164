"""The System page: background work, the models, whether all is well."""

from __future__ import annotations

from app.ui.shell import page


def build() -> None:
    """Put the page into the surrounding Blocks; `elements/system.js` is what it does."""
    page("System", "retrace-system")
