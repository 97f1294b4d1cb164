"""Is this installation healthy? Versions, devices, weights, codecs, disk, database, index."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import av

from app.errors import describe
from app.jobs.worker import live_worker
from app.services.actor import Actor
from app.services.models import better_model, detector_state, list_models
from app.workspace import Workspace
from storage import embeddings, videos

PACKAGES = (
    "torch",
    "torchvision",
    "ultralytics",
    "opencv-python",
    "gradio",
    "sqlalchemy",
    "faiss-cpu",
    "av",
    "numpy",
    "openvino",
    "onnxruntime",
    "trackers",
)
CODECS = ("h264", "hevc", "mpeg4", "mjpeg", "vp9", "av1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `state` is "ok", "warning" or "broken"."""

    topic: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was looked at."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken."""
        return all(finding.state != "broken" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """An object with `healthy` and `findings`."""
        return {
            "healthy": self.healthy,
            "findings": [asdict(finding) for finding in self.findings],
        }


def examine(actor: Actor, workspace: Workspace) -> Examination:
    """Look at everything; a check that fails is a finding, not an error."""
    checks: list[Callable[[Actor, Workspace], list[Finding]]] = [
        _versions,
        _devices,
        _codecs,
        _detector,
        _models,
        _disk,
        _database,
        _videos,
        _index,
        _worker,
    ]
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check(actor, workspace)
        except Exception as error:
            topic = check.__name__.strip("_")
            findings.append(Finding(topic, "broken", describe(error).message))
    return Examination(tuple(findings))


def _versions(_actor: Actor, _workspace: Workspace) -> list[Finding]:
    parts = [f"{name} {version(name)}" for name in PACKAGES]
    where = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Finding("versions", "ok", f"{where}; {', '.join(parts)}")]


def _devices(_actor: Actor, _workspace: Workspace) -> list[Finding]:
    import torch  # takes seconds, which most commands need not pay

    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
        return [Finding("devices", "ok", f"CUDA: {names}")]
    return [Finding("devices", "ok", f"CPU, {torch.get_num_threads()} threads; no CUDA device")]


def _codecs(_actor: Actor, _workspace: Workspace) -> list[Finding]:
    missing = [name for name in CODECS if not _decodes(name)]
    if missing:
        text = f"cannot decode {', '.join(missing)}; reinstall the package av"
        return [Finding("codecs", "broken", text)]
    return [Finding("codecs", "ok", f"decodes {', '.join(CODECS)}")]


def _decodes(name: str) -> bool:
    try:
        av.codec.Codec(name, "r")
    except (ValueError, av.error.FFmpegError):
        return False
    return True


def _detector(actor: Actor, workspace: Workspace) -> list[Finding]:
    detector = workspace.detector()
    state = detector_state(actor, workspace)
    licence = state.licence or "terms not known"
    text = f"{detector.name} on {detector.device}, {licence}, sha256 {detector.sha256}"
    if state.message:
        text += f". {state.message}"
    return [Finding("detector", "ok", text)]


def _models(actor: Actor, workspace: Workspace) -> list[Finding]:
    model = workspace.model()
    terms = (
        f"for research only ({model.card.terms})" if model.card.research_only else model.card.terms
    )
    calibrated = "calibrated" if model.calibration else "not calibrated: words, no per cent"
    text = f"{model.card.name} on {model.device}, sha256 {model.sha256}, {calibrated}; {terms}"
    findings = [Finding("re-ID model", "ok", text)]
    others = [
        each
        for each in list_models(actor, workspace)
        if each["state"] == "ready" and not each["active"]
    ]
    better = [each["name"] for each in others if each["best"]]
    if better:
        text = f"{better[0]} measures better; to switch: models use {better[0]}"
        findings.append(Finding("best model", "ok", text))
    elif fetchable := better_model(actor, workspace):
        text = (
            f"{fetchable.name} measures better (mAP {100 * fetchable.mean_ap:.0f} against "
            f"{100 * fetchable.active_mean_ap:.0f}); to get it: models fetch {fetchable.name}"
        )
        findings.append(Finding("best model", "ok", text))
    if others:
        told = [
            f"{each['name']} (sha256 {each['sha256']}"
            f"{', for research only' if each['research_only'] else ''})"
            for each in others
        ]
        findings.append(Finding("further models", "ok", ", ".join(told)))
    return findings


def _disk(_actor: Actor, workspace: Workspace) -> list[Finding]:
    free = shutil.disk_usage(workspace.home).free
    state = "warning" if free < 2 << 30 else "ok"
    return [Finding("disk", state, f"{free / 1e9:.1f} GB free at {workspace.home}")]


def _database(_actor: Actor, workspace: Workspace) -> list[Finding]:
    problems = workspace.database.check()
    if problems:
        return [Finding("database", "broken", problem) for problem in problems]
    return [Finding("database", "ok", "sound")]


def _videos(actor: Actor, workspace: Workspace) -> list[Finding]:
    with workspace.database.read() as session:
        rows = videos.list_videos(session, actor.cameras)
    failed = [row.name for row in rows if row.state == "failed"]
    if failed:
        return [Finding("videos", "warning", f"failed: {', '.join(failed)}")]
    return [Finding("videos", "ok", f"{len(rows)} in the store")]


def _index(_actor: Actor, workspace: Workspace) -> list[Finding]:
    model = workspace.model_or_none()
    if model is None:
        return []
    with workspace.database.read() as session:
        if all(row.space != model.space for row in embeddings.list_embedders(session)):
            return [Finding("index", "ok", "empty")]
        waiting = embeddings.count_without(session, model.space)
    index = workspace.index(model.space, model.image.dimension)
    problems = index.check()
    if problems:
        remedy = "run `index rebuild`"
        return [Finding("index", "broken", f"{problem}; {remedy}") for problem in problems]
    if waiting:
        return [Finding("index", "warning", f"{waiting} sightings to embed; run `embed`")]
    return [Finding("index", "ok", f"{index.count} vectors")]


def _worker(_actor: Actor, workspace: Workspace) -> list[Finding]:
    running = live_worker(workspace.home)
    return [Finding("worker", "ok", "running" if running else "not running; `serve` starts it")]
