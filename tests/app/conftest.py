"""A fresh store, small videos, and an API client for the tests of `app`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.api.application import create_api
from app.settings import load_settings
from app.workspace import Launch, Workspace
from reid_models import weight_files


@pytest.fixture
def workspace(
    tmp_path: Path, empty_site: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """An empty store that knows no weights, not even those that come with the program."""
    monkeypatch.setattr(weight_files, "SHIPPED_CARDS", tmp_path / "nothing")
    home = shutil.copytree(empty_site, tmp_path / "home")
    settings = load_settings(home=home, environment={})
    opened = Workspace(settings, Launch(home=home))
    yield opened
    opened.close()


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    """The REST API of that store, without a worker."""
    with TestClient(create_api(workspace), base_url="http://127.0.0.1:7860") as opened:
        yield opened


def write_video(path: Path, *, frames: int = 20, shade: int = 90) -> Path:
    """A short grey H.264 video; `shade` makes contents differ."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for number in range(frames):
            image = np.full((96, 128, 3), shade + number, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    """Writes short videos into the test's folder."""

    def make(name: str = "cam1.mp4", **options: int) -> Path:
        return write_video(tmp_path / name, **options)

    return make


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an empty store, to be copied: quicker than making its tables once a test."""
    home = tmp_path_factory.mktemp("empty") / "home"
    Workspace(load_settings(home=home, environment={}), Launch(home=home)).close()
    return home
