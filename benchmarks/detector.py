"""How many tall people detectors find, at the precision that yolo11n has at confidence 0.25.

    RETRACE_DATA=… python -m benchmarks.detector [--run DIR | --ours DIR]... [--log FILE]

On what no detector of ours was trained on: the held-out scenes of the `persons` set, and labelled
clips (retail3, room2, and the frames of MOT17-mini). People of 80 pixels and more count. A detector
of ours ships if it finds 0.85 of what yolo11n does in both groups. --run takes the newest
checkpoint of a training run, --ours an OpenVINO folder; --write ships what is good enough. Boxes
are kept in --cache by the hash of the weights: a later run computes only what is new.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.yolox import Yolox
from tracking.detector import Detections, PersonDetector
from tracking.detector_cards import (
    CARD,
    SHIPPED,
    DetectorMeasured,
    card_beside,
    shipped_detectors,
    write_detector_card,
)
from tracking.detector_evaluation import (
    LEAST_HEIGHT,
    Outcome,
    Truth,
    at_precision,
    at_threshold,
    judge,
    pooled,
)
from tracking.detector_training.pictures import Split, picture_of, read_persons
from tracking.detector_weights import weights_sha256
from tracking.evaluation import read_truth
from tracking.video import VideoReader

CONFIDENCE = 0.25
PEER = "yolo11n int8"
GOOD_ENOUGH = 0.85
EVERY = 9
"""Of the labelled clips every so many-th frame that is labelled: neighbours show the same."""

_LEAST_VISIBLE = 0.4
_WALKING, _WEAKEST = 1, 0.01

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Question:
    """A picture, who is on it, and where nothing is asked.

    Args:
        group: "images" or "clips".
        family: a part of the group with pictures of a kind.
        picture: RGB (height, width, 3).
        truth: who is there.
        ignored: (n, 4) xyxy; boxes whose middle lies in one are left out.
    """

    group: str
    family: str
    picture: Picture
    truth: Truth
    ignored: NDArray[np.float32]


def held_out_pictures(data: Path) -> Iterator[Question]:
    """The held-out scenes of the `persons` set."""
    for one in read_persons(data / "detect" / "persons", Split()):
        if one.part == "held_out":
            truth = Truth(one.boxes, np.ones(len(one.boxes), np.bool_))
            picture = picture_of(one.jpeg, one.name)
            yield Question("images", one.family, picture, truth, _no_regions())


def labelled_frames(data: Path) -> Iterator[Question]:
    """Frames of the labelled videos."""
    for name in ("retail3", "room2"):
        folder = data / "videos" / name
        for video, truth in read_truth(folder / "labels").items():
            wanted = set(truth.labelled[::EVERY].tolist())
            with VideoReader(folder / f"{video}.mp4") as reader:
                for frame in reader.frames():
                    if frame.index not in wanted:
                        continue
                    rows = truth.frames == frame.index
                    regions = [box for a, b, box in truth.ignored if a <= frame.index <= b]
                    yield Question(
                        "clips",
                        name,
                        frame.image,
                        Truth(truth.boxes[rows], truth.counts[rows]),
                        np.array(regions, np.float32).reshape(-1, 4),
                    )


def street_frames(data: Path) -> Iterator[Question]:
    """The frames of MOT17-mini; only walking people who are well visible count."""
    for folder in sorted((data / "videos" / "MOT17-mini" / "train").iterdir()):
        rows = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",", ndmin=2)
        for path in sorted((folder / "img1").glob("*.jpg")):
            own = rows[rows[:, 0] == int(path.stem)]
            low = own[:, 2:4] - 1
            boxes = np.concatenate([low, low + own[:, 4:6]], axis=1).astype(np.float32)
            counted = (own[:, 6] > 0) & (own[:, 7] == _WALKING) & (own[:, 8] >= _LEAST_VISIBLE)
            picture = picture_of(path.read_bytes(), path)
            yield Question("clips", "MOT17-mini", picture, Truth(boxes, counted), _no_regions())


def judged(
    question: Question, boxes: NDArray[np.float32], confidences: NDArray[np.float32]
) -> Outcome:
    """How good a detector's boxes on one picture are."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    asked = np.ones(len(boxes), np.bool_)
    for region in question.ignored:
        asked &= ~((middles >= region[:2]) & (middles <= region[2:])).all(axis=1)
    return judge(question.truth, boxes[asked], confidences[asked])


def table(results: dict[str, dict[str, Outcome]]) -> Iterator[str]:
    """The comparison as Markdown: detector → part → what came out."""
    yield (
        "| pictures | tall people | detector | precision, recall at 0.25 "
        "| recall at yolo11n's precision | of yolo11n's |"
    )
    yield "|---|--:|---|--:|--:|--:|"
    for part in results[PEER]:
        goal = at_threshold(results[PEER][part], CONFIDENCE)
        for name, parts in results.items():
            own = at_threshold(parts[part], CONFIDENCE)
            found = goal if name == PEER else at_precision(parts[part], goal.precision)
            ratio = found.recall / goal.recall if goal.recall else 0.0
            yield (
                f"| {part} | {parts[part].people} | {name} | {100 * own.precision:.1f}, "
                f"{100 * own.recall:.1f} | {100 * found.recall:.1f} | {ratio:.3f} |"
            )


