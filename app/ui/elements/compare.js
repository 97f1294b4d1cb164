// <retrace-compare>: two models on this archive, their first hits side by side.
// Fires "models-changed" when it has sightings prepared for one.

import { button, define, field, fire, h } from "./dom.js";
import { get, post } from "./api.js";
import { comparedQuery, comparisonSummary } from "./compared.js";
import { isOpen } from "./job-words.js";
import { count } from "./words.js";

const POLL_MS = 1500;
const SAMPLES = [10, 20, 50];

class Compare extends HTMLElement {
  #names = "";

  connectedCallback() {
    if (this.firstChild) return;
    const choice = (testid) => h("select", { class: "rt-input", testid });
    this.a = choice("compare-a");
    this.b = choice("compare-b");
    this.sample = h(
      "select",
      { class: "rt-input", testid: "compare-sample" },
      SAMPLES.map((n) => h("option", { value: n }, `${n} drawn sightings`)),
    );
    this.chosen = h("input", {
      class: "rt-input",
      testid: "compare-chosen",
      inputmode: "numeric",
      placeholder: "none: drawn ones",
    });
    this.start = h(
      "button",
      { class: "rt-button rt-primary", type: "submit", testid: "compare" },
      "Compare",
    );
    this.status = h("div", { role: "status", testid: "compare-status" });
    this.found = h("div", { class: "rt-compared" });
    this.append(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-compare", tabindex: -1 },
        h("h2", { id: "rt-compare" }, "Compare two models before you change"),
        h(
          "p",
          { class: "rt-muted" },
          "Both look for the same sightings in the other cameras. Nothing is changed by it.",
        ),
        h(
          "form",
          { class: "rt-compare-form", onsubmit: (event) => this.#submit(event) },
          field("Model A", this.a),
          field("Model B", this.b),
          field("Ask by", this.sample),
          field("Or by these sightings (numbers)", this.chosen),
          this.start,
        ),
        this.status,
        this.found,
      ),
    );
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  set models(models) {
    const names = models.filter((model) => model.state === "ready").map((model) => model.name);
    this.hidden = names.length < 2;
    if (names.join() === this.#names) return;
    this.#names = names.join();
    const active = models.find((model) => model.active)?.name ?? names[0];
    for (const select of [this.a, this.b])
      select.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
    this.a.value = active;
    this.b.value = names.find((name) => name !== active) ?? "";
  }

  prefill(a, b) {
    if (a) this.a.value = a;
    this.b.value = b;
    this.firstElementChild.scrollIntoView({ block: "start" });
    this.start.focus({ preventScroll: true });
  }

  #submit(event) {
    event.preventDefault();
    this.#compare();
  }

  async #compare() {
    clearTimeout(this.timer);
    const tracklets = (this.chosen.value.match(/\d+/g) ?? []).map(Number);
    const body = { a: this.a.value, b: this.b.value, sample: Number(this.sample.value), tracklets };
    this.start.disabled = true;
    this.found.replaceChildren();
    this.status.replaceChildren(h("p", { class: "rt-muted" }, "Comparing …"));
    try {
      const found = await post("/models/compare", body);
      this.status.replaceChildren(comparisonSummary(found));
      this.found.replaceChildren(...found.queries.map((query) => comparedQuery(query)));
    } catch (error) {
      const missing = error.body?.error?.missing;
      if (missing) this.#offer(missing);
      else this.status.replaceChildren(h("p", { class: "rt-problem" }, error.message));
    } finally {
      this.start.disabled = false;
    }
  }

  #offer(missing) {
    const lines = Object.entries(missing).map(
      ([name, n]) => `${name} has not seen ${count(n, "sighting")} yet.`,
    );
    const prepare = button("Prepare them, then compare", {
      class: "rt-primary",
      testid: "compare-prepare",
      onclick: () => this.#prepare(Object.keys(missing)),
    });
    this.status.replaceChildren(
      h(
        "div",
        { class: "rt-note", testid: "compare-missing" },
        h("p", null, lines.join(" "), " Search goes on with the present model meanwhile."),
        h("div", { class: "rt-actions" }, prepare),
      ),
    );
    prepare.focus({ preventScroll: true });
  }

  async #prepare(names) {
    try {
      const jobs = [];
      for (const model of names) jobs.push((await post("/embed", { model })).job);
      fire(this, "models-changed");
      await this.#follow(jobs);
    } catch (error) {
      this.status.replaceChildren(h("p", { class: "rt-problem" }, error.message));
    }
  }

  async #follow(jobs) {
    const now = await Promise.all(jobs.map(({ id }) => get(`/jobs/${id}`)));
    const open = now.filter(isOpen);
    const ended = now.find((job) => ["failed", "cancelled"].includes(job.state));
    if (ended) throw new Error(ended.error ?? "Preparing was cancelled; what is done is kept.");
    if (open.length === 0) {
      fire(this, "models-changed");
      return this.#compare();
    }
    const done = now.reduce((sum, job) => sum + (isOpen(job) ? job.progress : 1), 0) / now.length;
    this.status.replaceChildren(
      h("progress", { max: 1, value: done, "aria-label": "Preparing the comparison" }),
      h(
        "p",
        { class: "rt-hint" },
        open[0].state === "queued" ? "Waiting for its turn. " : `${open[0].message}. `,
        h("a", { href: `/system?job=${open[0].id}` }, `Job ${open[0].id}`),
      ),
    );
    this.timer = setTimeout(
      () => this.#follow(jobs).catch((error) => this.status.replaceChildren(error.message)),
      POLL_MS,
    );
    return null;
  }
}

define("retrace-compare", Compare);
