"""From a click whose person is labelled to the sighting that it chooses, and back from hits."""

from __future__ import annotations

from pathlib import Path

from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.clicks import people_of_tracklets, tracklet_at
from benchmarks.labelled import Click, read_clicks, read_labels


def easy_click(labels: Path, camera: str | None = None) -> Click:
    """The first easy row of a queries.csv, of this camera if one is named."""
    return next(
        click
        for click in read_clicks(labels / "queries.csv")
        if click.kind == "easy" and camera in (None, click.camera)
    )


def truth_of(home: Path, labels: Path, click: Click) -> tuple[int, dict[int, int | None]]:
    """The sighting that `click` chooses in the store at `home`, and whom each sighting shows."""
    workspace = Workspace(load_settings(home=home, environment={}), Launch(home=home))
    try:
        chosen = tracklet_at(workspace, click)
        assert chosen is not None, f"nobody is outlined at {click}"
        return chosen, people_of_tracklets(workspace, read_labels(labels))
    finally:
        workspace.close()
