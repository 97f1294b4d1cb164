// <retrace-topology>: which cameras see the same place, and how long people walk between them.

import { button, define, field, h } from "./dom.js";
import { get, put } from "./api.js";
import { notify, openForm } from "./dialog.js";
import { redraw } from "./focus.js";
import { histogram } from "./histogram.js";
import { length } from "./times.js";
import "./clocks.js";

const RELATIONS = {
  unknown: "Not known",
  overlapping: "See the same place",
  apart: "Never see the same place",
};
const COLUMNS = ["From", "To", "Views", "At least", "Usually", "Learnt from matches"];

class Topology extends HTMLElement {
  cameras = [];
  #pairs = [];

  async open() {
    if (!this.firstChild) this.#build();
    this.clocks.cameras = this.cameras;
    this.clocks.load();
    try {
      ({ pairs: this.#pairs } = await get("/topology"));
      this.#draw();
    } catch (error) {
      this.body.replaceChildren(
        h("p", { class: "rt-problem", role: "alert" }, error.message),
        button("Try again", { onclick: () => this.open() }),
      );
    }
  }

  #build() {
    this.only = h("select", {
      class: "rt-input",
      testid: "topology-camera",
      onchange: () => this.#draw(),
    });
    this.body = h("div", { tabindex: -1 });
    this.clocks = document.createElement("retrace-clocks");
    this.append(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-topology" },
        h("h2", { id: "rt-topology" }, "Cameras and walking times"),
        h(
          "p",
          { class: "rt-hint" },
          "Nothing here is needed. What you enter is kept to strictly; what was learnt from earlier matches is only a hint.",
        ),
        field("Show", this.only),
        this.body,
      ),
      this.clocks,
    );
  }

  #draw() {
    const names = [...new Set(this.#pairs.flatMap((pair) => [pair.from, pair.to]))];
    const before = this.only.value;
    this.only.replaceChildren(
      h("option", { value: "" }, "All cameras"),
      ...names.map((name) => h("option", { value: name }, name)),
    );
    this.only.value = names.includes(before) ? before : "";
    const wanted = this.only.value;
    const shown = this.#pairs.filter(
      (pair) => !wanted || pair.from === wanted || pair.to === wanted,
    );
    redraw(this.body, () =>
      this.body.replaceChildren(
        shown.length === 0
          ? h(
              "p",
              { class: "rt-muted" },
              "There are no two cameras yet. Add recordings in the Library.",
            )
          : h(
              "div",
              { class: "rt-scroll", tabindex: 0, role: "group", "aria-label": "Camera pairs" },
              h(
                "table",
                { class: "rt-table rt-pairs" },
                h("caption", { class: "rt-visually-hidden" }, "Camera pairs"),
                h(
                  "thead",
                  null,
                  h(
                    "tr",
                    null,
                    COLUMNS.map((text) => h("th", { scope: "col" }, text)),
                    h(
                      "th",
                      { scope: "col" },
                      h("span", { class: "rt-visually-hidden" }, "Actions"),
                    ),
                  ),
                ),
                h(
                  "tbody",
                  null,
                  shown.map((pair) => this.#row(pair)),
                ),
              ),
            ),
      ),
    );
  }

  #row(pair) {
    const seconds = (value) => (value === null || value === undefined ? "–" : length(value));
    return h(
      "tr",
      {
        testid: "camera-pair",
        "data-from": pair.from,
        "data-to": pair.to,
        "data-key": `${pair.from}→${pair.to}`,
        tabindex: -1,
      },
      h("th", { scope: "row" }, pair.from),
      h("td", null, pair.to),
      h("td", null, RELATIONS[pair.relation] ?? pair.relation),
      h("td", null, seconds(pair.least_seconds)),
      h("td", null, seconds(pair.typical_seconds)),
      h(
        "td",
        null,
        pair.learnt ? histogram(pair.learnt) : h("span", { class: "rt-muted" }, "nothing yet"),
      ),
      h(
        "td",
        null,
        button("Edit", {
          testid: "edit-pair",
          "aria-label": `Edit: ${pair.from} to ${pair.to}`,
          onclick: () => this.#edit(pair),
        }),
      ),
    );
  }

  #edit(pair) {
    const number = (value, testid) =>
      h("input", {
        class: "rt-input",
        type: "number",
        min: 0,
        step: "any",
        value: value ?? "",
        placeholder: "not known",
        testid,
      });
    const relation = h(
      "select",
      { class: "rt-input", testid: "pair-relation" },
      Object.entries(RELATIONS).map(([value, text]) => h("option", { value }, text)),
    );
    relation.value = pair.relation;
    const least = number(pair.least_seconds, "pair-least");
    const typical = number(pair.typical_seconds, "pair-typical");
    const entered = (input) => (input.value === "" ? null : Number(input.value));
    openForm(
      `From ${pair.from} to ${pair.to}`,
      [
        field("These two cameras", relation),
        field(
          "Nobody is faster than, seconds",
          least,
          "A link that would need less time is ruled out.",
        ),
        field("Usually, seconds", typical),
      ],
      async () => {
        if (
          entered(least) !== null &&
          entered(typical) !== null &&
          entered(least) > entered(typical)
        )
          throw new Error("The usual time is shorter than the least one. Correct one of them.");
        await put("/topology", {
          from: pair.from,
          to: pair.to,
          relation: relation.value,
          least_seconds: entered(least),
          typical_seconds: entered(typical),
        });
        await this.open(); // the relation holds both ways
        notify("Saved; the next run keeps to it.");
      },
      { testid: "pair-dialog" },
    );
  }
}

define("retrace-topology", Topology);
