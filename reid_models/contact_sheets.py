"""Contact sheets: queries with what a model ranks first, right and wrong hits told apart.

Green: the person; red: somebody else; grey: the query. For people's eyes only: they show faces of
the data set, whose terms rarely allow to publish them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import JUNK, Tracklet
from reid_models.protocols import Protocol

__all__ = ["first_hits", "write_sheets"]

_HEIGHT, _WIDTH, _BORDER, _GAP, _TITLE = 128, 64, 4, 8, 18
_COLOURS = {"query": (128, 128, 128), "right": (40, 160, 60), "wrong": (200, 40, 40)}
Image = npt.NDArray[np.uint8]


def first_hits(
    distances: npt.NDArray[np.floating], protocol: Protocol, query: int, count: int
) -> list[int]:
    """The rows of the gallery that one query ranks first, as the protocol counts them.

    Args:
        distances: (G,) from this query to the whole gallery.
        protocol: whose gallery it is.
        query: number of the query.
        count: so many at most.
    """
    asked = protocol.queries[query]
    order = np.argsort(distances, kind="stable")
    kept = (
        int(row)
        for row in order
        if protocol.gallery[row].person != JUNK
        and (protocol.gallery[row].person, protocol.gallery[row].camera)
        != (asked.person, asked.camera)
    )
    return [row for row, _ in zip(kept, range(count), strict=False)]


def write_sheets(
    folder: Path,
    protocol: Protocol,
    distances: Mapping[str, npt.NDArray[np.floating]],
    *,
    queries: int = 40,
    hits: int = 10,
    rows: int = 10,
) -> list[Path]:
    """Write PNG sheets of evenly drawn queries; several models' hits stand side by side.

    Args:
        folder: made if it is not there; sheets of an earlier call are replaced.
        protocol: what was compared with what; a tracklet is shown by its middle crop.
        distances: model name → (Q, G).
        queries: how many to draw.
        hits: shown for each query and model.
        rows: queries a sheet.

    Returns:
        The files, `sheet-00.png` and so on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total = len(protocol.queries)
    chosen = np.unique(np.linspace(0, total - 1, min(queries, total)).round().astype(int)).tolist()
    files = []
    for number, start in enumerate(range(0, len(chosen), rows)):
        lines = [_line(protocol, query, distances, hits) for query in chosen[start : start + rows]]
        sheet = np.concatenate([_titles(list(distances), hits, lines[0].shape[1]), *lines])
        path = folder / f"sheet-{number:02}.png"
        cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
        files.append(path)
    return files


def _line(
    protocol: Protocol,
    query: int,
    distances: Mapping[str, npt.NDArray[np.floating]],
    hits: int,
) -> Image:
    asked = protocol.queries[query]
    parts = [_framed(asked, "query")]
    for table in distances.values():
        parts.append(_blank(_GAP))
        ranked = first_hits(table[query], protocol, query, hits)
        for row in ranked:
            found = protocol.gallery[row]
            parts.append(_framed(found, "right" if found.person == asked.person else "wrong"))
        parts.append(_blank((hits - len(ranked)) * (_WIDTH + 2 * _BORDER)))
    return np.concatenate(parts, axis=1)


def _framed(item: Tracklet, kind: str) -> Image:
    image = cv2.resize(read_rgb(item.samples[len(item.samples) // 2].path), (_WIDTH, _HEIGHT))
    sides = (_BORDER,) * 4
    framed = cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=_COLOURS[kind])
    return np.asarray(framed, np.uint8)


def _blank(width: int) -> Image:
    return np.full((_HEIGHT + 2 * _BORDER, width, 3), 255, np.uint8)


def _titles(names: Sequence[str], hits: int, width: int) -> Image:
    band = np.full((_TITLE, width, 3), 255, np.uint8)
    step = hits * (_WIDTH + 2 * _BORDER) + _GAP
    for number, name in enumerate(names):
        left = _WIDTH + 2 * _BORDER + _GAP + number * step
        cv2.putText(band, name, (left, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1)
    return band
