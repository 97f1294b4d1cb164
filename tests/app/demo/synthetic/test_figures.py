"""Figures are sound meshes of the right size; casts are as different, or as alike, as they say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.synthetic.figures import Figure, build
from app.demo.synthetic.gait import pose
from app.demo.synthetic.likeness import colour_name, difference, perceived
from app.demo.synthetic.people import HAND_MADE
from app.demo.synthetic.specs import FigureSpec, Head
from app.demo.synthetic.surface import ellipsoid, grid, near_surface, surface_nets, vertex_normals
from app.demo.synthetic.wardrobe import MOST, cast, describe, near_doubles

seeds = st.integers(0, 2**31)


def test_the_mesh_of_a_ball_is_closed_faces_outward_and_has_its_volume() -> None:
    step, radius = 0.05, 0.38
    points = grid((-0.5,) * 3, (0.5,) * 3, step)
    vertices, faces = surface_nets(ellipsoid(points, (0, 0, 0), (radius,) * 3), (-0.5,) * 3, step)
    edges = Counter(
        tuple(sorted(edge)) for face in faces for edge in zip(face, np.roll(face, 1), strict=True)
    )
    assert set(edges.values()) == {2}
    assert ((vertex_normals(vertices, faces) * vertices).sum(1) > 0.9 * radius).all()
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    volume = (a * np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)


def test_asking_only_near_the_surface_finds_the_same_surface() -> None:
    def body(points: np.ndarray) -> np.ndarray:
        return ellipsoid(points, (0.05, 0, 0), (0.3, 0.2, 0.4))

    points = grid((-0.5,) * 3, (0.5,) * 3, 0.03)
    whole, _ = surface_nets(body(points), (-0.5,) * 3, 0.03)
    sparse, _ = surface_nets(near_surface(body, points), (-0.5,) * 3, 0.03)
    assert np.array_equal(whole, sparse)


def test_the_same_description_gives_the_same_bytes(man: Figure) -> None:
    again = build(HAND_MADE[0])
    for name in ("vertices", "triangles", "materials", "occlusion", "bones", "weights"):
        assert getattr(man, name).tobytes() == getattr(again, name).tobytes(), name


def test_meshes_are_sound(man: Figure, woman: Figure) -> None:
    for figure in (man, woman):
        count = len(figure.vertices)
        assert np.isfinite(figure.vertices).all()
        assert figure.triangles.min() == 0
        assert figure.triangles.max() == count - 1
        assert np.allclose(figure.weights.sum(1), 1, atol=1e-5)
        assert ((figure.occlusion >= 0.25) & (figure.occlusion <= 1)).all()
        assert 10_000 < len(figure.triangles) < 45_000
        # Mirrored but for what is carried.
        assert abs(figure.vertices[:, 1].min() + figure.vertices[:, 1].max()) < 0.02


@pytest.mark.usefixtures("drawing")
@pytest.mark.parametrize("number", [0, 3])
def test_people_are_as_tall_as_described(number: int) -> None:
    spec = HAND_MADE[number]
    bald = build(replace(spec, head=Head("bald")))
    standing = pose(bald, 0.0, 0.0, 3.0, -2.0, 1.0)
    assert standing.vertices[:, 2].max() == pytest.approx(spec.body.height, abs=0.01)
    assert bald.height == spec.body.height


def test_the_hand_made_lead_the_distinct_cast_and_no_two_look_alike() -> None:
    for seed in (1, 2):
        people = cast("distinct", 19, seed)
        assert tuple(people[:16]) == HAND_MADE
        assert min(difference(a, b) for a, b in combinations(people, 2)) > 0.2
    assert cast("distinct", 18, 1) == cast("distinct", 18, 1)
    assert cast("distinct", 18, 1)[16:] != cast("distinct", 18, 2)[16:]


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_the_hard_cast_is_narrow_and_comes_in_threes(seed: int) -> None:
    people = cast("hard", 12, seed)
    assert people == cast("hard", 12, seed)
    for start in range(0, 12, 3):
        group = people[start : start + 3]
        for one, other in combinations(group, 2):
            assert difference(one, other) < 0.4
            assert one.upper.pattern == other.upper.pattern
            assert one.lower == other.lower
            assert one.gait != other.gait
            assert replace(one, gait=other.gait) != other
            assert abs(one.body.height - other.body.height) < 0.09
    for one in people:
        lightness, *tint = perceived(one.upper.colour)
        assert lightness < 0.6
        assert np.hypot(*tint) < 0.06


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_near_doubles_are_two_pairs(seed: int) -> None:
    people = near_doubles(seed)
    assert len(people) == 4
    within = max(difference(people[0], people[1]), difference(people[2], people[3]))
    between = min(difference(a, b) for a in people[:2] for b in people[2:])
    assert 0 < within < 0.35
    assert between > 0.1
    assert len({replace(one, gait=people[0].gait) for one in people}) == 4


@pytest.mark.parametrize("people", [0, MOST + 1])
def test_a_cast_has_its_limits(people: int) -> None:
    with pytest.raises(ValueError, match=f"1 to {MOST} people, not {people}"):
        cast("distinct", people, 1)


def test_everybody_can_be_told_in_words() -> None:
    words = [describe(spec) for spec in HAND_MADE]
    assert words[0] == "red T-shirt, jeans, backpack"
    assert words[2] == "navy suit"
    assert words[3] == "dotted green dress"
    assert words[7] == "white coat, charcoal trousers, handbag, dark red head scarf"
    assert len(set(words)) == len(words)


@given(st.text("0123456789abcdef", min_size=6, max_size=6))
@settings(max_examples=30)
def test_every_colour_has_a_name_and_looks_like_itself(colour: str) -> None:
    assert colour_name(colour).isprintable()
    spec = FigureSpec()
    other = replace(spec, upper=replace(spec.upper, colour=colour))
    assert difference(spec, spec) == 0
    assert difference(spec, other) == difference(other, spec)
    assert (difference(spec, other) == 0) == (colour == spec.upper.colour)
