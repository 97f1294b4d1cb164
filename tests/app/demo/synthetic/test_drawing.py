"""Figures share one depth buffer, and the same input gives the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.synthetic import compiled
from app.demo.synthetic.camera import Camera, look_at, project
from app.demo.synthetic.drawing import (
    Buffers,
    Light,
    draw,
    new_buffers,
    shadow_map,
    silhouette,
)
from app.demo.synthetic.figures import Figure
from app.demo.synthetic.gait import pose

CAMERA = look_at((6, 0, 2.6), (0, 0, 0.9), 24, 96, 96)
LIGHT = Light(
    np.array((0.5, 0.6, 0.9)),
    np.array((1.5, 1.4, 1.3)),
    np.array((0.5, 0.6, 0.7)),
    np.array((0.3, 0.26, 0.24)),
    0.02,
)

needs_numba = pytest.mark.usefixtures("drawing")


def drawn(*who: tuple[Figure, float], camera: Camera = CAMERA, sunlit: float = 1.0) -> Buffers:
    """Figures at the origin, each with its yaw, numbered from 0, drawn in that order."""
    buffers = new_buffers(camera)
    for number, (figure, yaw) in enumerate(who):
        draw(pose(figure, 0.1, 1.0, 0, 0, yaw), camera, LIGHT, buffers, number, sunlit)
    return buffers


@needs_numba
def test_the_same_scene_gives_the_same_bytes(man: Figure, woman: Figure) -> None:
    one, other = (drawn((man, 0.2), (woman, 1.4)) for _ in range(2))
    assert one.colour.tobytes() == other.colour.tobytes()
    assert one.depth.tobytes() == other.depth.tobytes()
    assert one.person.tobytes() == other.person.tobytes()
    assert np.isfinite(one.colour).all()


@needs_numba
def test_of_figures_that_reach_through_each_other_the_nearer_shows_pixel_by_pixel(
    man: Figure, woman: Figure
) -> None:
    both = drawn((man, 0.2), (woman, 1.4))
    alone = [drawn((man, 0.2)).depth, drawn((woman, 1.4)).depth]
    assert np.array_equal(both.depth, np.minimum(*alone))
    expected = np.where(alone[1] < alone[0], 1, 0)
    expected[np.isinf(both.depth)] = -1
    assert np.array_equal(both.person, expected)
    # Each is before the other somewhere, or this would show nothing.
    overlap = np.isfinite(alone[0]) & np.isfinite(alone[1])
    assert 20 < (overlap & (both.person == 0)).sum() < overlap.sum() - 20


@needs_numba
def test_the_order_of_drawing_does_not_matter(man: Figure, woman: Figure) -> None:
    one, other = drawn((man, 0.2), (woman, 1.4)), drawn((woman, 1.4), (man, 0.2))
    assert np.array_equal(one.depth, other.depth)
    assert np.array_equal(one.colour, other.colour)


@needs_numba
def test_the_set_hides_what_is_behind_it(man: Figure) -> None:
    buffers = new_buffers(CAMERA)
    buffers.depth[:, :96] = 1.0
    draw(pose(man, 0.1, 1.0, 0, 0, 0.2), CAMERA, LIGHT, buffers, 7, 1.0)
    free = drawn((man, 0.2))
    assert (buffers.person[:, :96] == -1).all()
    assert np.array_equal(buffers.person[:, 96:] == 7, free.person[:, 96:] == 0)
    assert (buffers.person == 7).any()


@needs_numba
@given(st.floats(0, 6.3), st.floats(-2, 2), st.floats(-2, 2), st.sampled_from((1, 2)))
@settings(max_examples=25, deadline=None)
def test_a_silhouette_is_exactly_what_is_drawn_and_goes_on_outside(
    man: Figure, yaw: float, x: float, y: float, supersampling: int
) -> None:
    posed = pose(man, 0.1, 1.0, x, y, yaw)
    buffers = new_buffers(CAMERA, supersampling)
    draw(posed, CAMERA, LIGHT, buffers, 0, 1.0)
    shape = silhouette(posed, CAMERA, supersampling)
    inside = np.zeros(buffers.person.shape, bool)
    rows, columns = np.nonzero(shape.mask)
    rows, columns = rows + shape.y0 * supersampling, columns + shape.x0 * supersampling
    kept = (rows >= 0) & (rows < inside.shape[0]) & (columns >= 0) & (columns < inside.shape[1])
    inside[rows[kept], columns[kept]] = True
    assert np.array_equal(inside, buffers.person == 0)
    # As if the camera saw much more: the whole figure.
    wide = Camera(CAMERA.eye, CAMERA.rotation, CAMERA.focal, 960, 960)
    assert shape.mask.sum() == silhouette(posed, wide, supersampling).mask.sum()


@needs_numba
def test_a_silhouette_stands_on_the_feet(man: Figure) -> None:
    posed = pose(man, 0.0, 0.0, 0, 0, 0.3)
    shape = silhouette(posed, CAMERA, 2)
    rows, columns = np.nonzero(shape.mask)
    feet = project(CAMERA, posed.feet)
    assert shape.y0 + rows.max() / 2 == pytest.approx(feet[:, 1].max(), abs=4)
    assert abs(shape.x0 + columns.mean() / 2 - feet[:, 0].mean()) < 4


@needs_numba
def test_nothing_is_drawn_of_somebody_behind_the_camera(man: Figure) -> None:
    posed = pose(man, 0.1, 1.0, 12, 0, 0)
    buffers = new_buffers(CAMERA)
    draw(posed, CAMERA, LIGHT, buffers, 0, 1.0)
    assert (buffers.person == -1).all()
    assert silhouette(posed, CAMERA, 2).mask.size == 0


@needs_numba
def test_shade_is_darker_than_sun_and_cloth_keeps_its_colour(man: Figure) -> None:
    sun, shade = drawn((man, 0.0)), drawn((man, 0.0), sunlit=0.0)
    seen = sun.person == 0
    assert sun.colour[seen].mean() > 1.3 * shade.colour[seen].mean()
    red, _, blue = shade.colour[seen].T
    assert 0.1 < (red > 4 * blue).mean() < 0.5, "the T-shirt is red, the rest is not"


@needs_numba
def test_a_shadow_map_holds_the_figure(man: Figure) -> None:
    posed = pose(man, 0.1, 1.0, 3, 2, 0.4)
    shadow = shadow_map(posed, LIGHT)
    points = np.c_[posed.vertices, np.ones(len(posed.vertices))] @ shadow.to_map.T
    columns, rows = np.floor(points[:, 0]).astype(int), np.floor(points[:, 1]).astype(int)
    assert columns.min() >= 0
    assert rows.min() >= 0
    assert columns.max() < shadow.depth.shape[1]
    assert rows.max() < shadow.depth.shape[0]
    # Hardly a vertex (of a fingertip) is clearly nearer to the light than the map says.
    found = shadow.depth[rows, columns]
    assert (points[:, 2] > found - 0.06)[np.isfinite(found)].mean() > 0.98
    assert np.isinf(shadow.depth[0, 0])


def test_without_numba_drawing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "numba", None)
    refused = compiled.kernel(lambda: None)
    with pytest.raises(compiled.DrawingUnavailable, match="make install-demo"):
        refused()
