"""A tiny archive with real crops: two cameras, four people in plain clothes, seen once in each."""

from __future__ import annotations

import cv2
import numpy as np

from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services import queue
from app.services.actor import OWNER
from app.services.embedding import queue_embedding
from app.workspace import Workspace
from storage import crops, tracklets
from storage.records import JobRow
from tests.storage.site import a_camera, a_crop, a_video, a_walk

CAMERAS = ("Door", "Yard")
CLOTHES = (
    ((200, 30, 30), (20, 20, 60)),
    ((30, 160, 40), (60, 60, 60)),
    ((230, 220, 60), (90, 60, 30)),
    ((40, 60, 200), (220, 220, 220)),
)
"""Of each person: colours above and below, RGB."""


def add_people(workspace: Workspace, people: int = len(CLOTHES)) -> list[int]:
    """Store everybody in both cameras, a minute apart; ids: the Door's people, then the Yard's."""
    ids = []
    with workspace.database.write() as session:
        for place, camera in enumerate(CAMERAS):
            video = a_video(session, a_camera(session, camera), f"{camera}.mp4").id
            for person in range(people):
                begin = 10.0 * person + 60.0 * place
                ids.append(
                    tracklets.add_tracklet(
                        session,
                        video_id=video,
                        number=person + 1,
                        quality=0.5,
                        **a_walk(begin, begin + 4.0),
                    )
                )
                shots = [
                    (kind, workspace.media.put(picture(person, place, shot), "jpg"))
                    for shot, kind in enumerate(("keyframe", "keyframe", "strip", "strip"))
                ]
                crops.add_crops(session, ids[-1], [a_crop(key, kind) for kind, key in shots])
    return ids


def picture(person: int, place: int, shot: int) -> bytes:
    """Somebody standing before a grey wall, as a JPEG; `place` sets the light."""
    rng = np.random.default_rng([person, place, shot])
    image = np.full((128, 64, 3), 150 - 30 * place, np.uint8)
    above, below = CLOTHES[person]
    left = 14 + 3 * shot
    image[8:26, left + 12 : left + 26] = (205, 160, 130)
    image[26:70, left : left + 38] = above
    image[70:122, left + 6 : left + 32] = below
    noisy = np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def embed_all(workspace: Workspace, model: str) -> JobRow:
    """Embed what `model` has not seen, as the worker does."""
    return work(workspace, queue_embedding(OWNER, workspace, model).id)


def work(workspace: Workspace, job: int) -> JobRow:
    """Do one job as the worker does; the job as it ended."""
    JobRunner(workspace, HANDLERS).run_next(job)
    return queue.get_job(OWNER, workspace, job)
