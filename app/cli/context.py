"""What every command is given, and how it prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
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
        return self._workspace


def state_of(context: typer.Context) -> State:
    """The state that the root command made."""
    state = context.obj
    assert isinstance(state, State)
    return state


def show(state: State, objects: Any, columns: Sequence[str], empty: str) -> None:
    """Print objects as JSON, or as a table of `columns`, or `empty` when there are none."""
    if state.as_json:
        print_json(objects)
        return
    if not objects:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for each in objects:
        table.add_row(*(_cell(each.get(column)) for column in columns))
    Console().print(table)


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
