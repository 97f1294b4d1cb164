// <retrace-match>: the Match page. Four views: runs, doubtful pairs, conflicts, walking times.

import { define } from "./dom.js";
import { get } from "./api.js";
import { isClash } from "./conflict-kinds.js";
import { TabbedPage } from "./tabs.js";
import "./conflicts.js";
import "./match-runs.js";
import "./review.js";
import "./topology.js";

const PAGE = {
  title: "Match",
  intro: "Link the sightings of all cameras into people.",
  path: "/match",
  views: [
    ["runs", "Run", "retrace-match-runs"],
    ["review", "Review", "retrace-review"],
    ["conflicts", "Conflicts", "retrace-conflicts"],
    ["times", "Cameras & walking times", "retrace-topology"],
  ],
};

class Match extends TabbedPage {
  connectedCallback() {
    if (this.firstChild) return;
    this.build(PAGE);
    this.addEventListener("people-changed", () => this.#countAll());
    this.#begin();
  }

  async #begin() {
    const cameras = await get("/cameras").catch(() => []);
    for (const panel of this.panels.values()) panel.cameras = cameras;
    this.route();
    this.#countAll();
  }

  async #countAll() {
    const [pairs, clashes] = await Promise.all([
      get("/review/next", { query: { limit: 1 } }).catch(() => null),
      get("/matching/conflicts").catch(() => null),
    ]);
    if (pairs) this.count({ view: "review", count: pairs.left });
    if (clashes) this.count({ view: "conflicts", count: clashes.conflicts.filter(isClash).length });
  }
}

define("retrace-match", Match);
