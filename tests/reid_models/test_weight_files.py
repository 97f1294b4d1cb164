"""Finding, checking, fetching and importing a model's files."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reid_models import weight_files
from reid_models.cards import ModelCard, ModelFile, write_card
from reid_models.errors import (
    FetchFailed,
    ModelUntrained,
    WeightsBroken,
    WeightsMissing,
)
from reid_models.weight_files import fetch, find_files, verify

from .conftest import MakeCard

CONTENT = bytes(range(256)) * 9000


class Shop:
    """A server on the loopback that sends CONTENT, or misbehaves as told."""

    def __init__(self) -> None:
        self.sent = CONTENT
        self.status = 200
        self.break_after: int | None = None
        self.ranges: list[str | None] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                shop.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                body = shop.sent[start:]
                self.send_response(206 if asked and shop.status == 200 else shop.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                # The client hangs up when it is sent more than it was promised.
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body[: shop.break_after])

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tiny.onnx"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    thread = threading.Thread(target=shop.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()
    thread.join()


@pytest.fixture
def card(tmp_path: Path, make_card: MakeCard, shop: Shop) -> ModelCard:
    """A card in tmp_path whose one file the shop sells."""
    file = ModelFile(
        name="tiny.onnx",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        url=shop.url,
    )
    card = make_card(files=(file,), folders=("shelf",))
    (tmp_path / "tiny").mkdir()
    write_card(card, tmp_path / "tiny" / "card.yaml")
    return card


@pytest.mark.parametrize("place", [".", "tiny", "shelf"])
def test_files_are_found_flat_by_model_and_in_the_cards_folders(
    place: str, card: ModelCard, tmp_path: Path
):
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "tiny.onnx").write_bytes(CONTENT)
    assert find_files(card, [tmp_path / "nowhere", tmp_path]) == {
        "tiny.onnx": tmp_path / place / "tiny.onnx"
    }


def test_a_cut_short_copy_does_not_hide_a_whole_one(card: ModelCard, tmp_path: Path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    (first / "tiny.onnx").write_bytes(CONTENT[:-1])
    (second / "tiny.onnx").write_bytes(CONTENT)
    assert find_files(card, [first, second]) == {"tiny.onnx": second / "tiny.onnx"}


def test_missing_weights_name_the_file_the_command_the_address_and_the_place(
    card: ModelCard, tmp_path: Path, shop: Shop
):
    with pytest.raises(WeightsMissing) as caught:
        verify("tiny", [tmp_path])
    for part in ("tiny.onnx", "models fetch tiny", shop.url, str(tmp_path / "tiny")):
        assert part in str(caught.value)


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT[:-1] + b"!"])
def test_another_file_under_the_right_name_is_refused(
    wrong: bytes, card: ModelCard, tmp_path: Path
):
    (tmp_path / "tiny.onnx").write_bytes(wrong)
    with pytest.raises(WeightsBroken) as caught:
        verify("tiny", [tmp_path])
    assert str(tmp_path / "tiny.onnx") in str(caught.value)


def test_an_untrained_method_has_nothing_to_verify():
    with pytest.raises(ModelUntrained, match="models list"):
        verify("baseline", [])


def test_fetch_brings_the_file_and_reports_its_progress(card: ModelCard, tmp_path: Path):
    steps: list[tuple[str, int, int]] = []
    folder = fetch("tiny", tmp_path, lambda *step: steps.append(step))
    assert folder == tmp_path / "tiny"
    assert verify("tiny", [tmp_path])["tiny.onnx"].read_bytes() == CONTENT
    assert steps[-1] == ("tiny.onnx", len(CONTENT), len(CONTENT))
    assert [step[1] for step in steps] == sorted(step[1] for step in steps)
    assert not list(tmp_path.rglob("*.part"))


def test_fetch_leaves_a_right_file_alone(card: ModelCard, tmp_path: Path, shop: Shop):
    (tmp_path / "tiny" / "tiny.onnx").write_bytes(CONTENT)
    fetch("tiny", tmp_path)
    assert shop.ranges == []


def test_a_broken_off_fetch_goes_on_where_it_was(card: ModelCard, tmp_path: Path, shop: Shop):
    shop.break_after = 1000
    with pytest.raises(FetchFailed, match="again to continue"):
        fetch("tiny", tmp_path)
    assert find_files(card, [tmp_path]) is None
    shop.break_after = None
    fetch("tiny", tmp_path)
    assert shop.ranges == [None, "bytes=1000-"]
    assert verify("tiny", [tmp_path])


def test_what_arrives_is_checked_and_a_wrong_file_is_not_kept(
    card: ModelCard, tmp_path: Path, shop: Shop
):
    shop.sent = CONTENT[::-1]
    with pytest.raises(WeightsBroken, match="SHA-256"):
        fetch("tiny", tmp_path)
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["card.yaml"]


def test_more_than_was_promised_is_not_taken(card: ModelCard, tmp_path: Path, shop: Shop):
    shop.sent = CONTENT * 3
    with pytest.raises(WeightsBroken, match="size"):
        fetch("tiny", tmp_path)
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == ["card.yaml"]


def test_a_dead_address_is_a_message_not_a_traceback(card: ModelCard, tmp_path: Path, shop: Shop):
    shop.status = 404
    with pytest.raises(FetchFailed, match="models import FILE"):
        fetch("tiny", tmp_path)


def test_without_a_network_the_address_and_the_other_way_are_named(
    make_card: MakeCard, tmp_path: Path
):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/tiny.onnx"
        file = ModelFile(name="tiny.onnx", sha256="0" * 64, size=9, url=url)
        (tmp_path / "tiny").mkdir()
        write_card(make_card(files=(file,)), tmp_path / "tiny" / "card.yaml")
        with pytest.raises(FetchFailed, match=r"refused.*models import FILE") as caught:
            fetch("tiny", tmp_path)
    assert url in str(caught.value)


def test_without_an_address_the_user_is_told_to_import(tmp_path: Path):
    with pytest.raises(WeightsMissing, match="models import FILE"):
        fetch("osnet_x0_25_msmt17", tmp_path)


def test_what_ships_with_the_program_is_found_last(
    tmp_path: Path, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(weight_files, "SHIPPED_CARDS", tmp_path / "shipped")
    card = make_card(CONTENT)
    shipped, own = (tmp_path / place / "tiny" / "tiny.onnx" for place in ("shipped", "own"))
    for path in (shipped, own):
        path.parent.mkdir(parents=True)
    shipped.write_bytes(CONTENT)
    assert find_files(card, [tmp_path / "own"]) == {"tiny.onnx": shipped}
    own.write_bytes(CONTENT)
    assert find_files(card, [tmp_path / "own"]) == {"tiny.onnx": own}


def test_a_checkpoint_of_the_same_network_does_not_pass_for_what_ships(
    tmp_path: Path, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
):
    """Files of one network have one name and one size, whatever it has learnt."""
    monkeypatch.setattr(weight_files, "SHIPPED_CARDS", tmp_path / "shipped")
    card = make_card(CONTENT)
    monkeypatch.setattr(weight_files, "card_named", lambda *_: card)
    shipped, own = (tmp_path / place / "tiny" / "tiny.onnx" for place in ("shipped", "own"))
    for path, content in ((shipped, CONTENT), (own, CONTENT[::-1])):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert verify("tiny", [tmp_path / "own"]) == {"tiny.onnx": shipped}
    assert fetch("tiny", tmp_path / "empty") == shipped.parent
    shipped.write_bytes(CONTENT[::-1])
    (shipped.parent / "LICENSE").write_text("Anybody may use these.")
    with pytest.raises(WeightsBroken, match="get the program's own files again"):
        verify("tiny", [tmp_path / "own"])
