"""The People page: who was seen, where and when; and every correction by hand."""

from __future__ import annotations

from app.ui.shell import page


def build() -> None:
    """Put the page into the surrounding Blocks; `elements/people.js` is what it does."""
    page("People", "retrace-people")
