"""The three places: a lobby, a plaza, a car park."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.demo.synthetic.effects import Look
from app.demo.synthetic.materials import Material
from app.demo.synthetic.raycast import NO_SHADOW, ONLY_SHADOW
from app.demo.synthetic.sets import (
    Gate,
    Numbers,
    Set,
    Spot,
    View,
    box,
    light,
    linear,
    solids,
)

M = Material


def lobby() -> Set:
    """A corridor along x with a side passage, a glass front with a doorway at its end."""
    boxes: list[Numbers] = [
        box(-4, 4.2, 0, 26, 4.5, 3.4, M.WALL),
        box(-4, -4.5, 0, 14, -4.2, 3.4, M.WALL),
        box(18, -4.5, 0, 26, -4.2, 3.4, M.WALL),
        box(14, -12, 0, 14.2, -4.2, 3.4, M.WALL),
        box(18, -12, 0, 18.2, -4.2, 3.4, M.WALL),
        box(13, -12.3, 0, 19, -12, 3.4, M.GLASS),
        box(26, -4.5, 0, 26.3, 1.0, 3.4, M.GLASS),
        box(26, 3.2, 0, 26.3, 4.5, 3.4, M.GLASS),
        box(26, 1.0, 2.4, 26.3, 3.2, 3.4, M.GLASS),
        box(25.95, 0.92, 0, 26.35, 1.0, 2.48, M.METAL),
        box(25.95, 3.2, 0, 26.35, 3.28, 2.48, M.METAL),
        box(29.6, -8, 0, 29.8, 14, 3.4, M.WALL),
        box(26, 4.5, 0, 26.3, 14, 3.4, M.WALL),
        box(-4, -13, 3.4, 30, 14, 3.5, M.CEILING, NO_SHADOW),
        box(8.2, -4.1, 0, 11.2, -3.5, 0.42, M.WOOD),
        box(8.2, -4.2, 0.42, 11.2, -4.0, 0.95, M.WOOD),
        box(20, 2.9, 0, 22.2, 3.7, 1.1, M.WOOD),
        box(19.9, 2.8, 1.1, 22.3, 3.8, 1.16, M.WHITE),
        box(8.6, -4.21, 1.3, 10.8, -4.15, 2.4, M.POSTER),
    ]
    for x in (5, 10.5, 16, 21.5):
        boxes += [
            box(x, 4.14, 0, x + 1.0, 4.21, 2.1, M.DOOR),
            box(x - 0.08, 4.16, 0, x + 1.08, 4.205, 2.18, M.METAL),
            box(x + 0.85, 4.10, 1.0, x + 0.95, 4.15, 1.06, M.WHITE),
        ]
    for x in (7.2, 12.6, 18.2):
        boxes += [
            box(x, 4.16, 1.35, x + 1.4, 4.21, 2.3, M.POSTER),
            box(x - 0.04, 4.18, 1.31, x + 1.44, 4.206, 2.34, M.METAL),
        ]
    cylinders: list[Numbers] = [
        (9.2, 2.75, 0.28, 0, 3.4, M.WHITE),
        (15.6, 2.75, 0.28, 0, 3.4, M.WHITE),
        (7.4, -3.75, 0.26, 0, 0.55, M.CONCRETE),
        (12.0, -3.75, 0.26, 0, 0.55, M.CONCRETE),
    ]
    leaves: list[Numbers] = [
        (7.4, -3.75, 1.0, 0.42, 0.42, 0.6, M.LEAVES),
        (12.0, -3.75, 1.0, 0.42, 0.42, 0.6, M.LEAVES),
    ]
    look = Look(1.05, (1.06, 1.0, 0.90), noise=1.2, blur=0.55, vignette=0.20, saturation=0.95)
    up, down = np.pi / 2, -np.pi / 2
    return Set(
        "lobby",
        solids(M.TILES, boxes, cylinders, leaves),
        light((-0.25, -0.2, 1), (0.62, 0.60, 0.55), (0.52, 0.52, 0.50), (0.34, 0.32, 0.30), 0.35),
        reach=1.6,
        shadow_blur=5.0,
        gates=(
            Gate("foyer", ((27.9, 5.8), (27.9, 2.1), (24.6, 2.1))),
            Gate("passage", ((16.2, -7.0), (16.2, -5.0), (16.0, -3.0))),
            Gate("street", ((-1.8, 0.0), (2.0, 0.0))),
        ),
        spots=(
            Spot(7.9, 3.1, up),
            Spot(13.3, 3.1, up),
            Spot(18.9, 3.1, up),
            Spot(21.0, 2.3, up),
            Spot(9.8, -2.9, down),
            Spot(13.2, -3.2, 2.2),
        ),
        floor=(5.0, -2.6, 23.0, 2.2),
        views=(View("Lobby", (0, -0.6, 3.0), (11.5, -0.4, 0.55), 62, look),),
    )


def plaza() -> Set:
    """A paved square between a glass front, two brick houses with archways, trees and benches."""
    boxes: list[Numbers] = [
        box(-9, 16, 0, 29, 18, 12, M.GLASS),
        box(-6.5, 15.7, 0, 29, 16, 0.5, M.CONCRETE),
        box(27, 34, 0, 37, 35, 9, M.BRICK),
        box(33, -20, 0, 36, -5, 10, M.BRICK),
        box(33, -2, 0, 36, 34, 10, M.BRICK),
        box(33, -5, 3.2, 36, -2, 10, M.BRICK),
        box(40, -30, 0, 41, 10, 8, M.CONCRETE),
        box(-9, -22, 0, -6.5, 4, 9, M.BRICK),
        box(-9, 7, 0, -6.5, 16, 9, M.BRICK),
        box(-9, 4, 3.2, -6.5, 7, 9, M.BRICK),
        box(-14.5, -12, 0, -14, 30, 7, M.CONCRETE),
        box(9, 8.2, 0, 13, 9.4, 0.5, M.CONCRETE),
        box(17.5, -6.6, 0, 21.5, -5.4, 0.5, M.CONCRETE),
        box(8.3, -5.2, 0, 8.5, -4.6, 0.42, M.CONCRETE),
        box(10.3, -5.2, 0, 10.5, -4.6, 0.42, M.CONCRETE),
        box(8.1, -5.25, 0.42, 10.7, -4.55, 0.48, M.WOOD),
        box(8.1, -5.3, 0.6, 10.7, -5.22, 0.95, M.WOOD),
        box(16.0, 5.6, 0, 16.2, 6.7, 2.3, M.METAL),
        box(15.98, 5.7, 0.6, 16.22, 6.6, 2.2, M.POSTER),
        box(2.0, 11.0, 0, 4.6, 11.6, 0.45, M.WOOD),
    ]
    for y in (-14, -9, 0.5, 4, 10):
        boxes += [
            box(32.9, y, 1.2, 33.02, y + 2.2, 3.0, M.GLASS),
            box(32.9, y, 5, 33.02, y + 2.2, 7, M.GLASS),
        ]
    for y in (-9, -4, 0.5, 8, 12.2):
        boxes += [
            box(-6.52, y, 1.2, -6.4, y + 2.2, 3.0, M.GLASS),
            box(-6.52, y, 5, -6.4, y + 2.2, 7, M.GLASS),
        ]
    cylinders: list[Numbers] = [
        (11, 8.8, 0.13, 0, 2.6, M.WOOD),
        (19.5, -6, 0.13, 0, 2.8, M.WOOD),
        (26, 7.5, 0.06, 0, 5, M.METAL),
        (6.8, 4.4, 0.06, 0, 4.5, M.METAL),
        *((14 + 1.6 * i, 13.2, 0.09, 0, 0.9, M.METAL) for i in range(6)),
    ]
    leaves: list[Numbers] = [
        (11, 8.8, 3.4, 1.5, 1.5, 1.3, M.LEAVES),
        (19.5, -6, 3.6, 1.7, 1.6, 1.4, M.LEAVES),
        (11.9, 8.8, 0.75, 0.9, 0.5, 0.4, M.LEAVES),
        (9.9, 8.8, 0.7, 0.7, 0.5, 0.35, M.LEAVES),
        (18.4, -6, 0.7, 0.7, 0.5, 0.35, M.LEAVES),
        (20.6, -6, 0.75, 0.8, 0.5, 0.4, M.LEAVES),
    ]
    west = Look(0.72, (0.96, 1.0, 1.06), noise=1.2, blur=0.5, vignette=0.12, saturation=1.05)
    east = Look(0.66, (1.05, 1.0, 0.93), noise=1.4, blur=0.6, vignette=0.16, saturation=0.96)
    return Set(
        "plaza",
        solids(M.PAVING, boxes, cylinders, leaves),
        light((-0.35, -0.75, 1), (1.55, 1.42, 1.18), (0.50, 0.60, 0.78), (0.34, 0.30, 0.25), 0.02),
        reach=3.0,
        shadow_blur=1.3,
        gates=(
            Gate("arch", ((-10.8, 9.8), (-10.8, 5.5), (-3.5, 5.5))),
            Gate("south", ((12.5, -10.5), (12.5, -8.0))),
            Gate("north", ((30.7, 20.0), (30.8, 12.0))),
            Gate("east", ((38.0, -7.6), (38.0, -3.5), (31.0, -3.5))),
        ),
        spots=(
            Spot(15.0, 6.15, 0.0),
            Spot(17.2, 6.15, np.pi),
            Spot(9.4, -3.7, 1.4),
            Spot(13.0, 1.5, -2.4),
            Spot(11.0, 7.3, -1.6),
        ),
        floor=(6.5, -3.5, 22.0, 9.0),
        views=(
            View("Plaza east", (28.0, -4.0, 4.2), (13.5, 3.0, 0.4), 58, east),
            View("Plaza west", (0, 0, 3.6), (13, 1.0, 0.4), 58, west),
        ),
    )


def car_park(paints: Iterable[str] = ("8f1d1d", "d7d9db", "1e3f78", "2b2d30", "8a8f94")) -> Set:
    """A car park on an overcast day; the cars' colours are sRGB hex."""
    boxes: list[Numbers] = [
        box(24, -25, 0, 24.4, 30, 4.5, M.BRICK),
        box(23.9, -25, 0, 24.5, 30, 0.7, M.CONCRETE),
        box(-5, 13, 0, 10, 13.4, 2.6, M.CONCRETE),
        box(12.4, 13, 0, 24, 13.4, 2.6, M.CONCRETE),
        box(18.9, -12, 0, 19.2, 13, 0.12, M.CONCRETE),
        box(12.75, 5.0, 0, 12.95, 5.2, 1.1, M.YELLOW),
        box(9.8, 6.2, 0, 10.3, 6.8, 1.5, M.METAL),
        box(9.77, 6.28, 0.9, 9.83, 6.72, 1.42, M.POSTER),
        box(19.6, -14, 0, 23.8, 12.9, 0.06, M.GRASS),
    ]
    cars: list[Numbers] = []
    bays: tuple[Numbers, ...] = (
        (15.7, 1.3, 0),
        (15.6, 3.95, np.pi),
        (15.8, -3.85, 0),
        (15.7, 9.1, np.pi),
        (15.5, -9.1, 0),
    )
    for (x, y, yaw), paint in zip(bays, paints, strict=True):
        cars.append((x, y, yaw, *linear(paint)))
        boxes += [
            box(x - 2.05, y - 0.82, 0.22, x + 2.05, y + 0.82, 0.9, M.METAL, ONLY_SHADOW),
            box(x - 1.3, y - 0.7, 0.9, x + 1.0, y + 0.7, 1.4, M.METAL, ONLY_SHADOW),
        ]
    cylinders: list[Numbers] = [
        (21.5, -6.5, 0.09, 0, 6, M.METAL),
        (21.5, 6.5, 0.09, 0, 6, M.METAL),
        (21.6, 0.2, 0.16, 0, 2.4, M.WOOD),
    ]
    leaves: list[Numbers] = [
        (21.6, 0.2, 3.3, 1.5, 1.5, 1.3, M.LEAVES),
        (22.0, -10.5, 0.8, 1.0, 1.2, 0.8, M.LEAVES),
        (22.0, 10.0, 0.7, 0.9, 1.3, 0.7, M.LEAVES),
        (22.2, 3.6, 0.6, 0.8, 1.0, 0.6, M.LEAVES),
    ]
    look = Look(
        0.95, (0.97, 1.02, 1.0), noise=1.6, blur=0.65, vignette=0.22, saturation=0.85, gamma=0.96
    )
    return Set(
        "car park",
        solids(M.ASPHALT, boxes, cylinders, leaves, cars),
        light((0.45, 0.25, 1), (0.50, 0.50, 0.50), (0.72, 0.76, 0.82), (0.26, 0.26, 0.26), 0.30),
        reach=3.0,
        shadow_blur=4.0,
        gates=(
            Gate("north", ((11.2, 13.2), (11.2, 9.5))),
            Gate("south", ((10.5, -10.5), (10.5, -8.5))),
            Gate("west", ((-2.2, 0.0), (2.0, 0.0))),
        ),
        spots=(
            Spot(9.0, 6.5, 0.0),
            Spot(12.7, 1.3, 0.0),
            Spot(14.8, -2.45, -np.pi / 2),
            Spot(14.6, 2.62, 0.3),
            Spot(8.0, -3.0, 2.4),
        ),
        floor=(5.0, -7.0, 12.4, 8.0),
        views=(View("Car park", (-0.5, 0, 3.4), (12, 0.6, 0.55), 60, look),),
    )
