// <retrace-match-runs>: start a run, watch it, read what earlier ones did.

import { button, define, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt } from "./dialog.js";
import { HERE, dateTime, length } from "./times.js";
import { RUN_STATES, modeText } from "./run-words.js";
import { count } from "./words.js";
import "./run.js";

const LISTED = 20;

class MatchRuns extends HTMLElement {
  cameras = [];
  #shown = null;

  #build() {
    this.shown = document.createElement("retrace-run");
    this.shown.addEventListener("run-changed", () => this.#list());
    this.earlier = h("div", null);
    this.append(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-start" },
        h("h2", { id: "rt-start" }, "Find out who is who"),
        this.#form(),
      ),
      this.shown,
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-earlier" },
        h("h2", { id: "rt-earlier" }, "Runs so far"),
        this.earlier,
      ),
    );
  }

  #form() {
    const option = (value, text, hint, checked) =>
      h(
        "label",
        { class: "rt-option" },
        h("input", { type: "radio", name: "mode", value, checked, testid: `mode-${value}` }),
        h("span", null, h("strong", null, text), h("span", { class: "rt-hint" }, hint)),
      );
    const preview = h("input", { type: "checkbox", name: "preview", testid: "preview" });
    const problem = h("p", { class: "rt-problem", role: "alert", testid: "start-problem" });
    problem.hidden = true;
    const start = h(
      "button",
      { class: "rt-button rt-primary", type: "submit", testid: "start-matching" },
      "Start matching",
    );
    return h(
      "form",
      {
        class: "rt-form",
        onsubmit: async (event) => {
          event.preventDefault();
          const mode = new FormData(event.target).get("mode");
          start.disabled = true;
          problem.hidden = true;
          try {
            const { run } = await post("/matching/runs", { mode, preview: preview.checked });
            this.#openRun(run.id ?? run);
          } catch (error) {
            problem.textContent = error.message;
            problem.hidden = false;
          } finally {
            start.disabled = false;
          }
        },
      },
      h(
        "p",
        null,
        "Matching compares the sightings of all recordings that have been looked through, and links those that show the same person, over cameras and over time. It needs nothing else. ",
        "What you said and corrected is always kept, and every run can be undone.",
      ),
      h(
        "fieldset",
        { class: "rt-options" },
        h("legend", { class: "rt-visually-hidden" }, "What to match"),
        option(
          "new",
          "Match new sightings",
          "People found so far stay as they are; new sightings join them or become new people.",
          true,
        ),
        option(
          "full",
          "Match everything again",
          "All links that no person made are weighed anew. Useful after many new recordings or answers.",
        ),
      ),
      h(
        "label",
        { class: "rt-check" },
        preview,
        "Only show what would change; apply it afterwards",
      ),
      problem,
      h("div", { class: "rt-actions" }, start),
    );
  }

  // query: of the address; ?run=ID opens a run
  open(query) {
    if (!this.shown) this.#build();
    const id = query.get("run");
    this.#shown = /^\d+$/.test(id ?? "") ? Number(id) : null;
    if (this.#shown) this.shown.show(this.#shown, this.cameras);
    else this.shown.rest();
    this.#list({ follow: !this.#shown });
  }

  rest() {
    this.shown?.rest();
  }

  #openRun(id) {
    const url = new URL(location.href);
    url.searchParams.set("run", id);
    window.history.pushState(null, "", url);
    this.open(url.searchParams);
    this.shown.focus();
  }

  // follow: without a run in the address, one that is under way is shown
  async #list({ follow = false } = {}) {
    const answer = await attempt(() => get("/matching/runs", { query: { limit: LISTED } }));
    if (!answer) {
      this.earlier.replaceChildren(button("Try again", { onclick: () => this.#list() }));
      return;
    }
    const { runs } = answer;
    const active = runs.find((run) => ["queued", "running"].includes(run.state));
    if (follow && active) this.shown.show(active.id, this.cameras);
    this.earlier.replaceChildren(
      runs.length === 0
        ? h("p", { class: "rt-muted", testid: "no-runs" }, "Nothing was matched yet.")
        : h(
            "div",
            { class: "rt-scroll", tabindex: 0, role: "group", "aria-label": "Runs so far" },
            table(runs),
          ),
    );
  }
}

function table(runs) {
  const columns = ["Run", "When", "What", "State", "People", "Linked", "Took", "By"];
  return h(
    "table",
    { class: "rt-table rt-runs" },
    h("caption", { class: "rt-visually-hidden" }, "Runs so far"),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        columns.map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      runs.map((run) =>
        h(
          "tr",
          { testid: "run-row", "data-run": run.id, "data-state": run.state },
          h("th", { scope: "row" }, h("a", { href: `/match?run=${run.id}` }, `Run ${run.id}`)),
          h(
            "td",
            null,
            h("time", { datetime: run.created, title: HERE }, dateTime(run.created, HERE)),
          ),
          h("td", null, modeText(run)),
          h("td", null, RUN_STATES[run.state] ?? run.state),
          h("td", null, run.counts?.people ?? "–"),
          h(
            "td",
            null,
            run.counts?.assigned === undefined ? "–" : count(run.counts.assigned, "sighting"),
          ),
          h("td", null, length(run.seconds)),
          h("td", null, run.actor),
        ),
      ),
    ),
  );
}

define("retrace-match-runs", MatchRuns);
