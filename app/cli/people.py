"""`people …`: who was seen, and everything that can be put right about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.context import NOTES, State, print_json, show, state_of
from app.cli.people_output import line, numbers, plain_card, plain_decision, print_decision, tell
from app.errors import BadRequest, NeedsLater
from app.services import history, merging, people, people_export, people_view, splitting
from app.services.actor import OWNER

app = typer.Typer(help="People: who was seen where.", no_args_is_help=True)
COLUMNS = ("id", "label", "cameras", "sightings", "last", "confidence", "confirmed")
SIGHTING_COLUMNS = (
    "sighting",
    "camera",
    "start",
    "offset_start",
    "gap_seconds",
    "probability",
    "placed_by",
)

Sightings = Annotated[list[int], typer.Option("--sighting", help="Id of a sighting.")]
Name = Annotated[str, typer.Option(help="Name of the new person.")]


@app.command("list")
def list_(
    context: typer.Context,
    sort: Annotated[Literal["cameras", "recent", "name"], typer.Option(help="Order.")] = "cameras",
    camera: Annotated[str | None, typer.Option(help="Only who this camera saw.")] = None,
    aside: Annotated[bool, typer.Option("--set-aside", help="Those who are set aside.")] = False,
    text: Annotated[str, typer.Option(help="Only whose name holds this.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="People shown (all).")] = None,
) -> None:
    """List the people, those first that most cameras saw."""
    state = state_of(context)
    page = people_view.list_people(
        OWNER,
        state.workspace(),
        state="set_aside" if aside else "active",
        sort=sort,
        camera=camera,
        text=text,
        limit=limit,
    )
    rows = [plain_card(card) for card in page.people]
    show(state, rows, COLUMNS, "Nobody yet. Link sightings into people: match")
    if page.unassigned and not state.as_json:
        NOTES.print(
            f"{page.unassigned} sightings with nobody, {page.poor} of them too poor to tell.",
            highlight=False,
        )


@app.command("show")
def show_(context: typer.Context, person: int) -> None:
    """Show a person: sightings in order of time, and what was decided."""
    state = state_of(context)
    view = people_view.get_person(OWNER, state.workspace(), person)
    plain = people_export.as_plain(view)
    if state.as_json:
        print_json(plain)
        return
    typer.echo(f"{plain['label']} ({plain['state'].replace('_', ' ')})")
    if plain["merged_into"] is not None:
        typer.echo(f"Merged into person {plain['merged_into']}.")
    if plain["notes"]:
        typer.echo(plain["notes"])
    show(state, plain["sightings"], SIGHTING_COLUMNS, "No sighting is left.")
    for row in plain["history"]:
        typer.echo(line(row))
    for each in view.conflicts:
        NOTES.print(each.text, highlight=False)


@app.command()
def create(context: typer.Context, sighting: Sightings, name: Name = "") -> None:
    """Make a person of sightings."""
    state = state_of(context)
    tell(state, people.create_person(OWNER, state.workspace(), sighting, name))


@app.command()
def rename(
    context: typer.Context,
    person: int,
    name: Annotated[str | None, typer.Argument(help="The new name; '' takes it away.")] = None,
    notes: Annotated[str | None, typer.Option(help="New notes.")] = None,
) -> None:
    """Name a person, or change the notes."""
    state = state_of(context)
    done = people.rename(
        OWNER, state.workspace(), person, _version(state, person), name=name, notes=notes
    )
    tell(state, done)


@app.command()
def merge(
    context: typer.Context,
    people_ids: Annotated[list[int], typer.Argument(metavar="PERSON…", help="Two or more.")],
    into: Annotated[int | None, typer.Option(help="Who stays (the first with a name).")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only tell what it means.")] = False,
) -> None:
    """Make one person of several."""
    state = state_of(context)
    ids = list(dict.fromkeys(people_ids))
    if len(ids) < 2:
        raise BadRequest("Give two people or more.")
    if preview:
        found = merging.preview_merge(OWNER, state.workspace(), ids, into)
        if state.as_json:
            plain = {"sightings": found.sightings, "cameras": list(found.cameras)}
            print_json({**plain, "consequences": list(found.consequences)})
        else:
            typer.echo(f"Together {found.sightings} sightings in {', '.join(found.cameras)}.")
            for line in found.consequences:
                typer.echo(line)
        return
    versions = people.versions_of(OWNER, state.workspace(), ids)
    tell(state, people.merge(OWNER, state.workspace(), versions, into))


@app.command()
def split(
    context: typer.Context,
    person: int,
    sighting: Annotated[
        list[int] | None, typer.Option(help="A sighting that goes; none: only propose.")
    ] = None,
    name: Name = "",
) -> None:
    """Split a person in two; without sightings: propose how."""
    state = state_of(context)
    if sighting:
        done = people.split(
            OWNER, state.workspace(), person, _version(state, person), sighting, name
        )
        tell(state, done)
        return
    found = splitting.propose_split(OWNER, state.workspace(), person)
    if state.as_json:
        print_json({"stay": list(found.stay), "go": list(found.go), "reason": found.reason})
        return
    typer.echo(found.reason)
    typer.echo(f"Stay: {numbers(found.stay)}. Go: {numbers(found.go)}.")
    if found.go:
        options = " ".join(f"--sighting {each}" for each in found.go)
        typer.echo(f"To do it: people split {person} {options}")


@app.command()
def add(context: typer.Context, person: int, sighting: Sightings) -> None:
    """Place sightings with a person."""
    state = state_of(context)
    version = _version(state, person)
    tell(state, people.add(OWNER, state.workspace(), person, version, sighting))


@app.command()
def remove(context: typer.Context, person: int, sighting: Sightings) -> None:
    """Take sightings out of a person; no run brings them back there."""
    state = state_of(context)
    version = _version(state, person)
    tell(state, people.remove(OWNER, state.workspace(), person, version, sighting))


@app.command("set-aside")
def set_aside(context: typer.Context, person: int) -> None:
    """Mark as not a person: left out of lists and of matching."""
    state = state_of(context)
    tell(state, people.set_aside(OWNER, state.workspace(), person, _version(state, person)))


@app.command()
def restore(context: typer.Context, person: int) -> None:
    """Put somebody who was set aside back among the people."""
    state = state_of(context)
    tell(state, people.restore(OWNER, state.workspace(), person, _version(state, person)))


@app.command("history")
def history_(
    context: typer.Context,
    person: Annotated[int | None, typer.Option(help="Only what concerns this person.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Decisions shown.")] = 20,
) -> None:
    """List what people and runs decided, newest first."""
    state = state_of(context)
    found = history.list_decisions(OWNER, state.workspace(), person=person, limit=limit)
    rows = [plain_decision(each) for each in found]
    if state.as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(line(row))
    if not rows:
        typer.echo("Nothing was decided yet.")


@app.command()
def undo(
    context: typer.Context,
    decision: Annotated[int | None, typer.Argument(help="Your last one, if not given.")] = None,
    with_later: Annotated[
        bool, typer.Option("--with-later", help="Together with later changes that build on it.")
    ] = False,
) -> None:
    """Undo a decision."""
    state = state_of(context)
    workspace = state.workspace()
    try:
        if decision is None:
            done = history.undo_newest(OWNER, workspace)
        else:
            done = history.undo_decision(OWNER, workspace, decision, with_later=with_later)
    except NeedsLater as error:
        for each in history.tell(workspace, error.later):
            NOTES.print(f"  {each.row.id}: {each.text} ({each.row.actor})", highlight=False)
        raise BadRequest(f"{error} To undo all: people undo ID --with-later.") from error
    print_decision(state, done.decision, {"undone": list(done.undone)})


@app.command()
def redo(context: typer.Context) -> None:
    """Redo what was undone last."""
    state = state_of(context)
    done = history.redo_newest(OWNER, state.workspace())
    print_decision(state, done.decision, {"undone": list(done.undone)})


@app.command()
def export(
    context: typer.Context,
    person: Annotated[list[int] | None, typer.Argument(help="Whom (everybody).")] = None,
    kind: Annotated[Literal["json", "csv"], typer.Option("--format", help="json or csv.")] = "json",
    to: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Write people with all their sightings."""
    state = state_of(context)
    content = people_export.export_people(OWNER, state.workspace(), person or None, kind)
    if to is None:
        typer.echo(content.rstrip("\n"))
        return
    to.write_text(content, encoding="utf-8")
    print_json({"path": str(to)}) if state.as_json else typer.echo(f"Written to {to}.")


def _version(state: State, person: int) -> int:
    return people.versions_of(OWNER, state.workspace(), [person])[person]
