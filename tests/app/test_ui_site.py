"""The pages as served: what is there, what is not, and that nothing comes from elsewhere."""

from __future__ import annotations

import asyncio
import re
import time
import warnings
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.ui.shell import PAGES, header_html
from app.ui.site import ASSETS_URL, ELEMENTS, build_site, mount
from app.ui.theme import build_theme

FILES = sorted(path for path in ELEMENTS.iterdir() if path.suffix in {".js", ".css"})
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()

    @app.get("/api/v1/ping")
    def ping() -> str:
        return "pong"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with TestClient(mount(app)) as test_client:
            yield test_client


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/find?video=1&t=2.5",
        "/find?tracklet=7",
        "/people?identity=3",
        "/match?run=2",
        "/system",
    ],
)
def test_each_page_has_an_address_of_its_own(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert f"{ASSETS_URL}/main.js" in answer.text


def test_routes_that_were_there_before_stay_reachable(client: TestClient) -> None:
    assert client.get("/api/v1/ping").json() == "pong"


def test_an_upgraded_element_shows_at_the_next_load(client: TestClient) -> None:
    answer = client.get(f"{ASSETS_URL}/main.js")
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(f"{ASSETS_URL}/main.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_gradio_offers_no_call_of_its_own(client: TestClient) -> None:
    assert build_site().fns == {}
    info = client.get("/gradio_api/info").json()
    assert info["named_endpoints"] == {}
    assert info["unnamed_endpoints"] == {}


def test_gradio_takes_no_files_and_keeps_no_history(client: TestClient) -> None:
    answer = client.post("/gradio_api/upload", files={"files": ("a.txt", b"some text")})
    assert answer.status_code >= 400
    assert client.get("/gradio_api/runs").status_code == 404


def test_pages_that_nobody_looks_at_cost_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", counted)
    time.sleep(1.5)
    assert 0 < len(pauses) < 40, "Gradio's own pace is a thousand a second"


def test_the_theme_loads_no_fonts() -> None:
    assert build_theme()._stylesheets == []
    assert "@font-face" not in build_theme()._get_theme_css()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_elements_stand_alone(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text()
    assert text.count("\n") < 300
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text.replace(SVG_NAMESPACE, "")) == []


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".js"], ids=lambda p: p.name)
def test_text_never_becomes_markup_or_code(path) -> None:  # type: ignore[no-untyped-def]
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert re.findall(forbidden, path.read_text()) == []


@pytest.mark.parametrize(("name", "path"), PAGES)
def test_the_header_marks_the_current_page_for_screen_readers(name: str, path: str) -> None:
    assert f'<a href="{path}" aria-current=page>{name}</a>' in header_html(name)
    assert header_html(name).count("aria-current") == 1
