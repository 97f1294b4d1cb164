"""Routes: people, and what is done to them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.deps import ActorDep, SiteDep
from app.api.people_shapes import (
    ChangedOut,
    MergePreviewOut,
    PeopleOut,
    PersonCardOut,
    PersonOut,
    SplitProposalOut,
    UnassignedOut,
    UnassignedSightingOut,
)
from app.api.shapes import TrackletOut
from app.services import merging, people, people_export, people_view, splitting

router = APIRouter(tags=["people"])


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonIn(_In):
    """A new person of these sightings."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Anna", "tracklets": [3, 17]}]}
    )
    tracklets: list[int] = Field(min_length=1)
    name: str = ""


class PersonEditIn(_In):
    """A new name, new notes, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 1, "name": "Anna"}]},
    )

    version: int
    name: str | None = None
    notes: str | None = None


class VersionIn(_In):
    """The version at which the person was seen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 1}]},
    )

    version: int


class SeenIn(_In):
    """A person and the version at which it was seen."""

    id: int
    version: int


class MergeIn(_In):
    """Two people or more; `into` stays, else the first that has a name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"people": [{"id": 1, "version": 1}, {"id": 2, "version": 3}]}]
        },
    )

    people: list[SeenIn] = Field(min_length=2)
    into: int | None = None


class SightingsIn(_In):
    """Sightings to add or to take out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 1, "tracklets": [17]}]},
    )

    version: int
    tracklets: list[int] = Field(min_length=1)


class SplitIn(SightingsIn):
    """Sightings that go, and the name of the new person."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 2, "tracklets": [17]}]},
    )

    name: str = ""


@router.get("/people")
def list_people(
    site: SiteDep,
    actor: ActorDep,
    state: Literal["active", "set_aside"] = "active",
    sort: Literal["cameras", "recent", "name"] = "cameras",
    camera: str | None = None,
    q: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> PeopleOut:
    """People, those first that most cameras saw (or the last seen, or by name)."""
    page = people_view.list_people(
        actor,
        site.workspace,
        state=state,
        sort=sort,
        camera=camera,
        text=q,
        limit=limit,
        offset=offset,
    )
    return PeopleOut(
        people=tuple(PersonCardOut.from_card(card, site) for card in page.people),
        total=page.total,
        unassigned=page.unassigned,
        unassigned_poor=page.poor,
    )


@router.get("/people/unassigned")
def list_unassigned(
    site: SiteDep,
    actor: ActorDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> UnassignedOut:
    """Sightings that are with nobody."""
    page = people_view.unassigned(actor, site.workspace, limit=limit, offset=offset)
    return UnassignedOut(
        sightings=tuple(
            UnassignedSightingOut(
                **TrackletOut.from_sighting(sighting, site).model_dump(), poor=poor
            )
            for sighting, poor in page.sightings
        ),
        total=page.total,
        poor=page.poor,
    )


@router.get("/people/merge/preview")
def preview_merge(
    site: SiteDep,
    actor: ActorDep,
    ids: Annotated[list[int], Query(min_length=2)],
    into: int | None = None,
) -> MergePreviewOut:
    """What merging these people would mean; nothing is changed."""
    found = merging.preview_merge(actor, site.workspace, ids, into)
    return MergePreviewOut.from_preview(found)


@router.get("/people/{person_id}")
def get_person(person_id: int, site: SiteDep, actor: ActorDep) -> PersonOut:
    """One person: sightings in time order, path, history."""
    return PersonOut.from_view(people_view.get_person(actor, site.workspace, person_id), site)


@router.get("/people/{person_id}/split")
def propose_split(person_id: int, site: SiteDep, actor: ActorDep) -> SplitProposalOut:
    """A proposed split in two, to be corrected."""
    found = splitting.propose_split(actor, site.workspace, person_id)
    return SplitProposalOut(stay=found.stay, go=found.go, reason=found.reason)


@router.get("/people/{person_id}/export", response_class=Response)
def export_person(
    person_id: int,
    site: SiteDep,
    actor: ActorDep,
    kind: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """A person's sightings as a file."""
    content = people_export.export_people(actor, site.workspace, [person_id], kind)
    name = {"Content-Disposition": f'attachment; filename="person-{person_id}.{kind}"'}
    media = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    return Response(content.encode(), media_type=media, headers=name)


@router.post("/people", status_code=201)
def create_person(body: PersonIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Save sightings as a person; they are taken from wherever a run had placed them."""
    made = people.create_person(actor, site.workspace, body.tracklets, body.name)
    return ChangedOut.from_change(made, site)


@router.post("/people/merge")
def merge(body: MergeIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Make one person of several; 409 when one was changed meanwhile."""
    versions = {each.id: each.version for each in body.people}
    return ChangedOut.from_change(people.merge(actor, site.workspace, versions, body.into), site)


@router.patch("/people/{person_id}")
def edit_person(person_id: int, body: PersonEditIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Change name or notes; 409 when the person was changed meanwhile."""
    done = people.rename(
        actor, site.workspace, person_id, body.version, name=body.name, notes=body.notes
    )
    return ChangedOut.from_change(done, site)


@router.post("/people/{person_id}/split")
def split(person_id: int, body: SplitIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Make a new person of some of the sightings."""
    done = people.split(
        actor, site.workspace, person_id, body.version, body.tracklets, name=body.name
    )
    return ChangedOut.from_change(done, site)


@router.post("/people/{person_id}/add")
def add(person_id: int, body: SightingsIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Place sightings with the person."""
    done = people.add(actor, site.workspace, person_id, body.version, body.tracklets)
    return ChangedOut.from_change(done, site)


@router.post("/people/{person_id}/remove")
def remove(person_id: int, body: SightingsIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Take sightings out; no run brings them back to this person."""
    done = people.remove(actor, site.workspace, person_id, body.version, body.tracklets)
    return ChangedOut.from_change(done, site)


@router.post("/people/{person_id}/set-aside")
def set_aside(person_id: int, body: VersionIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Mark as not a person: left out of lists and of matching."""
    done = people.set_aside(actor, site.workspace, person_id, body.version)
    return ChangedOut.from_change(done, site)


@router.post("/people/{person_id}/restore")
def restore(person_id: int, body: VersionIn, site: SiteDep, actor: ActorDep) -> ChangedOut:
    """Put back among the people."""
    done = people.restore(actor, site.workspace, person_id, body.version)
    return ChangedOut.from_change(done, site)
