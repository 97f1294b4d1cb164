"""Routes: what was decided about people; undo and redo."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, SiteDep
from app.api.people_shapes import DecisionOut
from app.api.shapes import Shape
from app.services import history
from app.services.history import Undone

router = APIRouter(tags=["people"])


class UndoIn(BaseModel):
    """Whether later decisions that changed the same are undone too."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"with_later": False}]}
    )
    with_later: bool = False


class NothingIn(BaseModel):
    """Nothing needs to be said."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})


class DecisionsOut(Shape):
    """Decisions, newest first."""

    decisions: tuple[DecisionOut, ...]


class UndoneOut(Shape):
    """The decision that undid, and those that do not hold any more."""

    decision: DecisionOut
    undone: tuple[int, ...]

    @classmethod
    def from_result(cls, result: Undone) -> UndoneOut:
        """From the history service."""
        return cls(decision=DecisionOut.from_view(result.decision), undone=result.undone)


@router.get("/decisions")
def list_decisions(
    site: SiteDep,
    actor: ActorDep,
    person: int | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> DecisionsOut:
    """What people and runs decided (about one person), newest first."""
    found = history.list_decisions(actor, site.workspace, person=person, limit=limit)
    return DecisionsOut(decisions=tuple(DecisionOut.from_view(each) for each in found))


@router.post("/decisions/undo")
def undo_newest(site: SiteDep, actor: ActorDep, _body: NothingIn | None = None) -> UndoneOut:
    """Undo what you did last; 404 when there is nothing."""
    return UndoneOut.from_result(history.undo_newest(actor, site.workspace))


@router.post("/decisions/redo")
def redo_newest(site: SiteDep, actor: ActorDep, _body: NothingIn | None = None) -> UndoneOut:
    """Redo what you undid last; 404 when there is nothing."""
    return UndoneOut.from_result(history.redo_newest(actor, site.workspace))


@router.post("/decisions/{decision_id}/undo")
def undo_decision(
    decision_id: int, site: SiteDep, actor: ActorDep, body: UndoIn | None = None
) -> UndoneOut:
    """Undo a decision; 409 "needs_later" with `later` when later ones changed the same."""
    with_later = body is not None and body.with_later
    done = history.undo_decision(actor, site.workspace, decision_id, with_later=with_later)
    return UndoneOut.from_result(done)
