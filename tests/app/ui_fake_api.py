"""Made-up answers of `/api/v1` for the tests of the pages, with names that try to be markup."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from PIL import Image

from app.ui.site import mount

HOSTILE = "<img src=x onerror=window.hacked=1>"
CROP = "/api/v1/media/c?token=1"


def _jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 110, 120)).save(out, "JPEG")
    return out.getvalue()


def _video(number: int, camera: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "video": f"recording {number} {HOSTILE}.mp4", "camera": camera,
        "camera_id": number, "state": "done", "error": None, "progress": None, "message": None,
        "eta_seconds": None, "job": number, "duration": 40.0, "width": 640, "height": 360,
        "fps": 25.0, "start": f"2026-05-04T09:0{number}:00Z", "start_source": "given",
        "start_confirmed": True, "tracklets": 2, "warnings": [], "thumbnail": CROP,
        "size": 1000, "sha256": "0" * 64, "version": 1, **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """An answer that is an error with a body of its own."""

    status: int
    error: dict[str, Any]


class FakeApi:
    """The state behind the answers; tests read `calls` and change what they need."""

    def __init__(self) -> None:
        self.cameras = [
            {"id": n, "name": name, "time_zone": "Europe/Berlin", "clock_offset": 0.0, "notes": "",
             "videos": 1, "version": 1}
            for n, name in ((1, f"Entrance {HOSTILE}"), (2, "Yard"), (3, "Garage"))
        ]  # fmt: skip
        entrance = self.cameras[0]["name"]
        self.videos = [
            _video(1, str(entrance)),
            _video(2, "Yard", start_confirmed=False, start_source="name", warnings=[HOSTILE]),
            _video(3, "Garage", state="processing", progress=0.4, message="Finding people",
                   eta_seconds=130, thumbnail=None, tracklets=0),
            _video(4, "Garage", state="failed", error=f"“{HOSTILE}” is not a video.", start=None,
                   duration=None, thumbnail=None, start_source="unknown", tracklets=0),
        ]  # fmt: skip
        self.uploads: dict[int, dict[str, Any]] = {}
        self.judgements: dict[int, dict[str, Any]] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.lose_connection = False
        self.missing: list[dict[str, Any]] = []
        self.better: dict[str, Any] | None = None
        self.calibrated = True
        self.demo = {"available": True, "installed": False, "cameras": [], "videos": [],
                     "first": None}  # fmt: skip

    def hits(self, query: list[int]) -> list[dict[str, Any]]:
        """Two sightings in the yard and one in the query's own camera, without those of `query`."""
        answered = {one["tracklet"]: one["verdict"] for one in self.judgements.values()}
        rows = ((21, 2, 0.92, "strong"), (22, 2, 0.05, "weak"), (12, 1, 0.5, "possible"))
        return [
            {"tracklet": t, "camera": self.cameras[v - 1]["name"], "camera_id": v,
             "video": self.videos[v - 1]["video"], "video_id": v,
             "start": "2026-05-04T09:01:12Z" if v == 1 else None,
             "end": "2026-05-04T09:01:15Z" if v == 1 else None, "offset_start": 12.4,
             "offset_end": 15.4, "probability": p if self.calibrated else None, "strength": s,
             "score": p, "crop": CROP, "crops": [], "own_camera": v == 1,
             "judgement": answered.get(t)}
            for t, v, p, s in rows if t not in query
        ]  # fmt: skip

    def people(self) -> list[dict[str, Any]]:
        """Two people, the smaller in front of the bigger."""
        return [
            {"tracklet": 11, "box": [100, 60, 200, 340], "label": HOSTILE},
            {"tracklet": 12, "box": [400, 120, 450, 260], "label": "12"},
        ]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """What the server would say to one call; an int stands for a status with an error."""
        parts = path.split("/")
        match method, parts[0]:
            case "GET", "cameras":
                return self.cameras
            case "GET", "videos" if len(parts) == 1:
                return self.videos
            case "GET", "videos" if parts[2] == "activity":
                return {"duration": 40.0, "bins": [0, 2, 0, 1], "bin_seconds": 10.0}
            case "GET", "videos":
                return {"video_id": int(parts[1]), "time": float(query["t"]), "frame": 0,
                        "width": 640, "height": 360, "image": "/api/v1/media/f?token=1",
                        "people": self.people(), "tracked_until": 40.0}  # fmt: skip
            case "GET", "readiness":
                return {"missing": self.missing, "better": self.better}
            case "GET", "demo":
                return self.demo
            case "POST", "demo":
                self.demo |= {"installed": True, "cameras": ["Yard"], "videos": [1], "first": 21}
                self.videos = [_video(1, "Yard")]
                return {"videos": [{"file": "yard.mp4", "state": "queued"}], "jobs": [1]}
            case "DELETE", "demo":
                self.demo |= {"installed": False, "cameras": [], "videos": [], "first": None}
                self.videos = []
                return {"removed": {"videos": 1, "tracklets": 2, "crops": 3, "bytes": 4}}
            case "GET", "guess":
                return {"camera": "Yard", "start": "2026-05-04T09:00:00Z", "start_source": "name"}
            case "GET", "tracklets":
                return {"id": int(parts[1]), "camera": "Yard", "video_id": 2, "offset_start": 12.4,
                        "offset_end": 15.4, "thumbnail": CROP}  # fmt: skip
            case "POST", "search":
                query_rows = [
                    {"kind": "tracklet", "tracklet": t, "camera": "Yard", "thumbnail": CROP}
                    for t in body["tracklets"]
                ]
                missed = {"camera": "Garage", "reason": "no footage analysed yet"}
                return {"query": query_rows, "hits": self.hits(body["tracklets"]),
                        "searched": {"tracklets": 3, "cameras": ["Yard"], "model": "m",
                                     "calibrated": self.calibrated},
                        "not_searched": [missed]}  # fmt: skip
            case "POST", "photos":
                people = [
                    {"index": n, "box": [50 + 200 * n, 20, 150 + 200 * n, 340]} for n in (0, 1)
                ]
                return {"id": "ab12", "width": 640, "height": 360, "image": CROP,
                        "people": people, "chosen": None}  # fmt: skip
            case "POST", "judgements":
                number = len(self.calls)
                self.judgements[number] = body
                return {"id": number}
            case "DELETE", "judgements":
                self.judgements.pop(int(parts[1]))
                return {}
            case "PATCH", "cameras":
                return 409
            case _, "uploads":
                return self._upload(method, parts, query, body)
        return 404

    def _upload(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> Any:
        if method == "POST" and len(parts) == 1:
            number = len(self.uploads) + 1
            self.uploads[number] = {"id": number, "offset": 0, "size": body["size"], "data": b""}
            return {"id": number, "offset": 0}
        upload = self.uploads.get(int(parts[1]))
        if upload is None:
            return 404
        if method == "PATCH":
            if int(query["offset"]) != upload["offset"]:
                return 409
            upload["data"] += body
            upload["offset"] += len(body)
        if method == "POST":
            return {
                "video": "x",
                "camera": "Yard",
                "state": "queued",
                "error": None,
                "id": 9,
                "job": 9,
            }
        return {key: upload[key] for key in ("id", "offset", "size")}


def build(fake: FakeApi) -> FastAPI:
    """The pages over the fake answers."""
    app = FastAPI()

    @app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def everything(path: str, request: Request) -> Response:
        if path.startswith("media/"):
            return Response(_jpeg(640, 360), media_type="image/jpeg")
        raw = await request.body()
        is_json = request.headers.get("content-type") == "application/json"
        body = await request.json() if is_json else raw
        fake.calls.append((request.method, path, len(raw) if not is_json else body))
        if fake.lose_connection and request.method == "PATCH":
            return JSONResponse({"error": {"code": "down", "message": "down"}}, 503)
        answer = fake.answer(request.method, path, dict(request.query_params), body)
        if isinstance(answer, Refusal):
            return JSONResponse({"error": answer.error}, answer.status)
        if isinstance(answer, int):
            message = f"Something about “{path}” is not as expected. Look again."
            return JSONResponse({"error": {"code": "fake", "message": message}}, answer)
        return JSONResponse(answer)

    return mount(app)


@contextmanager
def serving(fake: FakeApi) -> Iterator[str]:
    """Serve the pages on a free loopback port; yields the address."""
    server = uvicorn.Server(uvicorn.Config(build(fake), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
        if not thread.is_alive():
            raise RuntimeError("the test server did not start")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
