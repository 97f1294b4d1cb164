"""What a detector learns from: split by scene, kept from what is measured, blanked where unsure."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.trackers import SETS
from tests.tracking.detector_lessons import SIDE, lesson, write_set
from tracking.detector_training.assembly import assemble
from tracking.detector_training.clips import BLANK, OPEN_CLIPS, open_clip, without_doubt
from tracking.detector_training.pictures import Split, read_label, read_persons, scene_of
from tracking.errors import ClipNotAllowed, DetectorDataError


@pytest.mark.parametrize(
    ("group", "scene"),
    [
        ("capston2:clip1_mp4-171", "capston2:clip1_mp4"),
        ("capston2:opencv_frame_18810_png", "capston2:opencv_frame"),
        ("capston2:img517917718162", "capston2:img51791"),
        ("office_kizuna:frame_000370_0h06m10s.jpg", "office_kizuna:frame"),
        ("css_construction:Mask2_mov-44", "css_construction:Mask2_mov"),
        ("capston2:000000210342", "capston2:000000210342"),
        ("css_construction:image_18", "css_construction:image_18"),
    ],
)
def test_frames_of_a_recording_are_one_scene(group: str, scene: str) -> None:
    assert scene_of(group) == scene


@given(st.text(min_size=1), st.integers(0, 99))
def test_a_scene_stays_where_it_is(scene: str, seed: int) -> None:
    split = Split(seed=seed)
    assert split.part_of(scene) == Split(seed=seed).part_of(scene)
    held_out = Split(seed=seed, held_out=0.95)
    if split.part_of(scene) == "held_out":
        assert held_out.part_of(scene) == "held_out"  # a larger share only adds


def test_the_projects_split_is_what_the_tables_were_made_with() -> None:
    parts = [Split().part_of(f"scene {number}") for number in range(1000)]
    assert {part: parts.count(part) for part in sorted(set(parts))} == {
        "held_out": 203,
        "train": 745,
        "watch": 52,
    }


def test_a_set_is_read_with_its_boxes_and_no_scene_on_two_sides(tmp_path: Path) -> None:
    groups = [f"people:walk{walk}_mp4-{frame}" for walk in range(20) for frame in range(2)]
    pictures = list(read_persons(write_set(tmp_path, groups), Split()))
    assert pictures[0].boxes.tolist() == [[0.375 * SIDE, 0.25 * SIDE, 0.625 * SIDE, 0.75 * SIDE]]
    sides = {
        scene: {p.part for p in pictures if p.scene == scene} for scene in map(scene_of, groups)
    }
    assert all(len(parts) == 1 for parts in sides.values())
    assert {part for parts in sides.values() for part in parts} >= {"train", "held_out"}
    assembled = assemble(pictures, tmp_path / "out")
    assert sum(assembled.pictures.values()) == sum(assembled.people.values()) == 40


def test_a_folder_says_where_every_picture_is_from(tmp_path: Path) -> None:
    pictures = [lesson("a"), lesson("b", "held_out")]
    out = assemble(pictures, tmp_path / "out").folder
    with (out / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["path"], row["terms"], row["labelled_by"]) for row in rows] == [
        ("images/train/a.jpg", "own", "the test"),
        ("images/held_out/b.jpg", "own", "the test"),
    ]
    boxes = read_label(out / "labels" / "train" / "a.txt", SIDE, SIDE)
    np.testing.assert_allclose(boxes, pictures[0].boxes, atol=1e-3)


def test_what_cannot_be_put_together_leaves_nothing_behind(tmp_path: Path) -> None:
    for wrong, why in (
        ([lesson("a", scene="s"), lesson("b", "held_out", scene="s")], "would be known"),
        ([lesson("a"), lesson("a")], "Two pictures are called 'a'"),
    ):
        with pytest.raises(DetectorDataError, match=why):
            assemble(wrong, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(DetectorDataError, match="is not empty"):
        assemble([], tmp_path / "used")


def test_broken_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(DetectorDataError, match="cannot be read"):
        list(read_persons(tmp_path, Split()))
    (tmp_path / "manifest.csv").write_text("path,set\n")
    with pytest.raises(DetectorDataError, match="no column family, group"):
        list(read_persons(tmp_path, Split()))
    (tmp_path / "one.txt").write_text("0 0.5 0.5\n")
    with pytest.raises(DetectorDataError, match="four fractions"):
        read_label(tmp_path / "one.txt", SIDE, SIDE)


def test_only_listed_clips_are_learnt_from(tmp_path: Path) -> None:
    own = tmp_path / "people-detection.264"
    own.write_bytes(b"another film under a listed name")
    with pytest.raises(ClipNotAllowed, match="may not be learnt from"):
        open_clip(own)


@pytest.mark.data
def test_footage_that_tables_are_measured_on_is_refused_under_any_name(
    retrace_data: Path, tmp_path: Path
) -> None:
    videos = retrace_data / "videos"
    reported = [video for name in SETS for video in sorted((videos / name).glob("*.mp4"))]
    assert len(reported) == 5
    for video in [*reported, videos / "single" / "people.mp4"]:
        renamed = tmp_path / "one-by-one-person-detection.mp4"
        shutil.copy(video, renamed)
        with pytest.raises(ClipNotAllowed):
            open_clip(renamed)
    allowed = ("one-by-one-person-detection.mp4", "people-detection.264")
    names = {open_clip(videos / "single" / name).name for name in allowed}
    assert names == {clip.name for clip in OPEN_CLIPS.values()}


def test_where_a_teacher_is_unsure_nothing_is_taught() -> None:
    image = np.full((40, 60, 3), 9, np.uint8)
    sure, unsure, double = (0, 0, 10, 30), (30, 0, 40, 30), (0, 0, 10, 28)
    taught = without_doubt(
        image, np.array([sure, unsure, double], np.float32), np.array([0.8, 0.2, 0.3], np.float32)
    )
    assert taught is not None
    blanked, boxes = taught
    assert boxes.tolist() == [list(sure)]
    assert (blanked[:30, 30:40] == BLANK).all()
    blanked[:30, 30:40] = 9
    assert (blanked == image).all()


def test_a_frame_is_left_out_where_blanking_would_hide_somebody() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    boxes = np.array([(0, 0, 10, 30), (8, 0, 30, 30)], np.float32)
    assert without_doubt(image, boxes, np.array([0.8, 0.2], np.float32)) is None
    assert without_doubt(image, boxes, np.array([0.8, 0.05], np.float32)) is not None
