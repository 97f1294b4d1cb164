"""Where the places stand in one metric world, how their gates are joined, which cameras run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.camera import Camera, look_at
from app.demo.synthetic.drawing import Light
from app.demo.synthetic.effects import Look
from app.demo.synthetic.places import car_park, lobby, plaza
from app.demo.synthetic.sets import Gate, Set
from app.errors import BadRequest

_OTHER_CARS = ("3f6b4a", "26282b", "c7c9cc", "7a3a1f", "f0f0ee")


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A set in the world.

    Args:
        name: tells places of a kind apart.
        set: what stands there, in its own coordinates.
        origin: (2,) world metres of the set's origin.
        mirrored: whether the set's y axis runs against the world's.
        seed: its stones and posters.
    """

    name: str
    set: Set
    origin: tuple[float, float]
    mirrored: bool
    seed: int

    @property
    def _flip(self) -> float:
        return -1.0 if self.mirrored else 1.0

    def to_world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) metres in the set → (n, 2) metres in the world."""
        return points * (1.0, self._flip) + self.origin

    def to_set(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) metres in the world → (n, 2) metres in the set."""
        return (points - self.origin) * (1.0, self._flip)

    def turned(self, yaw: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) radians in the set ↔ (n,) radians in the world."""
        return yaw * self._flip

    def camera_in_set(self, camera: Camera) -> Camera:
        """A camera of the world in the set's coordinates (a mirrored set mirrors it too)."""
        flip = np.array((1.0, self._flip, 1.0))
        eye = (camera.eye - (*self.origin, 0.0)) * flip
        return Camera(eye, camera.rotation * flip, camera.focal, camera.width, camera.height)

    @property
    def light(self) -> Light:
        """The set's light in the world."""
        light = self.set.light
        direction = light.direction * (1.0, self._flip, 1.0)
        return Light(direction, light.colour, light.sky, light.ground, light.softness)

    def gate(self, name: str) -> Gate:
        """The set's gate of that name."""
        return next(gate for gate in self.set.gates if gate.name == name)

    def outside(self, gate: str) -> NDArray[np.float64]:
        """(2,) world metres of a gate's outer end."""
        return self.to_world(np.array([self.gate(gate).way[0]]))[0]


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """A camera that runs: its name, where, and how its pictures look."""

    name: str
    place: int
    camera: Camera
    look: Look

    @property
    def stem(self) -> str:
        """Its file's name without ending."""
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Places, cameras, and ways between gates: (place, gate) → (place, gate), both ways."""

    places: tuple[Place, ...]
    eyes: tuple[Eye, ...]
    links: dict[tuple[int, str], tuple[int, str]]

    def eyes_of(self, place: int) -> list[Eye]:
        """The cameras of a place."""
        return [eye for eye in self.eyes if eye.place == place]


MOST_CAMERAS = 8

_ORDER = (
    "Lobby",
    "Plaza east",
    "Plaza west",
    "Car park",
    "Plaza 2 east",
    "Plaza 2 west",
    "Car park 2",
    "Lobby 2",
)

_LINKS = (
    ("Lobby", "foyer", "Plaza", "arch"),
    ("Plaza", "south", "Car park", "north"),
    ("Car park", "south", "Plaza 2", "south"),
    ("Plaza 2", "north", "Car park 2", "north"),
    ("Plaza 2", "arch", "Lobby 2", "foyer"),
)


def build_world(cameras: int, width: int, height: int) -> World:
    """The world that some cameras watch; places that none of them watches are left out.

    Args:
        cameras: how many, 1 to `MOST_CAMERAS`.
        width: pixels of their pictures.
        height: pixels.

    Raises:
        BadRequest: a number of cameras that can't be.
    """
    if not 1 <= cameras <= MOST_CAMERAS:
        raise BadRequest(f"--cameras must lie between 1 and {MOST_CAMERAS}, not {cameras}.")
    names = _ORDER[:cameras]
    places: list[Place] = []
    eyes: list[Eye] = []
    for place in _all_places():
        views = [(v, _camera_name(place, v.name)) for v in place.set.views]
        wanted = [(v, name) for v, name in views if name in names]
        for view, name in wanted:
            camera = look_at(view.eye, view.target, view.field_of_view, width, height)
            eyes.append(Eye(name, len(places), _in_world(place, camera), view.look))
        if wanted:
            places.append(place)
    number = {place.name: i for i, place in enumerate(places)}
    links = {}
    for a, gate_a, b, gate_b in _LINKS:
        if a in number and b in number:
            links[number[a], gate_a] = number[b], gate_b
            links[number[b], gate_b] = number[a], gate_a
    eyes.sort(key=lambda eye: names.index(eye.name))
    return World(tuple(places), tuple(eyes), links)


def _all_places() -> tuple[Place, ...]:
    return (
        Place("Lobby", lobby(), (-46.0, 3.0), False, 0),
        Place("Plaza", plaza(), (0.0, 0.0), False, 0),
        Place("Car park", car_park(), (2.0, -31.0), False, 0),
        Place("Plaza 2", plaza(), (0.0, -60.0), True, 1),
        Place("Car park 2", car_park(_OTHER_CARS), (19.8, -101.0), False, 1),
        Place("Lobby 2", lobby(), (-46.0, -63.0), True, 1),
    )


def _camera_name(place: Place, view: str) -> str:
    kind = place.set.kind
    return place.name + view[len(kind) :]


def _in_world(place: Place, camera: Camera) -> Camera:
    """The set's camera in the world; in a mirrored set it stays a right-handed one."""
    x, y = place.to_world(camera.eye[None, :2])[0]
    ahead = camera.eye + camera.rotation[2]
    target = place.to_world(ahead[None, :2])[0]
    degrees = 2 * np.degrees(np.arctan(camera.width / 2 / camera.focal))
    return look_at(
        (x, y, camera.eye[2]),
        (target[0], target[1], ahead[2]),
        float(degrees),
        camera.width,
        camera.height,
    )
