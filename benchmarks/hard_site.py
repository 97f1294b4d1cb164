"""The hard site: 24 people in near-equal clothes before four cameras, drawn into a cache.

`python -m benchmarks.hard_site` draws it (some minutes) unless it is there, and prints where. The
cache is `RETRACE_CACHE`, else `$XDG_CACHE_HOME/retrace`, else `~/.cache/retrace`; a scene is drawn
anew when what is asked for or the code that draws it changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import app.demo.synthetic
from app.demo.synthetic.generator import Order, generate

SEED = 2026
"""The seed of the hard site wherever a table names it."""

HARD = Order(cast="hard", people=24, cameras=4, seconds=60.0, seed=SEED)


def hard_site(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of the hard site, drawn if it is not in the cache.

    Args:
        environment: where the cache's place is looked up; None: the process's.

    Raises:
        AppError: it must be drawn, and numba is missing.
    """
    return cached(HARD, os.environ if environment is None else environment)


def cached(order: Order, environment: Mapping[str, str]) -> Path:
    """The folder of any scene, drawn if it is not in the cache; it appears whole or not at all."""
    folder = _cache(environment) / f"{order.cast}-{order.seed}-{_version(order)}"
    if (folder / "site.json").exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        generate(order, part, min(2, os.cpu_count() or 1), False, _tell)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _cache(environment: Mapping[str, str]) -> Path:
    if "RETRACE_CACHE" in environment:
        return Path(environment["RETRACE_CACHE"]) / "scenes"
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "retrace" / "scenes"


def _version(order: Order) -> str:
    """A name for what is asked for and the code that draws it."""
    digest = hashlib.sha256(repr(order).encode())
    for file in sorted(Path(app.demo.synthetic.__path__[0]).glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _tell(what: str, done: int, total: int) -> None:
    if done == total or done % max(1, total // 50) == 0:
        print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(hard_site())
