// <retrace-health>: what a look at everything found: versions, devices, disk, database, index.

import { button, define, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { count } from "./words.js";

const STATES = {
  ok: ["Fine", "done"],
  warning: ["Look at this", "queued"],
  broken: ["Broken", "failed"],
};
const ORDER = ["broken", "warning", "ok"];

class Health extends HTMLElement {
  open() {
    if (!this.status) this.#build();
    this.#look();
  }

  #build() {
    this.status = h("p", { role: "status", testid: "health-status" });
    this.again = button("Look again", { testid: "look-again", onclick: () => this.#look() });
    this.found = h("ul", { class: "rt-jobs" });
    this.append(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-health" },
        h("h2", { id: "rt-health" }, "Health"),
        h("div", { class: "rt-health-head" }, this.status, this.again),
        this.found,
      ),
    );
  }

  async #look() {
    this.again.disabled = true;
    this.status.textContent = "Looking at everything; this takes some seconds …";
    try {
      const { findings } = await get("/doctor");
      findings.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
      const bad = findings.filter((one) => one.state !== "ok").length;
      this.status.textContent = bad
        ? `${count(bad, "thing")} of ${findings.length} to look at.`
        : "All is well.";
      this.found.replaceChildren(...findings.map((finding) => this.#line(finding)));
    } catch (error) {
      this.status.textContent = error.message;
    } finally {
      this.again.disabled = false;
    }
  }

  #line({ topic, state, message }) {
    const [text, level] = STATES[state] ?? [state, "stopped"];
    return h(
      "li",
      { class: "rt-job", testid: "finding", "data-topic": topic, "data-state": state },
      h(
        "div",
        { class: "rt-job-text" },
        h(
          "p",
          null,
          h("span", { class: `rt-state rt-state-${level}` }, text),
          " ",
          h("strong", null, topic),
        ),
        h("p", { class: "rt-finding" }, message),
      ),
      ["detector", "models"].includes(topic) &&
        state === "broken" &&
        h("a", { class: "rt-button rt-primary", href: "/system?view=models" }, "Open the models"),
      topic === "index" &&
        state === "broken" &&
        button("Build the index anew", {
          class: "rt-primary",
          testid: "rebuild-index",
          onclick: () =>
            attempt(async () => {
              const { vectors } = await post("/index/rebuild");
              notify(`The index holds ${count(vectors, "vector")} now.`);
              this.#look();
            }),
        }),
    );
  }
}

define("retrace-health", Health);
