"""Labelled pictures, where they come from, and which of them are kept away from training."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tracking.errors import DetectorDataError

Part = Literal["train", "watch", "held_out"]
PARTS: tuple[Part, ...] = ("train", "watch", "held_out")

_WATCH_SHARE = 0.05
_QUALITY = 92

# What tells pictures of one walk or recording from each other: the number of the frame.
_FRAME_OF_A_CLIP = re.compile(r"(?P<scene>.*(?:frame|_mp4|_mov))[-_]\d+.*", re.IGNORECASE)
_FRAME_OF_A_WALK = re.compile(r"(?P<scene>img\d{5})\d+")


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and the people in it.

    Args:
        name: without ending or folders; unique among all pictures of a data set.
        jpeg: the picture's file.
        width: pixels.
        height: pixels.
        boxes: (n, 4) float32 xyxy in pixels, within the picture.
        origin: the set or clip it is from.
        family: a part of the origin with pictures of a kind.
        scene: the recording; pictures of one scene are never on both sides of a split.
        terms: licence of the picture.
        labelled_by: whose boxes they are: "its publishers", a detector's name, "the generator".
        part: what it is for.
    """

    name: str
    jpeg: bytes
    width: int
    height: int
    boxes: NDArray[np.float32]
    origin: str
    family: str
    scene: str
    terms: str
    labelled_by: str
    part: Part


@dataclass(frozen=True, slots=True)
class Split:
    """How pictures are divided: by the hash of seed and scene, so that it never depends on order.

    Args:
        seed: 11 is the project's: the first for which no single scene has more than half of the
            tall people held out, and four families have at least 40 there.
        held_out: share of scenes that are only measured on, 0–1. Another twentieth of all is for
            watching a training run: neither trained on nor reported.
    """

    seed: int = 11
    held_out: float = 0.2

    def part_of(self, scene: str) -> Part:
        """Which part a scene belongs to."""
        digest = hashlib.sha256(f"{self.seed}:{scene}".encode()).digest()
        at = int.from_bytes(digest[:4], "big") / 2**32
        if at < self.held_out:
            return "held_out"
        return "watch" if at < self.held_out + _WATCH_SHARE else "train"


def scene_of(group: str) -> str:
    """The recording that a group of the `persons` set belongs to.

    Its groups keep copies of one picture together, and neighbouring frames of one clip apart. A
    detector that trained on the one frame knows the other, so frames of a clip, of a walk or of a
    ceiling camera are one scene here. A scene is a union of groups.

    Args:
        group: "set:name", as in the set's manifest.
    """
    origin, _, name = group.partition(":")
    found = _FRAME_OF_A_WALK.fullmatch(name) or _FRAME_OF_A_CLIP.fullmatch(name)
    return f"{origin}:{found['scene']}" if found else group


def read_persons(folder: Path, split: Split) -> Iterator[LabelledPicture]:
    """The pictures of the `persons` set: a manifest `path,set,family,group`, YOLO labels beside.

    Args:
        folder: holds manifest.csv, and for each set `images/` and `labels/`.
        split: which pictures are held out.

    Raises:
        DetectorDataError: the manifest, a picture or a label cannot be read.
    """
    for row in read_rows(folder / "manifest.csv", ("path", "set", "family", "group")):
        path = folder / row["path"]
        scene = scene_of(row["group"])
        label = path.parent.parent / "labels" / f"{path.stem}.txt"
        jpeg = _bytes_of(path)
        height, width = _size_of(jpeg, path)
        yield LabelledPicture(
            name=f"{row['set']}-{path.stem}",
            jpeg=jpeg,
            width=width,
            height=height,
            boxes=read_label(label, width, height),
            origin=row["set"],
            family=row["family"],
            scene=scene,
            terms="MIT" if row["set"] == "office_kizuna" else "CC-BY-4.0",
            labelled_by="its publishers",
            part=split.part_of(scene),
        )


def read_label(path: Path, width: int, height: int) -> NDArray[np.float32]:
    """A YOLO label file as (n, 4) float32 xyxy in pixels, cut to the picture.

    Raises:
        DetectorDataError: it is missing, or a line is not five numbers.
    """
    try:
        lines = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
        rows = np.array([[float(value) for value in line] for line in lines], np.float64)
        _, x, y, w, h = rows.reshape(-1, 5).T
    except (OSError, ValueError) as error:
        raise DetectorDataError(
            f"The labels {path} cannot be read ({error}). Each line must be a class and four "
            "fractions: x, y, width, height."
        ) from error
    boxes = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    boxes *= (width, height, width, height)
    return within(boxes, width, height)


def within(boxes: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Boxes (n, 4) cut to a picture; those of which less than a pixel is left are gone."""
    cut = np.clip(boxes, 0, (width, height, width, height)).astype(np.float32)
    solid = (cut[:, 2] - cut[:, 0] >= 1) & (cut[:, 3] - cut[:, 1] >= 1)
    return np.ascontiguousarray(cut[solid])


def jpeg_of(image: NDArray[np.uint8]) -> bytes:
    """An RGB picture (height, width, 3) as a JPEG file."""
    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    if not ok:
        raise DetectorDataError(f"A picture of {image.shape} cannot be written as JPEG.")
    return data.tobytes()


def picture_of(jpeg: bytes, where: object) -> NDArray[np.uint8]:
    """A picture's file as RGB (height, width, 3).

    Raises:
        DetectorDataError: it is none; `where` names it.
    """
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if image is None:
        raise DetectorDataError(f"{where} is not a picture. Remove it from the set.")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """A CSV file's rows.

    Raises:
        DetectorDataError: it cannot be read, or lacks one of `columns`.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except OSError as error:
        raise DetectorDataError(
            f"The manifest {path} cannot be read ({error.strerror}). Name the folder it lies in."
        ) from error
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise DetectorDataError(
            f"The manifest {path} has no column {', '.join(missing)}. It needs: "
            f"{', '.join(columns)}."
        )
    return rows


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DetectorDataError(
            f"The picture {path} cannot be read ({error.strerror}). Unpack the set again."
        ) from error


def _size_of(jpeg: bytes, path: Path) -> tuple[int, int]:
    height, width = picture_of(jpeg, path).shape[:2]
    return height, width
