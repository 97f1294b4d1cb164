"""The Library page: recordings and the cameras they come from."""

from __future__ import annotations

from app.ui.shell import page


def build() -> None:
    """Put the page into the surrounding Blocks; `elements/library.js` is what it does."""
    page("Library", "retrace-library")
