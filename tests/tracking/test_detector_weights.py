"""Finding weights without a network, and fetching them checked, atomic and resumable."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tracking.detector_weights import (
    OFFICIAL,
    OfficialWeights,
    fetch,
    find_weights,
    weights_sha256,
)
from tracking.errors import DetectorWeightsMissing, DownloadFailed

CONTENT = bytes(range(256)) * 9000


class Server(ThreadingHTTPServer):
    """Serves CONTENT; can break off, ignore ranges, or serve something else."""

    break_after: int | None = None
    ranges = True
    content = CONTENT
    asked: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(wanted[6:-1]) if wanted and self.server.ranges else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.break_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def catalogue(server: Server) -> dict[str, OfficialWeights]:
    url = f"http://127.0.0.1:{server.server_port}/tiny.pt"
    digest = hashlib.sha256(CONTENT).hexdigest()
    return {"tiny.pt": OfficialWeights("tiny.pt", url, digest, len(CONTENT), "MIT")}


def test_a_download_is_checked_and_put_in_place(
    tmp_path: Path, server: Server, catalogue: dict[str, OfficialWeights]
) -> None:
    steps: list[tuple[int, int]] = []
    got = fetch("tiny", tmp_path / "models", lambda a, b: steps.append((a, b)), catalogue)
    assert got == tmp_path / "models" / "tiny.pt"
    assert got.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert [p.name for p in got.parent.iterdir()] == ["tiny.pt"]
    fetch("tiny.pt", tmp_path / "models", None, catalogue)
    assert len(server.asked) == 1  # the second time it is there already


def test_a_broken_download_is_gone_on_with(
    tmp_path: Path, server: Server, catalogue: dict[str, OfficialWeights]
) -> None:
    server.break_after = 1_500_000
    with pytest.raises(DownloadFailed, match="goes on where it stopped"):
        fetch("tiny.pt", tmp_path, None, catalogue)
    assert not (tmp_path / "tiny.pt").exists()
    server.break_after = None
    assert fetch("tiny.pt", tmp_path, None, catalogue).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1500000-"]


def test_a_server_that_knows_no_ranges_is_asked_for_everything(
    tmp_path: Path, server: Server, catalogue: dict[str, OfficialWeights]
) -> None:
    (tmp_path / "tiny.pt.part").write_bytes(CONTENT[:1000])
    server.ranges = False
    assert fetch("tiny.pt", tmp_path, None, catalogue).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [b"<html>sign in</html>" * 200_000, CONTENT[:-1] + b"!"])
def test_something_else_than_promised_is_not_kept(
    tmp_path: Path, server: Server, catalogue: dict[str, OfficialWeights], content: bytes
) -> None:
    server.content = content
    with pytest.raises(DownloadFailed, match="SHA-256 differs"):
        fetch("tiny.pt", tmp_path, None, catalogue)
    assert list(tmp_path.iterdir()) == []


def test_no_connection_says_what_to_do(tmp_path: Path) -> None:
    entry = OfficialWeights("x.pt", "http://127.0.0.1:9/x.pt", "0" * 64, 10, "MIT")
    with pytest.raises(DownloadFailed, match="put it into"):
        fetch("x.pt", tmp_path, None, {"x.pt": entry})
    with pytest.raises(DetectorWeightsMissing, match=r"There are: x\.pt"):
        fetch("y.pt", tmp_path, None, {"x.pt": entry})


def test_weights_are_found_by_path_name_and_bare_name(tmp_path: Path) -> None:
    first, second = tmp_path / "home", tmp_path / "shared"
    folder = second / "yolo11n_int8_openvino_model"
    folder.mkdir(parents=True)
    first.mkdir()
    (second / "yolo11n.pt").write_bytes(b"x")
    assert find_weights(second / "yolo11n.pt", []) == second / "yolo11n.pt"
    assert find_weights("yolo11n.pt", [first, second]) == second / "yolo11n.pt"
    assert find_weights("yolo11n", [first, second]) == folder
    assert find_weights("yolo11n", [first, second], "cuda") == second / "yolo11n.pt"
    (first / "yolo11n.pt").write_bytes(b"x")
    assert find_weights("yolo11n", [first, second]) == first / "yolo11n.pt"


def test_missing_weights_name_file_address_and_place(tmp_path: Path) -> None:
    with pytest.raises(DetectorWeightsMissing) as caught:
        find_weights("yolo11n", [tmp_path])
    for part in ("yolo11n.pt", OFFICIAL["yolo11n.pt"].url, str(tmp_path), "models fetch"):
        assert part in str(caught.value)
    with pytest.raises(DetectorWeightsMissing, match="no detector weights at"):
        find_weights(tmp_path / "sub" / "mine.pt", [tmp_path])
    with pytest.raises(DetectorWeightsMissing, match=r"mine\.pt' were not found"):
        find_weights("mine.pt", [tmp_path])


def test_a_folders_hash_covers_names_and_contents(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.xml").write_text("x")
    assert weights_sha256(tmp_path / "a") == weights_sha256(tmp_path / "b")
    (tmp_path / "b" / "m.bin").write_text("")
    assert weights_sha256(tmp_path / "a") != weights_sha256(tmp_path / "b")


def test_the_catalogue_is_well_formed() -> None:
    for name, entry in OFFICIAL.items():
        assert entry.name == name
        assert entry.url.startswith("https://")
        assert len(bytes.fromhex(entry.sha256)) == 32
        assert entry.size > 1_000_000
