"""A scene small enough for tests: few people, tiny pictures, drawn once."""

from __future__ import annotations

from app.demo.synthetic.generator import Order, produce
from app.demo.synthetic.rendering import Crew, Production

ORDER = Order(people=5, cameras=4, seconds=28.0, seed=3, width=192, height=108)


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody is told of."""


def small_production() -> Production:
    """The scene of `ORDER`, drawn in this process."""
    with Crew(1) as crew:
        return produce(ORDER, crew, quiet)
