"""What was decided about people, in plain words; undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.errors import NeedsLater
from app.services.actor import Actor
from app.services.seen_people import seen_decisions, seen_identity
from app.workspace import Workspace
from storage import audit, decisions, history, identities, undo
from storage.errors import NotFound
from storage.people_records import DecisionRow


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision in plain words."""

    row: DecisionRow
    text: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: its own decision, and the ids of the decisions that do not hold any more.

    `undone` names what was asked for last, before it the later ones that went with it.
    """

    decision: DecisionView
    undone: tuple[int, ...]


def list_decisions(
    actor: Actor, workspace: Workspace, *, person: int | None = None, limit: int | None = 100
) -> list[DecisionView]:
    """Decisions (about one person) that this actor may know of, newest first. NotFound."""
    with workspace.database.read() as session:
        if person is not None:
            seen_identity(session, actor, person)
        return decisions_of(session, actor, person, limit)


def undo_decision(
    actor: Actor, workspace: Workspace, decision: int, *, with_later: bool = False
) -> Undone:
    """Undo a decision; of an undo: redo.

    Args:
        actor: who undoes.
        workspace: the store.
        decision: which.
        with_later: together with later decisions that changed the same.

    Raises:
        NeedsLater: there are such, and `with_later` is False.
        NotFound, Conflict (undone already, or it cannot be).
    """
    with workspace.database.write() as session:
        return _undo(session, actor, decision, with_later)


def undo_newest(actor: Actor, workspace: Workspace) -> Undone:
    """Undo the newest decision of this actor that holds. NotFound: there is none. NeedsLater."""
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        found = undo.newest_undoable(session, actor.name)
        if found is None:
            raise NotFound("There is nothing of yours to undo.")
        return _undo(session, actor, found.id, with_later=False)


def redo_newest(actor: Actor, workspace: Workspace) -> Undone:
    """Redo what this actor undid last. NotFound: nothing, or something new was decided since."""
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        found = undo.newest_redoable(session, actor.name)
        if found is None:
            raise NotFound("There is nothing of yours to redo.")
        return _undo(session, actor, found.id, with_later=False)


def tell(workspace: Workspace, rows: Sequence[DecisionRow]) -> list[DecisionView]:
    """Decisions that an error names, in plain words."""
    with workspace.database.read() as session:
        return describe(session, rows)


def describe(session: Session, rows: Sequence[DecisionRow]) -> list[DecisionView]:
    """Decisions in plain words, in the same order."""
    reversed_ones = _roots(session, rows)
    told = _Told(session, [*rows, *reversed_ones.values()])
    views = []
    for row in rows:
        text = told.text(row)
        if row.id in reversed_ones:
            word = "Redone" if row.kind == "redo" else "Undone"
            text = f"{word}: {told.text(reversed_ones[row.id])}"
        views.append(DecisionView(row, text, undo.can_undo(row)))
    return views


def decisions_of(
    session: Session, actor: Actor, person: int | None, limit: int | None = None
) -> list[DecisionView]:
    """As list_decisions, within a transaction."""
    rows = decisions.list_decisions(session, identity_id=person, limit=limit)
    return describe(session, seen_decisions(session, actor, rows))


def _undo(session: Session, actor: Actor, decision: int, with_later: bool) -> Undone:
    decisions.one_at_a_time(session)
    if not seen_decisions(session, actor, [decisions.get_decision(session, decision)]):
        raise NotFound(f"There is no decision {decision}. Reload the page.")
    later = undo.in_the_way(session, decision)
    if later and not with_later:
        raise NeedsLater(
            f"{len(later)} later change{'s build' if len(later) > 1 else ' builds'} on this one. "
            "Undo them together with it, or none.",
            later,
        )
    made = undo.undo(session, decision, actor.name, with_later=with_later)
    audit.record(
        session,
        actor.name,
        "decision.undo",
        f"decision {decision}",
        {"later": [row.id for row in later], "decisions": made},
    )
    view = describe(session, [decisions.get_decision(session, made[-1])])[0]
    return Undone(view, (*(row.id for row in later), decision))


def _roots(session: Session, rows: Sequence[DecisionRow]) -> dict[int, DecisionRow]:
    """Undo or redo → the decision at the start of its chain."""
    known = {row.id: row for row in rows}
    roots: dict[int, DecisionRow] = {}
    for row in rows:
        at = row
        while at.reverses is not None:
            at = known.get(at.reverses) or decisions.get_decision(session, at.reverses)
            known[at.id] = at
        if at is not row:
            roots[row.id] = at
    return roots


@dataclass(slots=True)
class _Told:
    """Everything that the words for some decisions need, read at once."""

    session: Session
    rows: Sequence[DecisionRow]
    _labels: dict[int, str] = field(init=False)
    _counts: dict[int, int] = field(init=False)
    _names: dict[int, list[history.NameChange]] = field(init=False)
    _words: dict[int, history.Word] = field(init=False)

    def __post_init__(self) -> None:
        ids = {row.id for row in self.rows}
        known = identities.get_identities(
            self.session, {each for row in self.rows for each in row.identities}
        )
        self._labels = {each: identities.label(row) for each, row in known.items()}
        self._counts = history.placed_by(self.session, ids)
        self._names = history.renamed_by(self.session, ids)
        self._words = history.said_by(self.session, ids)

    def text(self, row: DecisionRow) -> str:
        """One decision in plain words."""
        who = self._listed([each for each in row.identities if each not in row.made])
        made = self._listed(row.made)
        some = _count(len(row.details.get("tracklets", ())), "sighting")
        match row.kind:
            case "create":
                return f"Made {made} of {some}"
            case "merge":
                into = row.details.get("into")
                others = [each for each in row.identities if each != into]
                return f"Merged {self._listed(others)} into {self._listed([into])}"
            case "split":
                return f"Split {some} off {who} as {made}"
            case "add":
                return f"Added {some} to {self._listed([row.details.get('into')])}"
            case "remove":
                return f"Removed {some} from {self._listed([row.details.get('from')])}"
            case "rename":
                changes = self._names.get(row.id, [])
                return "; ".join(_renamed(each) for each in changes) or f"Renamed {who}"
            case "note":
                return f"Changed the notes on {who}"
            case "set_aside":
                return f"Set {who} aside as not a person"
            case "restore":
                return f"Put {who} back among the people"
            case "match":
                placed = _count(self._counts.get(row.id, 0), "sighting")
                return f"Matching run {row.run_id} placed {placed}"
            case "answer":
                return self._answer(row, who)
            case _:
                return "Taken over from an earlier version"

    def _answer(self, row: DecisionRow, who: str) -> str:
        word = self._words.get(row.id)
        if word is None:
            return "Answered about sightings that were removed since"
        same = "the same person" if word.verdict == "same" else "different people"
        text = f"Said that sightings {word.query_tracklet} and {word.tracklet} are {same}"
        return f"{text}; this changed {who}" if row.identities else text

    def _listed(self, ids: Sequence[int | None]) -> str:
        names = [self._labels.get(each or 0, "a removed person") for each in ids]
        if len(names) > 5:
            names = [*names[:5], f"{len(names) - 5} more"]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _renamed(change: history.NameChange) -> str:
    before = change.before or f"Person {change.identity_id}"
    if not change.after:
        return f"Took the name {change.before} from Person {change.identity_id}"
    return f"Named {before} {change.after}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
