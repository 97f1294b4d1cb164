"""The command `python -m app.demo.synthetic`: draw a scene with its ground truth."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app.demo.synthetic.compiled import require_drawing
from app.errors import AppError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    given = _parser().parse_args(arguments)
    try:
        require_drawing()
        from app.demo.synthetic.generator import SITE, Order, generate

        order = SITE
        if not given.site:
            order = Order(
                cast=given.cast,
                people=given.people,
                cameras=given.cameras,
                seconds=given.seconds,
                seed=given.seed,
            )
        generate(order, given.out, given.processes, given.pairs, _tell)
    except (AppError, ValueError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\nThe scene is in {given.out}.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.demo.synthetic",
        description="Draw walking people in made places from several cameras, with ground truth.",
    )
    parser.add_argument("--site", action="store_true", help="the scene in app/demo/site, exactly")
    parser.add_argument("--cast", choices=("distinct", "hard"), default="distinct")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--cameras", type=int, default=4, help="1 to 8")
    parser.add_argument("--seconds", type=float, default=44.0)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder")
    parser.add_argument("--pairs", action="store_true", help="also cut out partly hidden people")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    return parser


def _tell(what: str, done: int, total: int) -> None:
    if done == total or done % max(1, total // 100) == 0:
        print(f"\r{what}: {done} of {total}   ", end="", file=sys.stderr, flush=True)
        if done == total:
            print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
