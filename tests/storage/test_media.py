from __future__ import annotations

import errno
import hashlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import DiskFull, InvalidInput, MediaMissing, StorageError
from storage.media import MediaStore, check_key


def files(media: MediaStore) -> list[str]:
    found = (path for path in media.root.rglob("*") if path.is_file())
    return sorted(path.relative_to(media.root).as_posix() for path in found)


def age(media: MediaStore, key: str, seconds: float) -> None:
    os.utime(media.root / key, (time.time() - seconds,) * 2)


def test_content_is_kept_under_its_hash(media: MediaStore) -> None:
    key = media.put(b"a picture", ".jpg")
    digest = hashlib.sha256(b"a picture").hexdigest()
    assert key == f"{digest[:2]}/{digest[2:]}.jpg"
    assert media.read(key) == b"a picture"
    assert media.path(key).parent.parent == media.root
    assert media.exists(key)


def test_the_same_content_is_kept_once(media: MediaStore) -> None:
    assert media.put(b"x", "jpg") == media.put(b"x", ".JPG")
    assert len(files(media)) == 1


@given(st.text(max_size=80))
def test_no_text_leads_out_of_the_store(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_key(text)


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        f"ab/{'c' * 62}.jpg/../x",
        f"/ab/{'c' * 62}.jpg",
        f"AB/{'c' * 62}.jpg",
        f"ab/{'c' * 62}.jpg\n",
        f"ab/{'c' * 62}",
        "",
    ],
)
def test_keys_that_are_none_are_refused_everywhere(media: MediaStore, key: str) -> None:
    for use in (media.path, media.read, media.exists, lambda key: media.delete([key])):
        with pytest.raises(InvalidInput):
            use(key)


@pytest.mark.parametrize("suffix", ["", "../x", "j pg", "toolongending"])
def test_endings_are_plain(media: MediaStore, suffix: str) -> None:
    with pytest.raises(InvalidInput, match="file ending"):
        media.put(b"x", suffix)


def test_what_is_missing_is_named(media: MediaStore) -> None:
    key = media.put(b"x", "jpg")
    assert media.delete([key]) == (1, 1)
    assert not media.exists(key)
    with pytest.raises(MediaMissing, match="missing from") as caught:
        media.read(key)
    assert caught.value.key == key
    assert media.delete([key]) == (0, 0)


def test_an_upload_is_moved_in(media: MediaStore) -> None:
    upload = media.temp_path("mp4")
    upload.write_bytes(b"a video")
    inode = upload.stat().st_ino
    key = media.adopt(upload, ".mp4")
    assert media.read(key) == b"a video"
    assert media.path(key).stat().st_ino == inode
    assert files(media) == [key]


def test_adopting_known_content_keeps_one_file(media: MediaStore) -> None:
    key = media.put(b"a video", "mp4")
    upload = media.temp_path()
    upload.write_bytes(b"a video")
    digest = hashlib.sha256(b"a video").hexdigest()
    assert media.adopt(upload, "mp4", sha256=digest) == key
    assert files(media) == [key]
    with pytest.raises(MediaMissing):
        media.adopt(upload, "mp4")


def test_adopting_from_another_file_system_copies(
    media: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "foreign.mp4"
    foreign.write_bytes(b"a video")
    replace = os.replace

    def crossing(source: Path, target: Path) -> None:
        if Path(source) == foreign:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", crossing)
    key = media.adopt(foreign, "mp4")
    assert media.read(key) == b"a video"
    assert not foreign.exists()
    assert files(media) == [key]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        (errno.ENOSPC, DiskFull, r"is full: 5 bytes are wanted, [\d,]+ are free"),
        (errno.EACCES, StorageError, "permissions"),
    ],
)
def test_trouble_with_the_disk_is_told_and_leaves_nothing(
    media: MediaStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    error: type[Exception],
    message: str,
) -> None:
    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    upload = tmp_path / "upload"
    upload.write_bytes(b"video")
    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(error, match=message):
        media.put(b"12345", "jpg")
    with pytest.raises(error, match=message):
        media.adopt(upload, "mp4")
    assert files(media) == []
    assert upload.read_bytes() == b"video"


def test_a_file_put_again_since_a_removal_began_stays(media: MediaStore) -> None:
    old, wanted = media.put(b"old", "jpg"), media.put(b"wanted", "jpg")
    age(media, old, 60)
    age(media, wanted, 60)
    began = datetime.now(UTC)
    assert media.put(b"wanted", "jpg") == wanted
    assert media.delete([old, wanted], before=began) == (1, 3)
    assert files(media) == [wanted]


def test_sweeping_takes_orphans_but_not_what_is_young_or_known(media: MediaStore) -> None:
    known, orphan, young = (media.put(each, "jpg") for each in (b"known", b"orphan", b"young"))
    stale, upload = media.temp_path(), media.temp_path()
    stale.write_bytes(b"stale")
    upload.write_bytes(b"upload")
    os.utime(stale, (time.time() - 100_000,) * 2)
    age(media, known, 7200)
    age(media, orphan, 7200)
    assert media.sweep({known}) == (2, 11)
    assert files(media) == sorted([known, young, upload.relative_to(media.root).as_posix()])


def test_free_room_is_known(media: MediaStore) -> None:
    assert media.free_bytes() > 0
