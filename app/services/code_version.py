"""Which code made a result: the version and a fingerprint of the files that decide it."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DECISIVE = (
    "tracking/association.py",
    "tracking/topology.py",
    "tracking/linking/*.py",
    "reid_models/pair_scoring.py",
    "app/services/match_*.py",
)


@cache
def code_version() -> str:
    """Such as "0.1.0+1a2b3c4d": equal where matching computes the same from the same."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    digest = hashlib.sha256()
    for pattern in DECISIVE:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return f"{version}+{digest.hexdigest()[:8]}"
