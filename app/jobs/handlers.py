"""Which function does which kind of job."""

from __future__ import annotations

from app.jobs.runner import Handler
from app.services.embedding import embed_archive
from app.services.match_job import match_people
from app.services.processing import ingest_video

HANDLERS: dict[str, Handler] = {
    "ingest": ingest_video,
    "embed": embed_archive,
    "match": match_people,
}
