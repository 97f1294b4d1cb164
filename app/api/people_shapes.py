"""The JSON about people and decisions."""

from __future__ import annotations

from app.api.deps import Site
from app.api.matching import ConflictOut
from app.api.shapes import Shape, Time, TrackletOut
from app.services.history import DecisionView
from app.services.merging import MergePreview
from app.services.people import Changed
from app.services.people_view import PersonCard, PersonSighting, PersonView
from app.services.sightings import Sighting


class DecisionOut(Shape):
    """Something that changed people, in plain words; `people` names 100 at most."""

    id: int
    kind: str
    text: str
    actor: str
    created: Time
    run: int | None
    reverses: int | None
    undone_by: int | None
    can_undo: bool
    people: tuple[int, ...]

    @classmethod
    def from_view(cls, view: DecisionView) -> DecisionOut:
        """From the history service."""
        row = view.row
        return cls(
            id=row.id,
            kind=row.kind,
            text=view.text,
            actor=row.actor,
            created=row.created,
            run=row.run_id,
            reverses=row.reverses,
            undone_by=row.undone_by,
            can_undo=view.can_undo,
            people=row.identities,
        )


class PersonCardOut(Shape):
    """A person in a list; `confirmed`: sightings placed by a person."""

    id: int
    name: str
    label: str
    state: str
    cameras: tuple[str, ...]
    sightings: int
    first: Time
    last: Time
    confidence: float | None
    confirmed: int
    thumbnail: str | None
    version: int

    @classmethod
    def from_card(cls, card: PersonCard, site: Site) -> PersonCardOut:
        """From the people service."""
        person = card.summary
        return cls(
            id=person.id,
            name=person.name,
            label=card.label,
            state=card.state,
            cameras=card.cameras,
            sightings=person.sightings,
            first=person.first,
            last=person.last,
            confidence=person.confidence,
            confirmed=person.confirmed,
            thumbnail=site.media_url(card.cover.media_key if card.cover else None),
            version=person.version,
        )


class PeopleOut(Shape):
    """Part of a list of people, and how many sightings are with nobody."""

    people: tuple[PersonCardOut, ...]
    total: int
    unassigned: int
    unassigned_poor: int


class UnassignedSightingOut(TrackletOut):
    """A sighting that is with nobody; `poor`: too poor to say who it is."""

    poor: bool


class UnassignedOut(Shape):
    """Sightings that are with nobody, those that could be placed first."""

    sightings: tuple[UnassignedSightingOut, ...]
    total: int
    poor: int


class PersonSightingOut(TrackletOut):
    """A sighting of a person, and who placed it."""

    probability: float | None
    placed_by: str
    by: str
    run: int | None
    crops: tuple[str, ...]

    @classmethod
    def from_placed(cls, sighting: PersonSighting, site: Site) -> PersonSightingOut:
        """From the people service."""
        cover = sighting.crops[0] if sighting.crops else None
        plain = TrackletOut.from_sighting(Sighting(sighting.row, cover), site)
        placed = sighting.placed
        return cls(
            **plain.model_dump(),
            probability=placed.probability,
            placed_by=placed.placed_by,
            by=placed.actor,
            run=placed.run_id,
            crops=tuple(site.media_url(crop.media_key) or "" for crop in sighting.crops),
        )


class StepOut(Shape):
    """Where a person was next; `gap_seconds` since the sighting before."""

    camera: str
    start: Time
    end: Time
    offset_start: float
    offset_end: float
    tracklet: int
    gap_seconds: float | None


class PersonOut(Shape):
    """A person with everything there is to show; `sightings` here are the sightings themselves."""

    id: int
    name: str
    label: str
    state: str
    cameras: tuple[str, ...]
    first: Time
    last: Time
    confidence: float | None
    confirmed: int
    thumbnail: str | None
    version: int
    notes: str
    sightings: tuple[PersonSightingOut, ...]
    path: tuple[StepOut, ...]
    history: tuple[DecisionOut, ...]
    conflicts: tuple[ConflictOut, ...]
    merged_into: int | None

    @classmethod
    def from_view(cls, view: PersonView, site: Site) -> PersonOut:
        """From the people service."""
        card = PersonCardOut.from_card(view.card, site).model_dump(exclude={"sightings"})
        return cls(
            **card,
            notes=view.notes,
            sightings=tuple(PersonSightingOut.from_placed(each, site) for each in view.sightings),
            path=tuple(
                StepOut(
                    camera=each.row.camera,
                    start=each.row.start,
                    end=each.row.end,
                    offset_start=each.row.offset_start,
                    offset_end=each.row.offset_end,
                    tracklet=each.row.id,
                    gap_seconds=gap,
                )
                for each, gap in zip(view.sightings, view.gaps, strict=True)
            ),
            history=tuple(DecisionOut.from_view(each) for each in view.history),
            conflicts=tuple(ConflictOut.from_view(each) for each in view.conflicts),
            merged_into=view.merged_into,
        )


class ChangedOut(Shape):
    """A person after an edit, the decision that it was, and the person it made, if any."""

    person: PersonCardOut
    decision: DecisionOut
    new_person: PersonCardOut | None = None
    consequences: tuple[str, ...] = ()

    @classmethod
    def from_change(cls, change: Changed, site: Site) -> ChangedOut:
        """From the people service."""
        return cls(
            person=PersonCardOut.from_card(change.person, site),
            decision=DecisionOut.from_view(change.decision),
            new_person=PersonCardOut.from_card(change.new, site) if change.new else None,
            consequences=change.consequences,
        )


class MergePreviewOut(Shape):
    """What a merge would mean."""

    consequences: tuple[str, ...]
    sightings: int
    cameras: tuple[str, ...]
    conflicts: tuple[ConflictOut, ...]

    @classmethod
    def from_preview(cls, preview: MergePreview) -> MergePreviewOut:
        """From the people service."""
        return cls(
            consequences=preview.consequences,
            sightings=preview.sightings,
            cameras=preview.cameras,
            conflicts=tuple(ConflictOut.from_view(each) for each in preview.conflicts),
        )


class SplitProposalOut(Shape):
    """A proposed split: sightings that stay, those that go, and why."""

    stay: tuple[int, ...]
    go: tuple[int, ...]
    reason: str
