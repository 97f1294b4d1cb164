"""Which run speaks for which cameras: the newest one in force that looked at them.

A run looks at the cameras that its actor may see; what it says of others is nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage import matching_runs

SCOPE = "cameras"
"""The parameter of a run that names the cameras it looked at; None: all."""


@dataclass(frozen=True, slots=True)
class RunInForce:
    """A run and the ids of the cameras that it looked at; None: all there are."""

    id: int
    cameras: frozenset[int] | None

    def covers(self, cameras: Collection[int]) -> bool:
        """Whether it looked at all of these cameras."""
        return self.cameras is None or self.cameras.issuperset(cameras)


def runs_in_force(session: Session) -> list[RunInForce]:
    """Applied runs, newest first, down to the newest one that looked at everything."""
    found: list[RunInForce] = []
    for run_id, params in matching_runs.list_applied(session):
        found.append(in_force(run_id, params))
        if found[-1].cameras is None:
            break
    return found


def run_for(session: Session, cameras: Collection[int]) -> RunInForce | None:
    """The run that speaks for these cameras together; the newest one if none looked at them all."""
    runs = runs_in_force(session)
    return next((run for run in runs if run.covers(cameras)), runs[0] if runs else None)


def in_force(run_id: int, params: Mapping[str, Any]) -> RunInForce:
    """A run by its id and parameters."""
    named = params.get(SCOPE)
    return RunInForce(run_id, None if named is None else frozenset(named))