def measured(results: dict[str, dict[str, Outcome]], name: str) -> tuple[DetectorMeasured, ...]:
    """For a card: the two groups that decide."""
    rows = []
    for part in ("images: all", "clips: all"):
        goal = at_threshold(results[PEER][part], CONFIDENCE)
        found = at_precision(results[name][part], goal.precision)
        rows.append(
            DetectorMeasured(
                benchmark=f"held-out {part}, people of {LEAST_HEIGHT:.0f} pixels and more",
                peer=PEER,
                precision=round(goal.precision, 4),
                recall=round(found.recall, 4),
                peer_recall=round(goal.recall, 4),
                ratio=round(found.recall / goal.recall, 4) if goal.recall else 0.0,
                command="python -m benchmarks.detector",
            )
        )
    return tuple(rows)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--run", type=Path, help="a training run; its checkpoint is exported")
    parser.add_argument("--name", default="retrace-nano", help="of the detector of a run")
    parser.add_argument("--ours", type=Path, action="append", default=[], help="OpenVINO folder")
    parser.add_argument("--cache", type=Path, default=Path("runs/detector/boxes"))
    parser.add_argument("--log", type=Path, help="the table is added to this file")
    parser.add_argument("--write", action="store_true", help="ship it if it is good enough")
    options = parser.parse_args()
    if "RETRACE_DATA" not in os.environ:
        sys.exit("RETRACE_DATA must name the folder with the development data.")
    data = Path(os.environ["RETRACE_DATA"])
    with tempfile.TemporaryDirectory(prefix="retrace-detector-") as scratch:
        ours = [*options.ours, *(each.weights for each in shipped_detectors())]
        if options.run:
            from tracking.detector_training.export import export_detector

            ours.append(export_detector(options.run, Path(scratch), options.name))
        results = compare(data, ours, options.cache)
        lines = [_heading(weights) for weights in ours] + ["", *table(results), ""]
        print("\n".join(lines))
        if options.log:
            with options.log.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        if options.write and options.run:
            _ship(ours[-1], measured(results, ours[-1].name))


def compare(data: Path, ours: list[Path], cache: Path) -> dict[str, dict[str, Outcome]]:
    """Every detector on every part."""
    detectors = {
        PEER: data / "weights" / "yolo11n_int8_openvino_model",
        "yolox_nano": data / "weights" / "yolox_nano" / "yolox_nano.onnx",
        **{each.name: each for each in ours},
    }
    sources = (held_out_pictures, labelled_frames, street_frames)
    questions = [question for source in sources for question in source(data)]
    results = {}
    for name, weights in detectors.items():
        parts: dict[str, list[Outcome]] = {}
        for question, found in zip(questions, answers(weights, questions, cache), strict=True):
            outcome = judged(question, *found)
            for part in ("all", question.family):
                parts.setdefault(f"{question.group}: {part}", []).append(outcome)
        results[name] = {part: pooled(outcomes) for part, outcomes in parts.items()}
    return results


def answers(weights: Path, questions: list[Question], cache: Path) -> list[Detections]:
    """A detector's boxes on every picture, from the cache where they are there."""
    digest = hashlib.sha256(weights_sha256(weights).encode())
    for question in questions:
        digest.update(np.ascontiguousarray(question.picture[::16]).tobytes())
    kept = cache / f"{weights.name}-{digest.hexdigest()[:12]}.npz"
    if not kept.exists():
        detect = _detector(weights)
        found = [detect(question.picture) for question in questions]
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            kept,
            counts=[len(confidences) for _, confidences in found],
            boxes=np.concatenate([boxes for boxes, _ in found]),
            confidences=np.concatenate([confidences for _, confidences in found]),
        )
    with np.load(kept) as arrays:
        ends = np.cumsum(arrays["counts"])[:-1]
        boxes, confidences = arrays["boxes"], arrays["confidences"]
        return list(zip(np.split(boxes, ends), np.split(confidences, ends), strict=True))


def _detector(weights: Path) -> Callable[[Picture], Detections]:
    if weights.suffix == ".onnx":
        return Yolox(weights, _WEAKEST).detect
    detector = PersonDetector(weights, device="cpu", confidence=_WEAKEST)
    return lambda picture: detector.detect([picture])[0]


def _heading(weights: Path) -> str:
    card = card_beside(weights)
    return f"{weights.name}: {card.recipe if card else 'no card'}"


def _ship(weights: Path, rows: tuple[DetectorMeasured, ...]) -> None:
    card = card_beside(weights)
    assert card is not None
    card = card.model_copy(update={"measured": rows})
    if card.ratio < GOOD_ENOUGH:
        print(f"{card.name} stays here: {card.ratio:.3f} is below {GOOD_ENOUGH}.")
        return
    write_detector_card(card, weights.parent / CARD)
    goal = SHIPPED / card.name
    shutil.rmtree(goal, ignore_errors=True)
    shutil.copytree(weights.parent, goal)
    print(f"{goal} holds what ships.")


def _no_regions() -> NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


if __name__ == "__main__":
    main()
