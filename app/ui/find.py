"""The Find page: pick a person in a recording or a photo, see where else they were."""

from __future__ import annotations

from app.ui.shell import page


def build() -> None:
    """Put the page into the surrounding Blocks; `elements/find.js` is what it does."""
    page("Find", "retrace-find")
