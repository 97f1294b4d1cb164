// <retrace-history>: who or which run did what, newest first; each can be undone.
// Fires "changed" {text} after an undo.

import { button, define, fire, h } from "./dom.js";
import { get } from "./api.js";
import { attempt } from "./dialog.js";
import { redraw } from "./focus.js";
import { HERE, dateTime } from "./times.js";
import { undoDecision } from "./undo.js";

const STEP = 30;

class History extends HTMLElement {
  person = null; // only what concerns this one; null: everything
  #limit = STEP;

  async refresh() {
    const decisions = await attempt(async () => {
      const answer = await get("/decisions", {
        query: { person: this.person, limit: this.#limit },
      });
      return answer.decisions;
    });
    if (decisions) this.show(decisions);
  }

  show(decisions) {
    this.setAttribute("tabindex", "-1");
    redraw(this, () => {
      this.replaceChildren(
        decisions.length
          ? h(
              "ol",
              { class: "rt-history" },
              decisions.map((one) => this.#row(one)),
            )
          : h("p", { class: "rt-muted" }, "Nothing was done yet."),
        decisions.length === this.#limit ? this.#older() : "",
      );
    });
  }

  #older() {
    return button("Show older", {
      testid: "older-decisions",
      onclick: () => {
        this.#limit += STEP;
        this.refresh();
      },
    });
  }

  #row(one) {
    const who = one.run
      ? [one.actor, h("a", { href: `/match?run=${one.run}` }, `run ${one.run}`)]
      : [one.actor];
    return h(
      "li",
      {
        class: `rt-history-row ${one.undone_by ? "rt-undone" : ""}`,
        testid: "decision",
        "data-key": one.id,
        "data-kind": one.kind,
        tabindex: -1,
      },
      h("span", { class: "rt-history-text" }, one.text),
      h(
        "span",
        { class: "rt-hint" },
        h("time", { datetime: one.created, title: HERE }, dateTime(one.created, HERE)),
        " · ",
        who.flatMap((part, at) => (at ? [" · ", part] : [part])),
        one.undone_by && " · undone",
      ),
      one.can_undo &&
        button(one.reverses ? "Redo" : "Undo", {
          class: "rt-link",
          testid: "undo-decision",
          "aria-label": `${one.reverses ? "Redo" : "Undo"}: ${one.text}`,
          onclick: () => this.#undo(one),
        }),
    );
  }

  #undo(one) {
    return attempt(async () => {
      const answer = await undoDecision(one.id);
      if (answer) fire(this, "changed", { text: answer.decision?.text ?? "Undone." });
    });
  }
}

define("retrace-history", History);
