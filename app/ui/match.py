"""The Match page: link sightings into people, answer doubtful pairs, enter walking times."""

from __future__ import annotations

from app.ui.shell import page


def build() -> None:
    """Put the page into the surrounding Blocks; `elements/match.js` is what it does."""
    page("Match", "retrace-match")
