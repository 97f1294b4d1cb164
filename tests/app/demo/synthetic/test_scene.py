"""Frames and their truth, measured against the pixels that are really there."""

from __future__ import annotations

import numpy as np
import pytest

from app.demo.synthetic.backdrop import SUPERSAMPLING, render_rows
from app.demo.synthetic.camera import project
from app.demo.synthetic.drawing import silhouette
from app.demo.synthetic.ground_truth import extent, whole_pixels
from app.demo.synthetic.rendering import Production
from app.demo.synthetic.scene import actors, shoot, shoot_alone
from tests.app.demo.synthetic.small_site import small_production

EVERY = 24
"""Frames between those that are looked at."""


@pytest.fixture(scope="module")
def production(drawing: None) -> Production:
    return small_production()


@pytest.fixture(scope="module")
def shots(production: Production):
    """(camera, frame) → who is posed there, and the shot; only frames with people."""
    out = {}
    for camera, stage in enumerate(production.stages):
        for frame in range(0, production.plan.frames, EVERY):
            here = actors(stage, production.plan.present(stage.eye.place, frame), frame)
            if here:
                out[camera, frame] = here, shoot(stage, here, frame)
    return out


def seen_in(shots):
    """Every (camera, actor, shot, sighting) of the frames."""
    for (camera, _), (here, shot) in shots.items():
        actor_of = {actor.person: actor for actor in here}
        for one in shot.sightings:
            yield camera, actor_of[one.person], shot, one


def test_frames_are_the_same_to_the_byte_when_drawn_again(production, shots):
    again = small_production()
    for (camera, frame), (_, shot) in list(shots.items())[::5]:
        assert np.array_equal(again.shot(camera, frame).picture, shot.picture)


def test_a_backdrop_is_the_same_in_bands_as_in_one_piece(production):
    stage = production.stages[0]
    place = stage.place
    inside = place.camera_in_set(stage.camera)
    own = place.set
    band = render_rows(own.solids, own.light, own.reach, inside, place.seed, 40, 50)

    assert np.array_equal(band.ambient, stage.backdrop.ambient[40:50])
    assert np.array_equal(band.direct, stage.backdrop.direct[40:50])
    assert np.array_equal(band.depth, stage.backdrop.depth[80:100])


def test_boxes_are_the_extents_of_the_masks(production, shots):
    for camera, actor, shot, one in seen_in(shots):
        alone = silhouette(actor.posed, production.stages[camera].camera, SUPERSAMPLING)
        assert one.visible == extent(shot.people == one.person, 0, 0)
        assert one.amodal == extent(whole_pixels(alone), alone.x0, alone.y0)


def test_the_visible_fraction_is_pixels_seen_over_pixels_alone(production, shots):
    fractions = []
    for camera, actor, shot, one in seen_in(shots):
        alone = silhouette(actor.posed, production.stages[camera].camera, SUPERSAMPLING)
        seen = int((shot.people == one.person).sum())
        assert one.fraction == pytest.approx(seen / whole_pixels(alone).sum())
        fractions.append(one.fraction)

    assert max(fractions) == 1.0
    assert min(fractions) < 0.9


def test_what_is_seen_lies_within_what_would_be_seen_alone(shots):
    for _, _, _, one in seen_in(shots):
        if one.fraction > 0:
            assert one.amodal[0] <= one.visible[0] < one.visible[2] <= one.amodal[2]
            assert one.amodal[1] <= one.visible[1] < one.visible[3] <= one.amodal[3]


def test_the_calibration_puts_world_positions_on_the_feet(production, shots):
    for camera, _, _, one in seen_in(shots):
        eye = production.stages[camera].eye
        at = eye.camera.matrix @ (one.x, one.y, 0.0, 1.0)
        x, y = at[:2] / at[2]
        tall = one.amodal[3] - one.amodal[1]
        # Feet are ahead of and behind the middle of a step, by half a step at most.
        assert abs(y - one.amodal[3]) <= 0.15 * tall + 2
        assert abs(x - (one.amodal[0] + one.amodal[2]) / 2) <= 0.22 * tall + 2


def test_the_matrix_projects_as_the_camera_does(production):
    points = np.random.default_rng(0).uniform(-2, 2, (20, 3))
    for stage in production.stages:
        camera = stage.camera
        ahead = camera.eye + camera.rotation[2] * 10 + points
        flat = (camera.matrix @ np.column_stack([ahead, np.ones(20)]).T).T
        assert np.allclose(flat[:, :2] / flat[:, 2:], project(camera, ahead)[:, :2])
        assert np.allclose(flat[:, 2], project(camera, ahead)[:, 2])


def test_ids_mean_the_same_person_in_every_camera(production, shots):
    where: dict[int, set[int]] = {}
    for camera, actor, _, one in seen_in(shots):
        assert actor.posed.figure is production.stages[camera].figures[one.person]
        where.setdefault(one.person, set()).add(camera)

    assert len(where) == len(production.stages[0].figures)
    assert any(len(cameras) > 2 for cameras in where.values())


def test_both_cameras_of_a_plaza_see_the_same_person_at_the_same_spot(shots):
    by_frame: dict[tuple[int, int], set[tuple[float, float]]] = {}
    cameras: dict[tuple[int, int], set[int]] = {}
    for (camera, frame), (_, shot) in shots.items():
        for one in shot.sightings:
            by_frame.setdefault((frame, one.person), set()).add((one.x, one.y))
            cameras.setdefault((frame, one.person), set()).add(camera)

    assert any(len(seen) == 2 for seen in cameras.values())
    assert all(len(spots) == 1 for spots in by_frame.values())


def test_people_cast_shadows_that_move_with_them(production, shots):
    (camera, frame), (here, _) = next(
        (key, value) for key, value in shots.items() if production.stages[key[0]].eye.place == 1
    )
    stage = production.stages[camera]
    empty = shoot(stage, [], frame).picture.astype(int)
    full = shoot(stage, here, frame)
    ground = full.people < 0

    assert (empty - full.picture.astype(int))[ground].max() > 10


def test_alone_somebody_is_wholly_on_the_picture(production, shots):
    camera, actor, shot, one = min(
        (s for s in seen_in(shots) if 0.05 < s[3].fraction < 0.95 and s[3].amodal[0] >= 0),
        key=lambda s: abs(s[3].fraction - 0.6),
    )
    frame = next(f for (c, f), (_, s) in shots.items() if s is shot)
    clear = shoot_alone(production.stages[camera], actor, frame)

    assert clear.shape == shot.picture.shape
    assert np.any(clear != shot.picture)
    assert one.fraction < 1
