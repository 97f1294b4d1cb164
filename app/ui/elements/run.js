// <retrace-run>: one matching run: its progress, then what it found and changed.
// Fires "run-changed" when its state moved, "people-changed" when people did.

import { button, define, fire, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { redraw } from "./focus.js";
import { HERE, dateTime, length, timeLeft } from "./times.js";
import { changeLists } from "./run-changes.js";
import { RUN_STATES, findings, isUnderWay, modeText, nothingChanged } from "./run-words.js";
import { askAboutLater } from "./undo.js";

const POLL_MS = 1000;

class Run extends HTMLElement {
  #id = null;
  #cameras = [];
  #timer = null;
  #state = null;

  connectedCallback() {
    this.setAttribute("tabindex", "-1");
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  show(id, cameras) {
    this.#cameras = cameras;
    if (id !== this.#id) {
      this.#id = id;
      this.#state = null;
      this.replaceChildren(h("p", { class: "rt-muted", role: "status" }, "Loading …"));
    }
    this.#load();
  }

  rest() {
    clearTimeout(this.#timer);
    this.#id = null;
    this.replaceChildren();
  }

  async #load() {
    clearTimeout(this.#timer);
    const id = this.#id;
    try {
      const run = await get(`/matching/runs/${id}`);
      const job =
        isUnderWay(run) && run.job ? await get(`/jobs/${run.job}`).catch(() => null) : null;
      if (id !== this.#id) return;
      this.#draw(run, job);
      if (isUnderWay(run)) this.#timer = setTimeout(() => this.#load(), POLL_MS);
    } catch (error) {
      if (id !== this.#id) return;
      this.replaceChildren(
        h(
          "div",
          { class: "rt-note rt-problem", role: "alert", testid: "run-error" },
          h("p", null, error.message),
          button("Try again", { onclick: () => this.#load() }),
        ),
      );
    }
  }

  #draw(run, job) {
    const before = this.#state;
    this.#state = run.state;
    if (isUnderWay(run)) redraw(this, () => this.#drawProgress(run, job));
    else if (before !== run.state) redraw(this, () => this.#drawDone(run));
    if (before === null || before === run.state) return;
    fire(this, "run-changed");
    if (isUnderWay(run)) return;
    fire(this, "people-changed");
    if (["queued", "running"].includes(before))
      notify(run.error ?? `Run ${run.id} is done: ${RUN_STATES[run.state].toLowerCase()}.`);
  }

  #card(run, ...content) {
    return h(
      "section",
      { class: "rt-card", "aria-labelledby": "rt-run", testid: "run", "data-state": run.state },
      h(
        "div",
        { class: "rt-run-head" },
        h("h2", { id: "rt-run" }, `Run ${run.id}: ${modeText(run)}`),
        h(
          "span",
          { class: "rt-tag", role: "status", testid: "run-state" },
          RUN_STATES[run.state] ?? run.state,
        ),
      ),
      ...content,
    );
  }

  // The bar moves in place, so that the focus stays on Cancel.
  #drawProgress(run, job) {
    if (this.firstElementChild?.dataset.state !== run.state) {
      this.bar = h("progress", { max: 1, "aria-label": "Progress of the matching" });
      this.told = h("p", { class: "rt-muted", testid: "run-progress" });
      this.link = h("a", { class: "rt-button rt-quiet" }, "What else is being done");
      this.replaceChildren(
        this.#card(
          run,
          this.bar,
          this.told,
          h(
            "div",
            { class: "rt-actions" },
            this.link,
            button("Cancel", {
              testid: "cancel-run",
              onclick: () =>
                attempt(async () => {
                  await post(`/jobs/${run.job}/cancel`);
                  notify("Stopping the run; nothing is changed.");
                  this.#load();
                }),
            }),
          ),
        ),
      );
    }
    const fraction = job?.progress ?? 0;
    this.bar.value = fraction;
    this.told.textContent = [
      `${Math.floor(fraction * 100)} %`,
      job?.message || "Waiting for the worker",
      timeLeft(job?.eta_seconds),
    ]
      .filter(Boolean)
      .join(" · ");
    this.link.href = `/system?job=${run.job}`;
  }

  #drawDone(run) {
    const failed = run.state === "failed" || run.state === "cancelled";
    this.replaceChildren(
      this.#card(
        run,
        run.error &&
          h("p", { class: "rt-problem", role: "alert", testid: "run-problem" }, run.error),
        failed &&
          !run.error &&
          h("p", null, "This run ended before it was through. Nothing was changed."),
        !failed && [
          run.state === "preview" &&
            h("p", { class: "rt-note" }, "This is what would change. Nothing is applied yet."),
          h(
            "ul",
            { class: "rt-findings", testid: "run-findings" },
            findings(run).map(([text, href]) =>
              h("li", null, href ? h("a", { href }, text) : text),
            ),
          ),
          this.#actions(run),
          nothingChanged(run)
            ? h("p", { testid: "nothing-changed" }, "Nothing changed: everybody is as before.")
            : changeLists(run, this.#cameras),
        ],
        this.#record(run),
      ),
    );
  }

  #actions(run) {
    const act = (path, text) => () =>
      attempt(async () => {
        await post(`/matching/runs/${run.id}/${path}`);
        notify(text);
        this.#load();
      });
    const link = (format, text) =>
      h(
        "a",
        {
          class: "rt-button rt-quiet",
          href: `/api/v1/matching/runs/${run.id}/export?format=${format}`,
          download: "",
          testid: `run-${format}`,
        },
        text,
      );
    return h(
      "div",
      { class: "rt-actions" },
      run.state === "preview" && [
        button("Apply", {
          class: "rt-primary",
          testid: "apply-run",
          onclick: act("apply", "Applied."),
        }),
        button("Discard", {
          testid: "discard-run",
          onclick: act("discard", "Discarded; nothing was changed."),
        }),
      ],
      run.state === "applied" && [
        h("a", { class: "rt-button rt-primary", href: "/people" }, "See the people"),
        run.decision &&
          button("Undo this run", { testid: "undo-run", onclick: () => this.#undo(run) }),
      ],
      link("json", "Export (JSON)"),
      link("csv", "Export (table)"),
    );
  }

  #undo(run) {
    const again = (options) => post(`/matching/runs/${run.id}/undo`, options);
    return attempt(async () => {
      try {
        await again({ with_later: false });
      } catch (error) {
        if (error.code !== "needs_later") throw error;
        if (!(await askAboutLater(error, again))) return;
      }
      notify("The run was undone: everybody is as before it.");
      this.#load();
    });
  }

  #record(run) {
    const rows = [
      ["Started by", `${run.actor}, ${dateTime(run.created, HERE)}`],
      ["Took", length(run.seconds)],
      ["Model", run.model ?? "–"],
      ["Version", run.code_version ?? "–"],
      ["Pairs compared", run.counts?.pairs_compared ?? "–"],
      ...Object.entries(run.parameters ?? {}).map(([name, value]) => [
        name,
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]),
    ];
    return h(
      "details",
      { class: "rt-details" },
      h("summary", null, "The run's record"),
      h(
        "dl",
        { class: "rt-record" },
        rows.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
      ),
    );
  }
}

define("retrace-run", Run);
