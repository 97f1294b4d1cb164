"""What every command is given, and how it prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from app.workspace import Workspace

NOTES = Console(stderr=True)
"""Where people are told what is going on; stdout carries results only."""


@dataclass(slots=True)
class State:
    """The options that stand before or after any command."""

    home: Path | None
    config: Path | None
    overrides: tuple[str, ...]
    as_json: bool
    _workspace: Workspace | None = field(default=None, repr=False)

    def workspace(self) -> Workspace:
        """The store, opened on first use."""
        if self._workspace is None:
            from app.workspace import Launch, Workspace

            self._workspace = Workspace.open(
                Launch(home=self.home, config=self.config, overrides=self.overrides)
            )
            tell_terms(self._workspace)
        return self._workspace


def state_of(context: typer.Context) -> State:
    """The state that the root command made."""
    state = context.obj
    assert isinstance(state, State)
    return state


def tell_terms(workspace: Workspace) -> None:
    """Say, once for these weights in this store, that the model in use is for research only."""
    from app.services.actor import OWNER
    from app.services.model_terms import tell_once

    for notice in tell_once(OWNER, workspace):
        NOTES.print(
            f"Note: {notice.name}, the model in use, is for research only. Terms: {notice.terms}. "
            f"Trained on: {notice.trained_on}. {notice.remedy} See: models list. "
            "This is said once.",
            highlight=False,
            markup=False,
        )


def show(
    state: State, objects: Any, columns: Sequence[str], empty: str, *, uncut: bool = False
) -> None:
    """Print objects as JSON, or as a table of `columns`, or `empty` when there are none.

    Args:
        state: the command line's.
        objects: what to print, each with the columns as keys.
        columns: in their order.
        empty: what to say where there are none.
        uncut: rather longer lines than the terminal's than a name that cannot be copied.
    """
    if state.as_json:
        print_json(objects)
        return
    if not objects:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=uncut)
    for each in objects:
        table.add_row(*(_cell(each.get(column)) for column in columns))
    console = Console()
    if uncut:
        endless = console.options.update(max_width=10_000)
        console.width = max(console.width, Measurement.get(console, endless, table).maximum)
    console.print(table)


def print_json(value: Any) -> None:
    """Print JSON and nothing else to stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)
