"""Weights for research only: said once when a store first uses them, by the hash of the weights.

That it was said, and that somebody has read it, are events of the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.workspace import Workspace
from storage import audit

TOLD, SEEN = "model.terms_told", "model.terms_seen"


@dataclass(frozen=True, slots=True)
class TermsNotice:
    """What must be known of weights in use that are for research only.

    Args:
        name: of the model.
        sha256: of its weights, 64 hex digits.
        terms: in short.
        trained_on: the data they were learnt from.
        remedy: what to do if the use is another one.
    """

    name: str
    sha256: str
    terms: str
    trained_on: str
    remedy: str


def notices(_actor: Actor, workspace: Workspace) -> list[TermsNotice]:
    """The notice of the model in use, if it is for research only and nobody has read it yet."""
    return _notices(workspace, (SEEN,))


def tell_once(actor: Actor, workspace: Workspace) -> list[TermsNotice]:
    """The same, for the command line: given out once, and not if it was read on the pages."""
    found = _notices(workspace, (TOLD, SEEN))
    if found:
        with workspace.database.write() as session:
            for each in found:
                _record(session, actor, TOLD, each)
    return found


def dismiss(actor: Actor, workspace: Workspace, name: str) -> None:
    """Note that `actor` has read the notice of model `name`; does nothing if there is none."""
    found = [each for each in notices(actor, workspace) if each.name == name]
    if found:
        with workspace.database.write() as session:
            _record(session, actor, SEEN, found[0])


def _notices(workspace: Workspace, settled_by: tuple[str, ...]) -> list[TermsNotice]:
    name = workspace.model_name_or_none()
    entry = next((each for each in workspace.known_models() if each.name == name), None)
    if entry is None or entry.sha256 is None or not entry.card.research_only:
        return []
    with workspace.database.read() as session:
        events = audit.list_events(session, subject=_subject(entry.sha256))
    if any(event.action in settled_by for event in events):
        return []
    return [
        TermsNotice(
            name=entry.name,
            sha256=entry.sha256,
            terms=entry.card.terms,
            trained_on=entry.card.trained_on,
            remedy="If your use is not research, choose another model; setting "
            "models.allow_research_only to false rules out all models of this kind.",
        )
    ]


def _record(session: Session, actor: Actor, action: str, notice: TermsNotice) -> None:
    audit.record(session, actor.name, action, _subject(notice.sha256), {"model": notice.name})


def _subject(sha256: str) -> str:
    return f"weights {sha256}"
