"""Made-up answers about people, matching and review: a small world in which edits really happen."""

from __future__ import annotations

import copy
from typing import Any

from tests.app.ui_fake_api import CROP, HOSTILE, FakeApi, Refusal

# tracklet: camera, minute, person at the start
SEEN = {31: (1, 1, 1), 32: (2, 2, 1), 33: (3, 4, 1), 34: (1, 6, 2), 35: (2, 7, 2), 36: (3, 9, 3),
        37: (2, 11, None), 38: (3, 12, None)}  # fmt: skip
POOR = {38}
CREATED = "2026-05-04T12:00:00Z"


class FakePeople(FakeApi):
    """People, their decisions, matching runs and doubtful pairs on top of `FakeApi`."""

    def __init__(self) -> None:
        super().__init__()
        self.who = {tracklet: person for tracklet, (_, _, person) in SEEN.items()}
        self.edits = {
            n: {"name": "", "notes": "", "state": "active", "version": 1} for n in (1, 2, 3)
        }
        self.edits[1]["name"] = HOSTILE
        self.pairs = [
            self._pair(n, a, b) for n, (a, b) in enumerate([(33, 34), (35, 36), (32, 37)], 1)
        ]
        self.decisions: list[dict[str, Any]] = []
        self.before: dict[int, Any] = {}
        self.undone: list[int] = []
        self.runs: list[dict[str, Any]] = []
        self.topology = [
            {"from": a, "to": b, "relation": "unknown", "least_seconds": None,
             "typical_seconds": None, "source": "none", "learnt": None}
            for a in ("Yard", "Garage") for b in ("Yard", "Garage") if a != b
        ]  # fmt: skip
        bins = [[20, 3], [30, 8], [40, 2], [50, 1]]
        self.topology[0]["learnt"] = {"count": 14, "p05": 20, "median": 31, "p95": 58,
                                      "histogram": bins}  # fmt: skip
        self.clocks = [{"camera": "Yard", "offset_seconds": 12.4, "people": 5,
                        "spread_seconds": 1.25, "version": 1}]  # fmt: skip

    def sighting(self, tracklet: int) -> dict[str, Any]:
        """A sighting of three seconds."""
        camera, minute, _ = SEEN[tracklet]
        return {
            "id": tracklet, "camera": self.cameras[camera - 1]["name"], "camera_id": camera,
            "video": f"recording {camera}.mp4", "video_id": camera, "frames": 30, "quality": 0.8,
            "start": f"2026-05-04T09:{minute:02}:00Z", "end": f"2026-05-04T09:{minute:02}:20Z",
            "offset_start": 10.0, "offset_end": 30.0, "thumbnail": CROP, "crops": [CROP],
            "probability": 0.93 - minute / 40, "placed_by": "run", "by": "run", "run": 1,
        }  # fmt: skip

    def card(self, person: int) -> dict[str, Any]:
        """A person in the grid."""
        own = [self.sighting(t) for t, at in self.who.items() if at == person]
        edit = self.edits[person]
        return {
            **edit, "id": person, "label": edit["name"] or f"Person {person}",
            "state": edit["state"] if own else "gone", "sightings": len(own),
            "cameras": list(dict.fromkeys(one["camera"] for one in own)),
            "first": own[0]["start"] if own else None, "last": own[-1]["end"] if own else None,
            "confidence": 0.8, "confirmed": 0, "thumbnail": CROP,
        }  # fmt: skip

    def person(self, person: int) -> dict[str, Any]:
        """A person with everything the page of one shows."""
        own = [self.sighting(t) for t, at in self.who.items() if at == person]
        path = [
            {key: one[key] for key in ("camera", "start", "end", "offset_start", "offset_end")}
            | {"tracklet": one["id"], "gap_seconds": 40.0 if at else None}
            for at, one in enumerate(own)
        ]
        told = [each for each in reversed(self.decisions) if person in each["people"]]
        conflicts = [{"kind": kind, "rule": "together", "text": HOSTILE, "tracklets": [31],
                      "sightings": [], "people": [1], "created": CREATED}
                     for kind in ("answers", "decided_by_time")]  # fmt: skip
        return {**self.card(person), "sightings": own, "path": path, "history": told,
                "conflicts": conflicts, "merged_into": None}  # fmt: skip

    def _pair(self, number: int, a: int, b: int) -> dict[str, Any]:
        side = lambda t: {**self.sighting(t), "person": None}  # noqa: E731
        return {
            "id": number, "a": side(a), "b": side(b), "probability": 0.62, "words": "possible",
            "gap_seconds": 60.0, "usual": {"median": 31, "p05": 20, "p95": 58, "count": 14},
            "rival": {"tracklet": 31, "camera": "Yard", "probability": 0.31, "thumbnail": CROP},
            "would_settle": 2.0, "together": None, "kept_apart": None,
            "both": {"id": 1, "label": HOSTILE} if number == 1 else None,
        }  # fmt: skip

    def _decide(self, kind: str, text: str, *people: int) -> dict[str, Any]:
        """Remember the state before, and what is about to be done."""
        number = len(self.decisions) + 1
        self.before[number] = copy.deepcopy((self.who, self.edits, self.pairs))
        self.decisions.append({
            "id": number, "kind": kind, "text": text, "actor": HOSTILE, "created": CREATED,
            "run": None, "reverses": None, "undone_by": None, "can_undo": True,
            "people": list(people),
        })  # fmt: skip
        self.undone.clear()
        return self.decisions[-1]

    def _undo(self, number: int, with_later: bool) -> Any:
        later = [each for each in self.decisions if each["id"] > number and each["can_undo"]]
        if later and not with_later:
            return Refusal(409, {"code": "needs_later", "message": "Later.", "later": later})
        now = copy.deepcopy((self.who, self.edits, self.pairs))
        self.who, self.edits, self.pairs = self.before[number]
        self.before[number] = now
        for each in self.decisions:
            if each["id"] >= number:
                each.update(can_undo=False, undone_by=99)
        self.undone.append(number)
        return {"decision": {**self.decisions[number - 1], "text": "Undone.", "can_undo": False},
                "undone": [number]}  # fmt: skip

    def _redo(self) -> Any:
        if not self.undone:
            return 404
        number = self.undone.pop()
        self.who, self.edits, self.pairs = self.before[number]
        return {"decision": {**self.decisions[number - 1], "text": "Redone.", "can_undo": False}}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """As `FakeApi.answer`, with people, decisions, matching, topology and review before it."""
        parts = path.split("/")
        match method, parts:
            case "GET", ["people"]:
                state, text = query.get("state", "active"), query.get("q", "").lower()
                cards = [self.card(n) for n in self.edits]
                found = [
                    c for c in cards
                    if c["state"] == state and text in c["label"].lower()
                    and query.get("camera", c["cameras"][0]) in c["cameras"]
                ]  # fmt: skip
                alone = [t for t, at in self.who.items() if at is None]
                return {"people": found, "total": len(found), "unassigned": len(alone),
                        "unassigned_poor": len(POOR & set(alone))}  # fmt: skip
            case "GET", ["people", "unassigned"]:
                alone = [self.sighting(t) | {"poor": t in POOR} for t, at in self.who.items()
                         if at is None]  # fmt: skip
                return {"sightings": alone, "total": len(alone), "poor": 1}
            case "GET", ["people", "merge", "preview"]:
                return {"consequences": [f"The name {HOSTILE} stays."], "sightings": 5,
                        "cameras": ["Yard"], "conflicts": []}  # fmt: skip
            case "GET", ["people", number]:
                return self.person(int(number)) if int(number) in self.edits else 404
            case "GET", ["people", _, "split"]:
                return {"stay": [31], "go": [32, 33], "reason": "They look least alike."}
            case "POST" | "PATCH", ["people", *rest]:
                return self._edit(rest, body)
            case "GET", ["decisions"]:
                return {"decisions": self.decisions[::-1]}
            case "POST", ["decisions", "undo"]:
                open_ones = [each["id"] for each in self.decisions if each["can_undo"]]
                return self._undo(open_ones[-1], with_later=False) if open_ones else 404
            case "POST", ["decisions", "redo"]:
                return self._redo()
            case "POST", ["decisions", number, "undo"]:
                return self._undo(int(number), body["with_later"])
            case _, ["matching", *rest]:
                return self._matching(method, rest, body)
            case "GET", ["topology"]:
                return {"pairs": self.topology}
            case "PUT", ["topology"]:
                self.topology[0] |= body | {"source": "entered"}
                return self.topology[0]
            case "GET", ["topology", "clocks"]:
                return {"proposals": self.clocks}
            case "POST", ["topology", "clocks"]:
                self.clocks = []
                return self.cameras[1]
            case "GET", ["review", "next"]:
                return {"pairs": self.pairs[:5], "left": len(self.pairs),
                        "would_settle": 2.0 * len(self.pairs)}  # fmt: skip
            case "POST", ["review", number]:
                return self._review(int(number), body["answer"])
            case "GET", ["tracklets", number] if int(number) in SEEN:
                return self.sighting(int(number))
            case "POST", ["search"]:
                found = super().answer(method, path, query, body)
                found["hits"][0]["person"] = {"id": 3, "label": HOSTILE}
                return found
            case "GET", ["jobs", _]:
                return {"state": "running", "progress": 0.4, "message": "Comparing",
                        "eta_seconds": 70}  # fmt: skip
        return super().answer(method, path, query, body)

    def _edit(self, rest: list[str], body: Any) -> Any:
        if not rest:
            number = max(self.edits) + 1
            decision = self._decide("create", f"Person {number} was made", number)
            self.edits[number] = _unnamed(body.get("name", ""))
            self.who |= {tracklet: number for tracklet in body["tracklets"] if tracklet in SEEN}
            return {"person": self.card(number), "decision": decision}
        if rest == ["merge"]:
            into, others = (
                body["into"],
                [p["id"] for p in body["people"] if p["id"] != body["into"]],
            )
            decision = self._decide(
                "merge", f"Person {others[0]} was merged into {into}", into, *others
            )
            self.who = {t: into if at in others else at for t, at in self.who.items()}
            return {"person": self.card(into), "decision": decision, "consequences": []}
        number, what = int(rest[0]), rest[1] if len(rest) > 1 else "rename"
        if body["version"] != self.edits[number]["version"]:
            return Refusal(409, {"code": "conflict", "message": f"{HOSTILE} renamed it."})
        decision = self._decide(what, f"{what}: Person {number}", number)
        self.edits[number]["version"] += 1
        answer = {"decision": decision}
        match what:
            case "rename":
                self.edits[number] |= {k: v for k, v in body.items() if k in ("name", "notes")}
            case "split":
                new = max(self.edits) + 1
                self.edits[new] = _unnamed(body.get("name", ""))
                self.who |= dict.fromkeys(body["tracklets"], new)
                answer["new_person"] = self.card(new)
            case "add" | "remove":
                self.who |= dict.fromkeys(body["tracklets"], number if what == "add" else None)
            case "set-aside" | "restore":
                self.edits[number]["state"] = "set_aside" if what == "set-aside" else "active"
        return {"person": self.card(number), **answer}

    def _review(self, number: int, answer: str) -> Any:
        pair = next((each for each in self.pairs if each["id"] == number), None)
        if pair is None:
            return 404
        told = {"left": len(self.pairs), "would_settle": 4.0, "people": [], "text": ""}
        if answer == "skip":
            return told | {"decision": None}
        decision = self._decide("answer", f"{answer}: pair {number}", 1)
        self.pairs = [each for each in self.pairs if each is not pair]
        return told | {"decision": decision["id"], "people": [1], "text": f"They are {answer}."}

    def _matching(self, method: str, rest: list[str], body: Any) -> Any:
        match method, rest:
            case "GET", ["conflicts"]:
                return {"conflicts": self.person(1)["conflicts"]}
            case "GET", ["runs"]:
                return {"runs": self.runs[::-1]}
            case "POST", ["runs"]:
                number = len(self.runs) + 1
                self.runs.append(_run(number, body))
                return {"run": self.runs[-1], "job": 7}
            case "GET", ["runs", number]:
                run = self.runs[int(number) - 1]
                if run["state"] in ("queued", "running"):
                    after = "preview" if run["wanted_preview"] else "applied"
                    run["state"] = "running" if run["state"] == "queued" else after
                return run
            case "POST", ["runs", number, act]:
                run = self.runs[int(number) - 1]
                run["state"] = {"apply": "applied", "undo": "undone", "discard": "discarded"}[act]
                return run
        return 404


def _unnamed(name: str) -> dict[str, Any]:
    return {"name": name, "notes": "", "state": "active", "version": 1}


def _run(number: int, body: dict[str, Any]) -> dict[str, Any]:
    counts = {"sightings": 8, "assigned": 6, "unassigned": 2, "poor": 1, "people": 3,
              "cameras": 3, "pairs_compared": 28, "review": 3, "conflicts": 1}  # fmt: skip
    changes = {
        "new": [{"person": 3, "sightings": [36], "cameras": ["Garage"]},
                {"person": None, "sightings": [37, 38], "cameras": ["Yard", "Garage"]}],
        "merged": [{"into": 1, "from": [2]}], "split": [{"person": 1, "into": [1, 2]}],
        "changed": [{"person": 2, "added": [35], "removed": []}], "kept": 1,
    }  # fmt: skip
    return {
        "id": number, "mode": body["mode"], "state": "queued", "created": CREATED, "job": 7,
        "finished": None, "seconds": 12.5, "actor": HOSTILE, "model": "m", "code_version": "1",
        "parameters": {"seed": 1}, "counts": counts, "changes": changes, "error": None,
        "decision": 1, "wanted_preview": body["preview"],
    }  # fmt: skip
