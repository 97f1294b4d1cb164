// <retrace-match>: the Match page. Four views: runs, doubtful pairs, conflicts, walking times.

import { define, h } from "./dom.js";
import { get } from "./api.js";
import { isClash } from "./conflict-kinds.js";
import "./conflicts.js";
import "./match-runs.js";
import "./review.js";
import "./topology.js";

const VIEWS = [
  ["runs", "Run", "retrace-match-runs"],
  ["review", "Review", "retrace-review"],
  ["conflicts", "Conflicts", "retrace-conflicts"],
  ["times", "Cameras & walking times", "retrace-topology"],
];

class Match extends HTMLElement {
  #tabs = new Map(); // view → its tab
  #panels = new Map(); // view → its element

  connectedCallback() {
    if (this.firstChild) return;
    document.title = "Match – Retrace";
    const tabs = h("div", { class: "rt-tabs", role: "tablist", "aria-label": "Matching" });
    const panels = h("div", null);
    for (const [view, text, tag] of VIEWS) {
      const number = h("span", { class: "rt-tab-count" });
      const tab = h(
        "button",
        {
          type: "button",
          class: "rt-tab",
          role: "tab",
          id: `rt-tab-${view}`,
          "aria-controls": `rt-panel-${view}`,
          testid: `tab-${view}`,
          onclick: () => this.#go(view),
          onkeydown: (event) => this.#arrow(event, view),
        },
        text,
        number,
      );
      const panel = document.createElement(tag);
      for (const [name, value] of Object.entries({
        role: "tabpanel",
        id: `rt-panel-${view}`,
        "aria-labelledby": tab.id,
        tabindex: -1,
      }))
        panel.setAttribute(name, value);
      this.#tabs.set(view, { tab, number });
      this.#panels.set(view, panel);
      tabs.append(tab);
      panels.append(panel);
    }
    this.append(
      h(
        "div",
        { class: "rt-page-head" },
        h("h1", null, "Match"),
        h("p", { class: "rt-muted" }, "Link the sightings of all cameras into people."),
      ),
      tabs,
      panels,
    );
    this.addEventListener("counted", ({ detail }) => this.#count(detail));
    this.addEventListener("view", ({ detail }) => this.#go(detail.view));
    this.addEventListener("people-changed", () => this.#countAll());
    this.addEventListener("click", (event) => this.#follow(event));
    window.addEventListener("popstate", this.#route);
    this.#begin();
  }

  disconnectedCallback() {
    window.removeEventListener("popstate", this.#route);
  }

  async #begin() {
    const cameras = await get("/cameras").catch(() => []);
    for (const panel of this.#panels.values()) panel.cameras = cameras;
    this.#route();
    this.#countAll();
  }

  #route = () => {
    const query = new URLSearchParams(location.search);
    const named = query.get("view");
    const view = this.#panels.has(named) ? named : "runs";
    for (const [name, { tab }] of this.#tabs) {
      const current = name === view;
      tab.setAttribute("aria-selected", String(current));
      tab.tabIndex = current ? 0 : -1;
      this.#panels.get(name).hidden = !current;
    }
    for (const [name, panel] of this.#panels) if (name !== view) panel.rest?.();
    this.#panels.get(view).open(query);
  };

  #go(view) {
    const url = new URL(location.href);
    url.searchParams.delete("run");
    if (view === "runs") url.searchParams.delete("view");
    else url.searchParams.set("view", view);
    window.history.pushState(null, "", url);
    this.#route();
  }

  #arrow(event, view) {
    const names = VIEWS.map(([name]) => name);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = names[(names.indexOf(view) + by + names.length) % names.length];
    this.#go(next);
    this.#tabs.get(next).tab.focus();
  }

  // Links between the views of this page change the view, not the page.
  #follow(event) {
    const link = event.target.closest("a[href^='/match']");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.history.pushState(null, "", link.getAttribute("href"));
    this.#route();
  }

  #count({ view, count }) {
    this.#tabs.get(view).number.textContent = count ? ` (${count})` : "";
  }

  async #countAll() {
    const [pairs, clashes] = await Promise.all([
      get("/review/next", { query: { limit: 1 } }).catch(() => null),
      get("/matching/conflicts").catch(() => null),
    ]);
    if (pairs) this.#count({ view: "review", count: pairs.left });
    if (clashes)
      this.#count({ view: "conflicts", count: clashes.conflicts.filter(isClash).length });
  }
}

define("retrace-match", Match);
