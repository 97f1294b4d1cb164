"""Made-up answers for the System page: jobs that move on, models that are changed, health."""

from __future__ import annotations

from typing import Any

from tests.app.ui_fake_api import CROP, HOSTILE, FakeApi, Refusal

ASKED = "2026-05-04T09:00:00Z"
OLD, NEW, AWAY = "retail-0288", "osnet", "retail-0277"


def _job(number: int, kind: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "kind": kind, "state": state, "progress": 0.0, "message": "",
        "eta_seconds": None, "attempts": 1, "error": None, "video_id": None, "params": {},
        "cancel_requested": False, "created": ASKED, "updated": ASKED, "started": None,
        "finished": None, **more,
    }  # fmt: skip


def _model(name: str, **more: Any) -> dict[str, Any]:
    measured = {"benchmark": "cuhk03-last700", "protocol": "every crop", "queries": 3211,
                "rank1": 0.354, "rank5": 0.54, "mean_ap": 0.296, "precision": "cpu",
                "command": f"measure {HOSTILE}"}  # fmt: skip
    return {
        "name": name, "summary": f"A small network {HOSTILE}", "method": "external",
        "roles": ["image_embedder", "tracklet_embedder"], "terms": "Apache-2.0",
        "research_only": False, "trained_on": "not stated", "state": "ready", "size": 978_631,
        "measured": [measured], "active": False, "waiting": 0, "job": None, "switching": False,
        "runtime": "OpenVINO, on the CPU", "device": None, "best": False, "dimension": 256,
        "input": "128×256", "source": f"made {HOSTILE}", "licence": "/models/net/LICENSE",
        "path": "/models/net", "weaknesses": [f"Changed clothes {HOSTILE}", "Crowds"],
        "recipe": {"command": "train run net", "file": "recipe.yaml"},
        "files": [{"name": "net.bin", "sha256": "0" * 64, "size": 9, "url": None}], **more,
    }  # fmt: skip


class FakeSystem(FakeApi):
    """Background work and models; a job is a step further each time it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = {
            1: _job(1, "ingest", "done", video_id=1, started=ASKED,
                    finished="2026-05-04T09:02:05Z"),
            2: _job(2, "ingest", "failed", video_id=4, attempts=3,
                    error=f"“{HOSTILE}” is not a video. Export it again, then retry."),
            3: _job(3, "ingest", "running", video_id=3, progress=0.4, eta_seconds=130,
                    message="0:16 of 0:40"),
            4: _job(4, "match", "queued", params={"run": 1}),
        }  # fmt: skip
        self.models = [
            _model(OLD, active=True, device="cpu, openvino bf16"),
            _model(NEW, waiting=8, research_only=True, terms="research only"),
            _model(AWAY, state="fetchable", waiting=8),
            _model("tkp", state="untrained", measured=[], size=0, waiting=8),
        ]
        self.detector = {"name": "yolo11n", "state": "ready", "path": "/models/yolo11n.pt",
                         "size": 5_613_764, "licence": "AGPL-3.0-or-later", "device": None,
                         "image_size": 640, "message": None}  # fmt: skip
        self.findings = [
            {"topic": "disk", "state": "ok", "message": f"9.9 GB free at {HOSTILE}"},
            {"topic": "index", "state": "broken", "message": "behind; run `index rebuild`"},
        ]
        self.notices: list[dict[str, str]] = []
        self.refuse: Refusal | None = None

    def model(self, name: str) -> dict[str, Any]:
        return next(each for each in self.models if each["name"] == name)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        match method, path.split("/"):
            case "GET", ["jobs" | "models" | "doctor"] if self.refuse:
                return self.refuse
            case "GET", ["jobs"]:
                return list(self.jobs.values())[::-1]
            case "GET", ["jobs", number]:
                return self.jobs.get(int(number), 404)
            case "POST", ["jobs", number, what]:
                state = "cancelled" if what == "cancel" else "queued"
                self.jobs[int(number)] |= {"state": state, "error": None}
                for each in self.models:
                    if each["job"] == int(number):
                        each |= {"job": None, "switching": False}
                return self.jobs[int(number)]
            case "GET", ["models"]:
                return self.models
            case "GET", ["models", "terms"]:
                return {"notices": self.notices}
            case "POST", ["models", _, "terms", "seen"]:
                self.notices = []
                return {"notices": []}
            case "GET", ["detector"]:
                return self.detector
            case "POST", ["models", "compare"]:
                return self._compare(body)
            case "POST", ["embed"]:
                return {"job": self._use(body["model"])["job"] | {"params": body}}
            case "POST", ["models", name, "use"]:
                return self._use(name)
            case "POST", ["models", name, "fetch"]:
                self.model(name)["state"] = "ready"
                return {"name": name, "path": "/models"}
            case "GET", ["models", name, "verify"]:
                return {"net.xml": "/models/net.xml", "net.bin": "/models/net.bin"}
            case "GET", ["doctor"]:
                return {"healthy": False, "findings": self.findings}
            case "POST", ["index", "rebuild"]:
                self.findings[1] |= {"state": "ok", "message": "24 vectors"}
                return {"model": OLD, "vectors": 24}
        return super().answer(method, path, query, body)

    def _use(self, name: str) -> dict[str, Any]:
        number = max(self.jobs) + 1
        self.jobs[number] = _job(number, "embed", "running", progress=0.5,
                                 message="4 of 8 sightings embedded",
                                 params={"model": name, "switch": True})  # fmt: skip
        self.model(name).update(job=number, switching=True, waiting=4)
        return {"active": OLD, "job": self.jobs[number]}

    def _compare(self, body: dict[str, Any]) -> Any:
        missing = {n: self.model(n)["waiting"] for n in (body["a"], body["b"])
                   if self.model(n)["waiting"]}  # fmt: skip
        if missing:
            return Refusal(409, {"code": "not_embedded", "message": "…", "missing": missing})
        seen = {"camera": f"Yard {HOSTILE}", "camera_id": 2, "video": "v", "video_id": 2,
                "start": None, "end": None, "offset_start": 1.0, "offset_end": 2.0,
                "frames": 9, "quality": 0.5, "thumbnail": CROP}  # fmt: skip
        hits = [[seen | {"id": t, "score": 0.5, "rank": r, "other_rank": 4 - r, "right": w}
                 for r, (t, w) in enumerate(order, 1)]
                for order in (((11, True), (12, False), (13, None)),
                              ((13, None), (12, False), (11, True)))]  # fmt: skip
        query = {"query": seen | {"id": 1}, "a": hits[0], "b": hits[1], "overlap": 1.0,
                 "correlation": -1.0, "right": 1, "first_a": 1, "first_b": 3}  # fmt: skip
        verdict = {"source": "hand", "queries": 9, "a_sooner": 8, "b_sooner": 0, "equal": 1,
                   "rank1_a": 1.0, "rank1_b": 0.25, "better": "a"}  # fmt: skip
        return {"a": body["a"], "b": body["b"], "sightings": 8, "sampled": True, "overlap": 1.0,
                "correlation": -1.0, "verdict": verdict, "queries": [query]}  # fmt: skip

    def finish_switch(self, name: str) -> None:
        """The job ends: `name` has seen all and is used."""
        self.jobs[self.model(name)["job"]]["state"] = "done"
        for each in self.models:
            each["active"] = each["name"] == name
        self.model(name).update(job=None, switching=False, waiting=0)
