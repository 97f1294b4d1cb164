"""What a search found, with what is known of it besides: what was said, whom it is placed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.services.actor import Actor
from app.services.judgements import verdicts
from app.services.review_view import PersonName, people_of
from app.workspace import Workspace
from storage.records import CropRow, TrackletRow


@dataclass(frozen=True, slots=True)
class Hit:
    """A sighting that may show the person.

    Args:
        tracklet: the sighting.
        score: cosine similarity as search ranks it; says nothing by itself.
        probability: that it is the person, 0–1; None without a calibration.
        strength: "strong", "possible" or "weak".
        crops: its keyframes, the most similar to the query first.
        own_camera: whether the query was seen by the same camera.
        verdict: "same" or "different" if somebody said so of the query, else None.
        judgement_id: of that verdict.
        person: whom the sighting is placed with.
    """

    tracklet: TrackletRow
    score: float
    probability: float | None
    strength: str
    crops: tuple[CropRow, ...]
    own_camera: bool
    verdict: str | None = None
    judgement_id: int | None = None
    person: PersonName | None = None


def with_what_is_known(
    actor: Actor, workspace: Workspace, query: Sequence[int], hits: Sequence[Hit]
) -> list[Hit]:
    """Add verdicts on the query's sightings and whom hits are placed with; "different" go last."""
    said = verdicts(actor, workspace, query)
    with workspace.database.read() as session:
        people = people_of(session, [hit.tracklet.id for hit in hits])
    known = []
    for hit in hits:
        word = said.get(hit.tracklet.id)
        known.append(
            replace(
                hit,
                verdict=word.verdict if word else None,
                judgement_id=word.id if word else None,
                person=people.get(hit.tracklet.id),
            )
        )
    return sorted(known, key=lambda hit: hit.verdict == "different")
