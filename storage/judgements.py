"""People's word on pairs of tracklets. Append-only: a withdrawn one stays, marked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.records import JudgementRow


def add_judgement(
    session: Session, *, query_tracklet: int, tracklet: int, verdict: str, actor: str
) -> JudgementRow:
    """Verdict same or different. NotFound (tracklet), InvalidInput."""
    raise NotImplementedError


def list_judgements(
    session: Session, query_tracklet: int | None = None, *, withdrawn: bool = False
) -> list[JudgementRow]:
    """Oldest first; those withdrawn only if asked for."""
    raise NotImplementedError


def remove_judgement(session: Session, judgement_id: int, *, actor: str) -> JudgementRow:
    """Withdraw it. NotFound, Conflict (already withdrawn)."""
    raise NotImplementedError
