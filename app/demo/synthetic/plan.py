"""Who walks where and when: trips through the places, nobody through anybody else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from app.demo.synthetic.paths import TICK, Motion, walk
from app.demo.synthetic.tracks import Clock, Plan, Track, Walker, distance, seen_by
from app.demo.synthetic.trips import Habit, Leg, find_way, make_trip
from app.demo.synthetic.world import World
from app.errors import AppError

APART = 0.55
"""Metres kept between the middles of two people; 0.45 is what is promised."""

_COMPANION = 0.72
_TRIES = 400
_PATIENCE = 60
_VISIT_TRIES = 8
_SHUFFLE = 1.2
_IDLE = 0.06


class PlanningFailed(AppError):
    """So many people don't fit into so little time and room."""


def make_plan(
    world: World, walkers: Sequence[Walker], seconds: float, fps: float, seed: int
) -> Plan:
    """Plan everybody's trips.

    Everybody is well seen by two cameras at least, and in two places, where there are so many
    and the scene is long enough.

    Args:
        world: the places and cameras.
        walkers: one a person.
        seconds: how long the scene lasts.
        fps: frames a second.
        seed: another seed gives other trips.

    Raises:
        PlanningFailed: somebody's trip fits nowhere.
    """
    rng = np.random.default_rng((seed, 11))
    clock = Clock(seconds, fps, round(seconds * fps))
    order = rng.permutation(len(walkers))
    paired = 2 * (len(walkers) // 8)
    parties = [tuple(int(p) for p in order[i : i + 2]) for i in range(0, paired, 2)]
    couples = tuple((party[0], party[1]) for party in parties)
    parties += [(int(p),) for p in order[paired:]]
    habits: tuple[Habit, ...] = ("passes", "stops", "turns back", "passes", "comes again", "stops")
    # A lobby is crossed soonest: without a second turn it would be the emptiest.
    lobbies = [i for i, place in enumerate(world.places) if place.set.kind == "lobby"]
    others = [i for i in range(len(world.places)) if i not in lobbies]
    beginnings = [*lobbies, *others[::-1], *lobbies]
    taken: list[Track] = []
    for number, party in enumerate(parties):
        habit: Habit = "passes" if len(party) > 1 else habits[number % len(habits)]
        first = beginnings[number % len(beginnings)]
        taken += _place(world, party, walkers, habit, first, clock, taken, rng)
    taken.sort(key=lambda t: (t.person, t.first))
    return Plan(clock.frames, fps, tuple(taken), couples)


def _place(
    world: World,
    party: tuple[int, ...],
    walkers: Sequence[Walker],
    habit: Habit,
    first: int,
    clock: Clock,
    taken: Sequence[Track],
    rng: np.random.Generator,
) -> list[Track]:
    """The tracks of one party, found by trying; a habit that fits nowhere is given up."""
    speed = float(np.mean([walkers[p].speed for p in party]))
    sides = (0.0, _COMPANION * float(rng.choice([-1, 1])))[: len(party)]
    for attempt in range(_TRIES):
        if attempt == _PATIENCE:
            habit = "passes"
        trip = make_trip(world, habit, first if attempt < _PATIENCE else None, rng)
        tracks = _follow(world, party, walkers, trip, speed, sides, clock, taken, rng)
        places = 2 if attempt < 2 * _PATIENCE else 1
        if tracks and _keeps(habit, tracks) and _seen(world, tracks, party, clock.fps, places):
            return tracks
    raise PlanningFailed(
        f"No room was found for person {party[0] + 1} of {len(walkers)}. Ask for fewer people, "
        "more seconds or more cameras."
    )


def _follow(
    world: World,
    party: tuple[int, ...],
    walkers: Sequence[Walker],
    trip: Sequence[Leg],
    speed: float,
    sides: tuple[float, ...],
    clock: Clock,
    taken: Sequence[Track],
    rng: np.random.Generator,
) -> list[Track]:
    """The tracks of a trip, one change of place well inside the scene; none if there is no room."""
    sets = [world.places[leg.place].set for leg in trip]
    # The change of place that everything is timed by; who comes again needs the later one.
    changes = max(1, len(trip) - 1)
    again = trip[0].place == trip[-2 % len(trip)].place
    change = changes - 1 if again else int(rng.integers(changes))
    motions = []
    for leg, place in zip(trip[: change + 1], sets, strict=False):
        way = find_way(place, leg, rng, sides[-1])
        if way is None:
            return []
        motions.append(walk(way.lines, way.pauses, speed))
    gaps = _gaps(world, trip, speed, rng)
    now = rng.uniform(0.25, 0.75) * clock.seconds - sum(gaps[:change])
    now -= sum(len(m.place) * TICK for m in motions)
    out: list[Track] = []
    for number, leg in enumerate(trip):
        motion = motions[number] if number <= change else None
        for _ in range(_VISIT_TRIES):
            if motion is None:
                way = find_way(sets[number], leg, rng, sides[-1])
                if way is None:
                    return []
                motion = walk(way.lines, way.pauses, speed)
            made = [
                _track(world, leg, person, walkers[person], motion, side, now, clock, rng)
                for person, side in zip(party, sides, strict=True)
            ]
            here = [track for track in made if track is not None]
            if all(_free(track, [*taken, *out]) for track in here) and _apart(here):
                break
            motion = None
        else:
            return []
        out += here
        assert motion is not None
        now += len(motion.place) * TICK + (gaps[number] if number < len(gaps) else 0.0)
    return out


def _gaps(world: World, trip: Sequence[Leg], speed: float, rng: np.random.Generator) -> list[float]:
    """Seconds out of sight after each leg but the last."""
    gaps = []
    for leg, after in pairwise(trip):
        ends = world.places[leg.place].outside(leg.leave)
        starts = world.places[after.place].outside(after.entry)
        away = rng.uniform(2, 4) if leg.place == after.place else 0.0
        gaps.append(float(np.hypot(*(ends - starts))) / speed + rng.uniform(0.3, 1.5) + away)
    return gaps


def _keeps(habit: Habit, tracks: Sequence[Track]) -> bool:
    """Whether what makes the trip special happens while the scene lasts."""
    if habit in ("stops", "turns back"):
        return any(t.does == habit and np.any(t.walking < 0.05) for t in tracks)
    if habit == "comes again":
        return len(tracks) >= 2 and tracks[0].place == tracks[1].place
    return True


def _track(
    world: World,
    leg: Leg,
    person: int,
    walker: Walker,
    motion: Motion,
    side: float,
    start: float,
    clock: Clock,
    rng: np.random.Generator,
) -> Track | None:
    """One person's visit while the scene lasts."""
    fps, frames = clock.fps, clock.frames
    points = motion.place
    if side:
        points = points + side * np.stack([-np.sin(motion.yaw), np.cos(motion.yaw)], axis=1)
    ticks = np.arange(len(points)) * TICK
    first = int(np.ceil(start * fps))
    numbers = np.arange(first, int(np.floor((start + ticks[-1]) * fps)) + 1)
    at = numbers / fps - start
    points = np.stack([np.interp(at, ticks, points[:, a]) for a in (0, 1)], axis=1)
    yaw = np.interp(at, ticks, motion.yaw)
    turning = np.interp(at, ticks, motion.turning.astype(np.float64)) > 0.5
    pace = np.hypot(*np.gradient(points, axis=0).T) * fps
    pace = np.where(pace < 0.05, 0.0, pace)
    # Slower walking takes slower and shorter steps alike, so that the feet stay where they are.
    walking = np.minimum(np.sqrt(pace / walker.speed), 1.0)
    rate = pace / (walker.stride * np.maximum(walking, 1e-6))
    rate = np.maximum(rate, np.where(turning, _SHUFFLE * walker.speed / walker.stride, _IDLE))
    turn = np.where(rate > 2 * _IDLE, np.gradient(yaw) * fps / rate, 0.0)
    phase = rng.random() + np.concatenate([[0.0], np.cumsum(rate[:-1])]) / fps
    kept = (numbers >= 0) & (numbers < frames)
    if not kept.any():
        return None
    place = world.places[leg.place]
    return Track(
        person=person,
        place=leg.place,
        does=leg.does,
        first=int(numbers[kept][0]),
        points=place.to_world(points[kept]),
        yaw=place.turned(yaw[kept]),
        phase=phase[kept],
        walking=walking[kept],
        turn=place.turned(turn[kept]),
    )


def _free(track: Track, others: Sequence[Track]) -> bool:
    return all(distance(track, other) >= APART for other in others if other.place == track.place)


def _apart(tracks: Sequence[Track]) -> bool:
    """Whether companions keep apart from each other, too."""
    return all(_free(track, tracks[:i]) for i, track in enumerate(tracks))


def _seen(
    world: World, tracks: Sequence[Track], party: tuple[int, ...], fps: float, places: int
) -> bool:
    """Whether everybody of a party is well seen by two cameras, in so many places."""
    where = {eye.name: eye.place for eye in world.eyes}
    for person in party:
        eyes = seen_by(world, tracks, person, fps)
        if len(eyes) < min(2, len(where)):
            return False
        if len({where[name] for name in eyes}) < min(places, len(world.places)):
            return False
    return True
