"""`doctor`."""

from __future__ import annotations

import typer

from app.cli.context import print_json, state_of
from app.services.actor import OWNER
from app.services.doctor import examine

MARKS = {"ok": "ok      ", "warning": "warning ", "broken": "BROKEN  "}


def doctor(context: typer.Context) -> None:
    """Report versions, devices, weights, codecs, disk, database and index; exit 1 when broken."""
    state = state_of(context)
    examination = examine(OWNER, state.workspace())
    if state.as_json:
        print_json(examination.as_json())
    else:
        for finding in examination.findings:
            typer.echo(f"{MARKS[finding.state]} {finding.topic}: {finding.message}")
    if not examination.healthy:
        raise typer.Exit(1)
