"""A made-up site for the tests about people: two cameras, three people, seven sightings.

Lobby (from noon):  1 Ann 0–4 s, 2 Ben 3–7 s (seen beside Ann), 3 Ann 20–24 s
Plaza (from noon):  4 Ann 40–44 s, 5 Ben 50–54 s, 6 Cleo 60–64 s, 7 somebody, too poor
"""

from __future__ import annotations

import numpy as np
from sqlalchemy.orm import Session

from app.workspace import Workspace
from storage import crops, embeddings, matching_runs, tracklets
from storage.people_records import RunProposal
from tests.storage.site import DIMENSION, SPACE, a_camera, a_crop, a_video, a_walk, register

LOBBY = ((1, 0.0, "ann"), (2, 3.0, "ben"), (3, 20.0, "ann"))
PLAZA = ((4, 40.0, "ann"), (5, 50.0, "ben"), (6, 60.0, "cleo"), (7, 70.0, "nobody"))
LOOKS = ("ann", "ben", "cleo", "nobody")


def a_site(workspace: Workspace) -> dict[str, int]:
    """Store the site; camera ids by name."""
    ids = {}
    with workspace.database.write() as session:
        register(session)
        for camera, seen in (("Lobby", LOBBY), ("Plaza", PLAZA)):
            ids[camera] = a_camera(session, camera)
            video = a_video(session, ids[camera], f"{camera}.mp4").id
            for number, begin, who in seen:
                assert _sighting(session, workspace, video, number, begin, who) == number
    return ids


def a_run(workspace: Workspace, people: dict[int, list[int]], probability: float = 0.9) -> int:
    """Apply a run that makes these people; keys −1, −2 … are new ones. Returns its decision."""
    moves = [(each, person) for person, own in people.items() for each in own]
    with workspace.database.write() as session:
        run = matching_runs.add_run(session, mode="new", preview=False, actor="owner")
        matching_runs.start_run(session, run.id, code_version="1", model="m", space=SPACE)
        proposal = RunProposal(
            np.array([each for each, _ in moves], np.int64),
            np.array([person for _, person in moves], np.int64),
            np.full(len(moves), probability, np.float32),
        )
        decision, _ = matching_runs.apply_run(session, run.id, proposal, actor="owner")
    assert decision is not None
    return decision


def _sighting(
    session: Session, workspace: Workspace, video: int, number: int, begin: float, who: str
) -> int:
    poor = who == "nobody"
    tracklet = tracklets.add_tracklet(
        session,
        video_id=video,
        number=number,
        quality=0.01 if poor else 0.5,
        **a_walk(begin, begin + 4.0),
    )
    picture = workspace.media.put(f"picture of {number}".encode(), "jpg")
    crop = crops.add_crops(session, tracklet, [a_crop(picture, quality=number / 10)])
    vector = np.zeros((1, DIMENSION), np.float32)
    vector[0, [LOOKS.index(who), 10 + number]] = 0.8, 0.6  # alike, but not the same
    for modality, crop_id in (("tracklet", -1), ("image", crop[0])):
        embeddings.add_embeddings(
            session, SPACE, np.array([tracklet]), np.array([crop_id]), modality, vector
        )
    return tracklet
