"""How much of several jobs is done, told as one share."""

from datetime import UTC, datetime

import pytest

from app.cli.follow import done_share
from storage.records import JobRow

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def job(identifier, state, progress):
    return JobRow(
        id=identifier,
        kind="ingest",
        state=state,
        params={},
        video_id=None,
        progress=progress,
        message="",
        eta=None,
        worker=None,
        attempts=0,
        error=None,
        cancel_requested=False,
        not_before=None,
        heartbeat=None,
        created=NOW,
        updated=NOW,
        started=None,
        finished=None,
    )


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([job(1, "queued", 0.0), job(2, "queued", 0.0)], 0.0),
        ([job(1, "running", 0.5), job(2, "queued", 0.0)], 0.15),
        ([job(1, "done", 1.0), job(2, "running", 0.5)], 0.65),
        ([job(1, "failed", 0.2), job(2, "done", 1.0)], 1.0),
        ([job(2, "running", 0.5)], 0.65),
    ],
    ids=["nothing", "half of the short one", "long ones count more", "failed is over", "gone"],
)
def test_jobs_count_by_their_length(rows, share):
    assert done_share(rows, {1: 30.0, 2: 70.0}) == pytest.approx(share)
