"""Which function does which kind of job."""

from __future__ import annotations

from app.jobs.runner import Handler
from app.services.match_job import match_people
from app.services.processing import ingest_video
from app.services.switching import embed_and_switch

HANDLERS: dict[str, Handler] = {
    "ingest": ingest_video,
    "embed": embed_and_switch,
    "match": match_people,
}
