"""The plan of a scene: who walks where and when, without drawing anything."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.synthetic.paths import STEP, TICK, Pause, clearance, smooth, walk
from app.demo.synthetic.plan import make_plan
from app.demo.synthetic.sight import hidden, on_picture
from app.demo.synthetic.tracks import Plan, Walker, distance, seen_by
from app.demo.synthetic.trips import CLEARANCE
from app.demo.synthetic.world import MOST_CAMERAS, World, build_world
from app.errors import BadRequest

FPS = 12.5
SECONDS = 44.0
PEOPLE = 10
SEED = 6


def some_walkers(number: int) -> list[Walker]:
    rng = np.random.default_rng(1)
    return [Walker(float(rng.uniform(1.1, 1.5)), 1.4) for _ in range(number)]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(4, 960, 540)


@pytest.fixture(scope="module")
def plan(world: World) -> Plan:
    return make_plan(world, some_walkers(PEOPLE), SECONDS, FPS, SEED)


def test_people_keep_apart_from_each_other(plan: Plan) -> None:
    closest = [
        distance(a, b)
        for a, b in combinations(plan.tracks, 2)
        if a.place == b.place and a.person != b.person
    ]

    assert len(closest) > PEOPLE
    assert min(closest) >= 0.45


def test_people_keep_out_of_walls_and_furniture(world: World, plan: Plan) -> None:
    for track in plan.tracks:
        place = world.places[track.place]
        gaps = clearance(place.to_set(track.points), place.set.solids)
        assert gaps.min() >= CLEARANCE - 0.05


def test_everybody_is_well_seen_by_two_cameras_in_two_places(world: World, plan: Plan) -> None:
    places = {eye.name: eye.place for eye in world.eyes}
    for person in range(PEOPLE):
        names = seen_by(world, plan.tracks, person, FPS)
        assert len(names) >= 2
        assert len({places[name] for name in names}) >= 2


def test_nobody_appears_or_vanishes_before_a_camera(world: World, plan: Plan) -> None:
    for track in plan.tracks:
        place = world.places[track.place]
        ends = [track.points[:1]] if track.first > 0 else []
        ends += [track.points[-1:]] if track.last < plan.frames - 1 else []
        for end, eye in ((end, eye) for end in ends for eye in world.eyes_of(track.place)):
            at, camera = place.to_set(end), place.camera_in_set(eye.camera)
            outside = not on_picture(camera, at, margin=0.4)[0]
            assert outside or hidden(camera, place.set.solids, at)[0]


def test_some_stop_some_turn_back_and_some_come_again(plan: Plan) -> None:
    standing = {t.person for t in plan.tracks if t.does == "stops" and np.any(t.walking < 0.05)}
    turning = [t for t in plan.tracks if t.does == "turns back"]
    again = {
        a.person
        for a, b in pairwise(plan.tracks)
        if a.person == b.person and a.place == b.place and b.first > a.last
    }

    assert standing
    assert again
    assert any(np.abs(np.diff(np.unwrap(t.yaw))).sum() > np.pi for t in turning)


def test_companions_walk_side_by_side(plan: Plan) -> None:
    assert plan.couples
    for a, b in plan.couples:
        ours = [t for t in plan.tracks if t.person == a]
        theirs = [t for t in plan.tracks if t.person == b]
        met = [distance(t, u) for t in ours for u in theirs if t.place == u.place]
        assert 0.45 <= min(met) <= 0.9


def test_nobody_hurries_or_slides(plan: Plan) -> None:
    people = some_walkers(PEOPLE)
    for track in plan.tracks:
        own = people[track.person]
        pace = np.hypot(*np.diff(track.points, axis=0).T) * FPS
        assert np.all(pace < 2.2)
        rate = np.diff(track.phase) * FPS
        steps = rate * own.stride * track.walking[:-1]
        steady = (track.walking[:-1] > 0.2) & (track.walking[:-1] < 0.999)
        slide = np.abs(steps - _central(track.points)[:-1])[steady]
        # In the frame in which a stop begins or ends, the two kinds of difference disagree.
        assert (slide > 0.02).sum() <= 1
        assert slide.max(initial=0.0) < 0.3


def _central(points: np.ndarray) -> np.ndarray:
    return np.hypot(*np.gradient(points, axis=0).T) * FPS


def test_the_way_between_two_places_takes_the_time_of_its_length(world: World, plan: Plan) -> None:
    people = some_walkers(PEOPLE)
    changes = [
        (a, b) for a, b in pairwise(plan.tracks) if a.person == b.person and a.place != b.place
    ]

    assert changes
    for a, b in changes:
        seconds = (b.first - a.last) / FPS
        metres = float(np.hypot(*(b.points[0] - a.points[-1])))
        # Companions walk at the mean of their speeds, and everybody may dawdle a little.
        assert metres / people[a.person].speed * 0.7 <= seconds
        assert seconds <= metres / people[a.person].speed * 1.3 + 2.5


def test_the_same_seed_gives_the_same_plan_and_another_seed_another(world: World) -> None:
    first, same, other = (
        make_plan(world, some_walkers(3), 30.0, FPS, seed) for seed in (SEED, SEED, SEED + 1)
    )

    assert len(first.tracks) == len(same.tracks)
    for a, b in zip(first.tracks, same.tracks, strict=True):
        assert (a.person, a.place, a.first) == (b.person, b.place, b.first)
        assert np.array_equal(a.points, b.points)
        assert np.array_equal(a.phase, b.phase)
    assert not np.array_equal(first.tracks[0].points, other.tracks[0].points)


@pytest.mark.parametrize("cameras", range(1, MOST_CAMERAS + 1))
def test_any_number_of_cameras_has_names_and_views_of_its_own(cameras: int) -> None:
    world = build_world(cameras, 320, 180)

    assert len({eye.name for eye in world.eyes}) == len(world.eyes) == cameras
    assert len({eye.stem for eye in world.eyes}) == cameras
    for eye in world.eyes:
        assert np.allclose(eye.camera.rotation @ eye.camera.rotation.T, np.eye(3))
        assert np.linalg.det(eye.camera.rotation) == pytest.approx(1)


def test_too_many_cameras_are_refused() -> None:
    with pytest.raises(BadRequest, match="between 1 and 8"):
        build_world(9, 320, 180)


def test_a_mirrored_place_maps_there_and_back() -> None:
    place = build_world(MOST_CAMERAS, 320, 180).places[-1]
    points = np.array([[1.0, 2.0], [-3.0, 4.5]])

    assert place.mirrored
    assert np.allclose(place.to_set(place.to_world(points)), points)


corner = st.tuples(st.floats(-20, 20), st.floats(-20, 20))


@given(st.lists(corner, min_size=2, max_size=5, unique=True))
@settings(max_examples=60)
def test_a_smooth_way_keeps_its_ends_and_its_step(corners: list[tuple[float, float]]) -> None:
    line = smooth(corners)

    assert np.allclose(line[0], corners[0])
    assert np.allclose(line[-1], corners[-1])
    assert np.hypot(*np.diff(line, axis=0).T).max() <= 2 * STEP


@given(st.floats(0.8, 1.8), st.floats(0.5, 3.0), st.floats(-3.0, 3.0))
@settings(max_examples=30, deadline=None)
def test_walking_ends_where_the_way_ends_and_pauses_as_long_as_asked(
    speed: float, seconds: float, yaw: float
) -> None:
    legs = [smooth([(0, 0), (6, 0)]), smooth([(6, 0), (6, 5)])]

    motion = walk(legs, [Pause(yaw, seconds)], speed)

    pace = np.hypot(*np.diff(motion.place, axis=0).T) / TICK
    facing = np.cos(motion.yaw - yaw) > np.cos(0.01)
    assert np.allclose(motion.place[-1], (6, 5))
    assert pace.max() <= speed * 1.01
    resting = (pace == 0) & facing[1:] & ~motion.turning[1:]
    assert abs(resting.sum() * TICK - seconds) < 0.2
    assert np.abs(np.diff(motion.yaw)).max() < np.radians(20)
