"""Routes: doubtful pairs for a person to judge."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, Site, SiteDep
from app.api.matching import ConflictOut
from app.api.shapes import PersonNameOut, Shape, TrackletOut
from app.services import review, review_view
from app.services.review_view import PairView, SideView
from app.services.sightings import Sighting

router = APIRouter(tags=["review"])


class AnswerIn(BaseModel):
    """What a person says of a pair; "skip" leaves it for later."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answer": "same"}]})
    answer: Literal["same", "different", "skip"]


class SideOut(TrackletOut):
    """One of the two sightings, with pictures, the best first."""

    crops: tuple[str, ...]
    person: PersonNameOut | None

    @classmethod
    def from_side(cls, side: SideView, site: Site) -> SideOut:
        """From the review service."""
        cover = side.crops[0] if side.crops else None
        plain = TrackletOut.from_sighting(Sighting(side.row, cover), site)
        return cls(
            **plain.model_dump(),
            crops=tuple(site.media_url(crop.media_key) or "" for crop in side.crops),
            person=PersonNameOut(id=side.person.id, label=side.person.label)
            if side.person
            else None,
        )


class UsualOut(Shape):
    """Learnt walking times between the two cameras, in seconds."""

    median: float
    p05: float
    p95: float
    count: int


class RivalOut(Shape):
    """The best other match of one of the two."""

    tracklet: int
    camera: str
    probability: float
    thumbnail: str | None


class ReviewPairOut(Shape):
    """A doubtful pair; `would_settle`: pairs of sightings that the answer is expected to settle."""

    id: int
    a: SideOut
    b: SideOut
    probability: float
    words: str
    gap_seconds: float | None
    usual: UsualOut | None
    rival: RivalOut | None
    would_settle: int
    together: str | None
    both: PersonNameOut | None
    kept_apart: ConflictOut | None

    @classmethod
    def from_view(cls, view: PairView, site: Site) -> ReviewPairOut:
        """From the review service."""
        usual, rival = view.usual, view.rival
        return cls(
            id=view.row.id,
            a=SideOut.from_side(view.a, site),
            b=SideOut.from_side(view.b, site),
            probability=view.row.probability,
            words=view.words,
            gap_seconds=view.gap_seconds,
            usual=UsualOut(median=usual.median, p05=usual.p05, p95=usual.p95, count=usual.count)
            if usual
            else None,
            rival=RivalOut(
                tracklet=rival.row.id,
                camera=rival.row.camera,
                probability=rival.probability,
                thumbnail=site.media_url(rival.cover.media_key if rival.cover else None),
            )
            if rival
            else None,
            would_settle=max(1, round(view.row.value)),
            together=view.together,
            both=PersonNameOut(id=view.both.id, label=view.both.label) if view.both else None,
            kept_apart=ConflictOut.from_view(view.kept_apart) if view.kept_apart else None,
        )


class QueueOut(Shape):
    """The next pairs, how many are left and what they would settle."""

    pairs: tuple[ReviewPairOut, ...]
    left: int
    would_settle: int


class AnsweredOut(Shape):
    """What an answer did; `decision` undoes it (POST /decisions/{id}/undo)."""

    decision: int | None
    left: int
    would_settle: int
    people: tuple[int, ...]
    text: str


@router.get("/review/next")
def next_pairs(
    site: SiteDep, actor: ActorDep, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> QueueOut:
    """The next doubtful pairs, those first whose answer would change most."""
    found = review_view.next_pairs(actor, site.workspace, limit)
    return QueueOut(
        pairs=tuple(ReviewPairOut.from_view(pair, site) for pair in found.pairs),
        left=found.left,
        would_settle=found.would_settle,
    )


@router.post("/review/{pair_id}")
def answer(pair_id: int, body: AnswerIn, site: SiteDep, actor: ActorDep) -> AnsweredOut:
    """Answer a pair; it takes effect at once. 409 when it was answered or settled meanwhile."""
    done = review.answer_pair(actor, site.workspace, pair_id, body.answer)
    return AnsweredOut(
        decision=done.decision,
        left=done.left,
        would_settle=done.would_settle,
        people=done.people,
        text=done.text,
    )
