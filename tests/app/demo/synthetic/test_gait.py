"""Walking people keep their feet on the ground and where they put them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.synthetic.figures import Figure
from app.demo.synthetic.gait import Posed, pose
from app.demo.synthetic.palette import Material
from app.demo.synthetic.seeded import gait
from app.demo.synthetic.skeleton import Bone
from app.demo.synthetic.steps import STANCE, foot, hip_drop

FLAT = (0.13, 0.29)
"""Phases in which the whole sole of the left foot is on the ground."""

phases = st.floats(-3, 3, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)

pytestmark = pytest.mark.usefixtures("drawing")


def shoes(posed: Posed) -> np.ndarray:
    """Vertices of both shoes, world metres."""
    figure = posed.figure
    faces = figure.triangles[figure.materials == Material.SHOE]
    return posed.vertices[np.unique(faces)]


@given(phases, shares)
@settings(max_examples=30, deadline=None)
def test_feet_are_on_the_ground_and_never_under_it(
    man: Figure, phase: float, walking: float
) -> None:
    posed = pose(man, phase, walking, 4.0, 1.0, 0.7)
    lowest = shoes(posed)[:, 2].min()
    assert -0.012 < lowest < 0.012
    assert np.isfinite(posed.vertices).all()
    assert np.allclose(np.linalg.norm(posed.normals, axis=1), 1, atol=1e-3)


@given(st.integers(0, 1000), shares.filter(lambda share: share > 0.2), st.floats(-1, 1))
@settings(max_examples=10, deadline=None)
def test_the_standing_foot_does_not_slide(
    man: Figure, seed: int, walking: float, turn: float
) -> None:
    own = replace(man.spec, gait=gait(np.random.default_rng(seed), feminine=False))
    walker = replace(man, spec=own, drop=hip_drop(man.joints, own.gait))
    places, x, y, yaw = [], 0.0, 0.0, 0.4
    steps = 20
    for step in range(steps):
        phase = FLAT[0] + (FLAT[1] - FLAT[0]) * step / (steps - 1)
        places.append(pose(walker, phase, walking, x, y, yaw, turn).feet[0])
        share = (FLAT[1] - FLAT[0]) / (steps - 1)
        middle = yaw + turn * share / 2
        x += walker.stride * walking * share * np.cos(middle)
        y += walker.stride * walking * share * np.sin(middle)
        yaw += turn * share
    moved = np.linalg.norm(np.array(places) - places[0], axis=1).max()
    assert moved < 0.005


def test_what_touches_the_ground_stays_there_over_the_whole_stance(man: Figure) -> None:
    lefts = (man.bones[:, 0] == Bone.LEFT_FOOT) | (man.bones[:, 0] == Bone.LEFT_TOES)
    drift = np.zeros(int(lefts.sum()))
    worst, before = 0.0, None
    for phase in np.linspace(0.01, STANCE - 0.02, 60):
        points = pose(man, phase, 1.0, man.stride * phase, 0.0, 0.0).vertices[lefts]
        touches = points[:, 2] < 0.004
        if before is not None:
            step = np.linalg.norm(points[:, :2] - before[0][:, :2], axis=1)
            drift = np.where(touches & before[1], drift + step, 0.0)
            worst = max(worst, float(drift.max()))
        before = points, touches
    assert worst < 0.02


@given(phases)
@settings(max_examples=8, deadline=None)
def test_walking_repeats_itself_every_cycle_and_mirrors_itself_half_way(
    woman: Figure, phase: float
) -> None:
    here = pose(woman, phase, 1.0, 0.0, 0.0, 0.0)
    later = pose(woman, phase + 1, 1.0, 0.0, 0.0, 0.0)
    half = pose(woman, phase + 0.5, 1.0, 0.0, 0.0, 0.0)
    assert np.allclose(here.vertices, later.vertices, atol=1e-4)
    assert np.allclose(here.feet[0] * (1, -1, 1), half.feet[1], atol=1e-6)


def test_every_phase_is_close_to_the_one_before(man: Figure) -> None:
    walk = [pose(man, phase, 1.0, 0, 0, 0).vertices for phase in np.linspace(0, 1, 101)]
    jumps = [np.abs(b - a).max() for a, b in pairwise(walk)]
    assert max(jumps) < 0.08
    blends = [pose(man, 0.2, share, 0, 0, 0).vertices for share in np.linspace(0, 1, 51)]
    assert max(np.abs(b - a).max() for a, b in pairwise(blends)) < 0.03


def test_standing_feet_stay_while_the_body_sways(man: Figure) -> None:
    stills = [pose(man, phase, 0.0, 1.0, 2.0, 0.3) for phase in (0.0, 0.25, 0.5, 0.75)]
    feet = np.stack([still.feet for still in stills])
    assert np.allclose(feet, feet[0], atol=1e-9)
    assert np.allclose(feet[:, :, 2], 0, atol=1e-9)
    tops = np.stack([still.vertices.max(0) for still in stills])
    assert 0.002 < np.ptp(tops[:, 1]) < 0.2


def test_a_figure_stands_where_it_is_put_and_faces_where_it_is_told(man: Figure) -> None:
    here, there = pose(man, 0.1, 1.0, 0, 0, 0), pose(man, 0.1, 1.0, 5, -3, np.pi / 2)
    turned = here.vertices[:, [1, 0, 2]] * (-1, 1, 1) + (5, -3, 0)
    assert np.allclose(there.vertices, turned, atol=1e-5)


def test_a_foot_clears_the_ground_when_it_swings() -> None:
    heights = [foot(phase, 1.34, 0.117).z for phase in np.linspace(STANCE + 0.02, 0.98, 30)]
    assert min(heights) > 0.085
    ends = [foot(phase, 1.34, 0.117) for phase in (STANCE - 1e-6, STANCE + 1e-6, 1 - 1e-6, 0.0)]
    assert ends[0].x == pytest.approx(ends[1].x, abs=1e-3)
    assert ends[2].x == pytest.approx(ends[3].x, abs=1e-3)
    assert ends[2].z == pytest.approx(ends[3].z, abs=1e-3)


def test_a_skirt_spans_the_thighs_without_a_dent(woman: Figure) -> None:
    faces = woman.triangles[woman.materials == Material.LOWER]
    cloth = np.unique(faces)
    for phase in (0.0, 0.12, 0.5):
        points = pose(woman, phase, 1.0, 0, 0, 0).vertices[cloth] / woman.scale
        band = points[(np.abs(points[:, 2] - 0.62) < 0.03) & (points[:, 0] > 0)]
        front = [band[np.abs(band[:, 1] - y) < 0.025][:, 0].max() for y in (-0.07, 0.0, 0.07)]
        # Never hollow: the middle lies before the line between the thighs.
        assert front[1] > (front[0] + front[2]) / 2


def test_cloth_keeps_out_of_the_ground_and_near_its_body(woman: Figure) -> None:
    posed = pose(woman, 0.1, 1.0, 0, 0, 0)
    assert posed.vertices[:, 2].min() > -0.012
    assert np.abs(posed.vertices[:, :2]).max() < 0.75
