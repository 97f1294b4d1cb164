"""The readers: what names and rows mean, and what is said when something is not where expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.datasets import guess_format, read_dataset
from reid_models.datasets.cuhk03 import read_cuhk03_dataset
from reid_models.datasets.folder import read_folder
from reid_models.datasets.manifest import read_manifest
from reid_models.datasets.market1501 import read_market1501
from reid_models.datasets.samples import Sample, data_hash, group_tracklets
from reid_models.errors import DatasetError
from tests.reid_models.datasets.trees import touch


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Six crops with the names of the set, and a file that is none."""
    touch(
        tmp_path,
        "bounding_box_train/0002_c1s1_000451_03.jpg",
        "bounding_box_train/0002_c1s1_000401_01.jpg",
        "query/0001_c1s1_001051_00.jpg",
        "bounding_box_test/-1_c1s1_000401_03.jpg",
        "bounding_box_test/0000_c3s2_000401_03.jpg",
        "bounding_box_test/0001_c6s4_000777_00.jpg",
        "bounding_box_test/Thumbs.db",
    )
    return tmp_path


def test_market_names_give_person_camera_sequence_and_frame(market: Path):
    data = read_market1501(market)
    assert [(s.person, s.camera, s.tracklet, s.frame) for s in data.train] == [
        (2, 1, 1, 401),
        (2, 1, 1, 451),
    ]
    assert [s.person for s in data.query] == [1]
    assert data.multi_query == ()


def test_markets_junk_is_left_out_and_its_distractors_stay(market: Path):
    assert [s.person for s in read_market1501(market).gallery] == [0, 1]


def test_markets_drawn_boxes_are_for_multi_query(market: Path):
    touch(market, "gt_bbox/0001_c1s1_001051_00.jpg", "gt_bbox/0001_c1s1_001076_00.jpg")
    assert len(read_market1501(market).multi_query) == 2


def test_a_missing_part_of_market_is_named(market: Path):
    (market / "query" / "0001_c1s1_001051_00.jpg").unlink()
    with pytest.raises(DatasetError, match=r"query holds no crops named like 0002_c1s1"):
        read_market1501(market)


def test_tracklets_are_one_person_camera_and_sequence_in_frame_order():
    samples = [
        Sample(Path("b"), 2, 1, 1, 30),
        Sample(Path("a"), 2, 1, 1, 4),
        Sample(Path("c"), 2, 1, 2, 1),
        Sample(Path("d"), 2, 3, 1, 1),
        Sample(Path("e"), 5, 3),
    ]
    tracklets = group_tracklets(samples)
    assert [[s.path.name for s in t.samples] for t in tracklets] == [
        ["a", "b"],
        ["c"],
        ["d"],
        ["e"],
    ]
    assert (tracklets[0].person, tracklets[0].camera) == (2, 1)


def test_distractors_are_never_taken_for_one_person():
    samples = [Sample(Path("a"), 0, 1, 1, 1), Sample(Path("b"), 0, 1, 1, 2)]
    assert len(group_tracklets(samples, nobody=0)) == 2
    assert len(group_tracklets(samples)) == 1


def test_cuhk03_is_split_by_person_and_searched_from_camera_a_to_b(tmp_path: Path):
    touch(tmp_path, "0766_00.jpg", "0767_04.jpg", "0767_05.jpg", "1466_09.jpg")
    data = read_cuhk03_dataset(tmp_path)
    assert [s.path.name for s in data.train] == ["0766_00.jpg"]
    assert [s.path.name for s in data.query] == ["0767_04.jpg"]
    assert [s.path.name for s in data.gallery] == ["0767_05.jpg", "1466_09.jpg"]


def test_folders_are_numbered_alike_in_every_part(tmp_path: Path):
    touch(
        tmp_path,
        "query/ann/door/1.jpg",
        "gallery/ann/hall/1.png",
        "gallery/bob/door/1.jpeg",
        "gallery/bob/notes.txt",
    )
    data = read_folder(tmp_path)
    assert [(s.person, s.camera) for s in data.query] == [(1, 1)]
    assert [(s.person, s.camera) for s in data.gallery] == [(1, 2), (2, 1)]


def test_a_folder_with_queries_alone_says_what_is_missing(tmp_path: Path):
    touch(tmp_path, "query/ann/door/1.jpg")
    with pytest.raises(DatasetError, match=r"no crops in train, gallery.*gallery/PERSON/CAMERA"):
        read_folder(tmp_path)


def test_a_manifest_needs_no_training_rows_and_knows_tracklets(tmp_path: Path):
    touch(tmp_path, "crops/a.jpg", "crops/b.jpg")
    file = tmp_path / "set.csv"
    file.write_text(
        "path,pid,camid,split,tracklet,frame\n"
        "crops/a.jpg,7,1,query,3,12\n"
        f"{tmp_path / 'crops' / 'b.jpg'},7,2,gallery,,\n"
        "crops/b.jpg,-1,2,gallery,,\n"
    )
    data = read_manifest(file)
    assert data.train == ()
    assert data.query == (Sample(tmp_path / "crops/a.jpg", 7, 1, 3, 12),)
    assert data.gallery == (Sample(tmp_path / "crops/b.jpg", 7, 2, None, 0),)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("path,pid,camid\n", "lacks the column 'split'"),
        ("path,pid,camid,split\n", "lists no crops"),
        ("path,pid,camid,split\na.jpg,1,1,test\n", "Line 2 .* split 'test'"),
        ("path,pid,camid,split\na.jpg,x,1,query\n", "Line 2 .* pid 'x'"),
        ("path,pid,camid,split\na.jpg,1,1,query\ngone.jpg,1,1,query\n", "Line 3 .*gone.jpg"),
    ],
)
def test_a_manifest_that_cannot_be_used_names_the_line(content: str, why: str, tmp_path: Path):
    touch(tmp_path, "a.jpg")
    (tmp_path / "set.csv").write_text(content)
    with pytest.raises(DatasetError, match=why):
        read_manifest(tmp_path / "set.csv")


def test_the_format_is_guessed_from_what_lies_there(market: Path, tmp_path: Path):
    assert guess_format(market) == "market1501"
    (tmp_path / "set.csv").touch()
    assert guess_format(tmp_path / "set.csv") == "manifest"
    touch(tmp_path / "plain", "train/ann/door/1.jpg")
    assert guess_format(tmp_path / "plain") == "folder"
    touch(tmp_path / "ids", "0001_00.jpg")
    assert guess_format(tmp_path / "ids") == "cuhk03ids"
    with pytest.raises(DatasetError, match=r"named like 0000_00\.jpg"):
        read_dataset(tmp_path / "nothing")


def test_moved_data_keep_their_hash_and_changed_ones_do_not(tmp_path: Path):
    touch(tmp_path, "one/a.jpg", "two/a.jpg")
    one, two = (Sample(tmp_path / place / "a.jpg", 1, 1) for place in ("one", "two"))
    assert data_hash([one]) == data_hash([two])
    (tmp_path / "two/a.jpg").write_bytes(b"more")
    assert data_hash([one]) != data_hash([two])


@pytest.mark.data
def test_market_is_whole(retrace_data: Path):
    data = read_market1501(retrace_data / "reid" / "Market-1501-v15.09.15")
    assert (len(data.train), len(data.query), len(data.gallery)) == (12_936, 3_368, 15_913)
    assert len({s.person for s in data.train}) == 751
    tracklets = group_tracklets(data.train)
    assert sum(len(t.samples) for t in tracklets) == 12_936
    assert sum(len(t.samples) > 1 for t in tracklets) > 2_000
