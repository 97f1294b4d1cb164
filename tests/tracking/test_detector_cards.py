"""Detectors of ours: found where no official one is, and never where somebody named another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracking.detector_cards import (
    CARD,
    SHIPPED,
    DetectorCard,
    DetectorFile,
    DetectorMeasured,
    card_beside,
    read_detector_card,
    shipped_detectors,
    write_detector_card,
)
from tracking.detector_weights import find_weights
from tracking.errors import DetectorWeightsBroken, DetectorWeightsMissing


def ship(folder: Path, name: str, ratio: float | None = None) -> Path:
    weights = folder / name / f"{name}_openvino_model"
    weights.mkdir(parents=True)
    (weights / "net.xml").write_text("<net/>")
    measured = DetectorMeasured(
        benchmark="held out",
        peer="yolo11n",
        precision=0.9,
        recall=0.5,
        peer_recall=0.6,
        ratio=ratio or 0.0,
        command="python -m benchmarks.detector",
    )
    card = DetectorCard(
        name=name,
        summary="A network for tests.",
        licence="AGPL-3.0-or-later",
        trained_on="nothing",
        recipe="none",
        weaknesses="all",
        precision="float16",
        image_size=320,
        weights=weights.name,
        files=(DetectorFile(name=f"{weights.name}/net.xml", sha256="0" * 64, size=6),),
        measured=() if ratio is None else (measured,),
    )
    write_detector_card(card, folder / name / CARD)
    return weights


def test_ours_stands_in_for_an_official_one_that_is_not_there(tmp_path: Path) -> None:
    shipped, home = tmp_path / "shipped", tmp_path / "home"
    ours = ship(shipped, "retrace-nano")
    for name in ("yolo11n", "yolo11n.pt", "retrace-nano"):
        assert find_weights(name, [home], shipped=shipped) == ours
    home.mkdir()
    (home / "yolo11n.pt").touch()
    assert find_weights("yolo11n", [home], shipped=shipped) == home / "yolo11n.pt"


def test_what_somebody_named_is_never_replaced(tmp_path: Path) -> None:
    ship(tmp_path, "retrace-nano")
    for name in ("mine", "mine.pt", str(tmp_path / "yolo11n.pt")):
        with pytest.raises(DetectorWeightsMissing):
            find_weights(name, [], shipped=tmp_path)


def test_the_best_measured_comes_first_and_damaged_ones_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ship(tmp_path, "unmeasured")
    ship(tmp_path, "good", 0.9)
    ship(tmp_path, "better", 0.95)
    cut_off = ship(tmp_path, "cut-off", 0.99)
    (cut_off / "net.xml").write_text("<n")
    (ship(tmp_path, "no-card", 0.99).parent / CARD).write_text("name: no-card\n")
    assert [each.card.name for each in shipped_detectors(tmp_path)] == [
        "better",
        "good",
        "unmeasured",
    ]
    assert "cut-off" in caplog.text
    assert "no-card" in caplog.text


def test_a_card_is_read_as_it_was_written_and_lies_beside_its_weights(tmp_path: Path) -> None:
    weights = ship(tmp_path, "retrace-nano", 0.9)
    card = card_beside(weights)
    assert card is not None
    assert card == read_detector_card(tmp_path / "retrace-nano" / CARD)
    assert card.ratio == pytest.approx(0.9)
    assert card_beside(weights.parent / "something_else.pt") is None
    assert card_beside(tmp_path / "yolo11n.pt") is None


@pytest.mark.parametrize("name", ["/etc/passwd", "../other/net.xml", "", "a\\b"])
def test_a_card_that_points_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    weights = ship(tmp_path, "retrace-nano")
    path = tmp_path / "retrace-nano" / CARD
    path.write_text(path.read_text().replace(f"{weights.name}/net.xml", repr(name)))
    with pytest.raises(DetectorWeightsBroken, match=r"card\.yaml cannot be used"):
        read_detector_card(path)


def test_all_that_ships_is_described_and_good_enough() -> None:
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{CARD}"))
    shipped = shipped_detectors()
    assert {each.weights.parent for each in shipped} == set(folders)
    for each in shipped:
        assert (each.weights.parent / "LICENSE").is_file()
        assert each.card.ratio >= 0.85
