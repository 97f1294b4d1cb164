// <retrace-jobs>: background work, live: running, waiting, what failed and why, what is done.
// ?job=ID in the address shows one of them.

import { button, define, h } from "./dom.js";
import { get } from "./api.js";
import { counted } from "./counted.js";
import { redraw } from "./focus.js";
import { jobRow } from "./job-row.js";
import { isOpen } from "./job-words.js";

const ACTIVE_MS = 1500;
const IDLE_MS = 10000;
const DONE_SHOWN = 20;
const SECTIONS = [
  ["running", "Running", (job) => job.state === "running"],
  ["queued", "Waiting", (job) => job.state === "queued"],
  ["failed", "Failed", (job) => job.state === "failed"],
  ["ended", "Done and cancelled", (job) => ["done", "cancelled"].includes(job.state)],
];

class Jobs extends HTMLElement {
  #rows = new Map(); // job → {state, element, update}
  #timer = null;
  #wanted = null;
  #open = false;
  #all = false;

  open(query) {
    const id = query.get("job");
    this.#wanted = /^\d+$/.test(id ?? "") ? Number(id) : null;
    this.#open = true;
    if (!this.parts) this.#build();
    document.addEventListener("visibilitychange", this.#load);
    this.#load();
  }

  rest() {
    this.#open = false;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#load);
  }

  #build() {
    this.status = h("p", { class: "rt-muted", role: "status", testid: "jobs-status" }, "Loading …");
    this.problem = h("div", { class: "rt-note rt-problem", role: "alert", testid: "jobs-error" });
    this.problem.hidden = true;
    this.more = button("Show all", {
      class: "rt-link",
      testid: "all-jobs",
      onclick: () => {
        this.#all = true;
        this.#load();
      },
    });
    this.parts = new Map(
      SECTIONS.map(([name, title]) => {
        const list = h("ul", { class: "rt-jobs" });
        const id = `rt-jobs-${name}`;
        const heading = h("h2", { id }, title);
        const section = h("section", { class: "rt-card", "aria-labelledby": id }, heading, list);
        section.hidden = true;
        if (name === "ended") section.append(this.more);
        return [name, { section, heading, list, title }];
      }),
    );
    this.append(
      this.status,
      this.problem,
      ...[...this.parts.values()].map(({ section }) => section),
    );
  }

  #load = async () => {
    clearTimeout(this.#timer);
    if (!this.#open || document.hidden) return;
    let wait = IDLE_MS;
    try {
      const [listed, videos] = await Promise.all([get("/jobs"), get("/videos")]);
      const jobs = await this.#withWanted(listed);
      if (!this.#open) return;
      this.problem.hidden = true;
      redraw(this, () => this.#draw(jobs, videos));
      this.#show();
      if (jobs.some(isOpen)) wait = ACTIVE_MS;
    } catch (error) {
      this.status.textContent = "";
      this.problem.replaceChildren(
        h("p", null, error.message),
        button("Try again", { onclick: this.#load }),
      );
      this.problem.hidden = false;
    }
    clearTimeout(this.#timer);
    if (this.#open) this.#timer = setTimeout(this.#load, wait);
  };

  // One that is asked for may be too old to be listed.
  async #withWanted(jobs) {
    if (this.#wanted === null || jobs.some((job) => job.id === this.#wanted)) return jobs;
    const one = await get(`/jobs/${this.#wanted}`).catch((error) => {
      if (error.status !== 404) throw error;
      this.lost = `Job ${this.#wanted} is gone: its recording was removed, or it never was.`;
      this.#wanted = null;
      return null;
    });
    return one ? [...jobs, one] : jobs;
  }

  #draw(jobs, videos) {
    const open = jobs.filter(isOpen).length;
    const failed = jobs.filter((job) => job.state === "failed").length;
    counted(this, "jobs", open);
    this.status.textContent = [this.lost, summary(jobs.length, open, failed)]
      .filter(Boolean)
      .join(" ");
    for (const id of this.#rows.keys())
      if (!jobs.some((job) => job.id === id)) this.#rows.delete(id);
    for (const [name, , fits] of SECTIONS) {
      const { section, heading, list, title } = this.parts.get(name);
      // What waits is done in this order: the oldest first.
      const own = jobs.filter(fits).sort((a, b) => (name === "queued" ? a.id - b.id : b.id - a.id));
      const some =
        name === "ended" && !this.#all
          ? own.filter((job, at) => at < DONE_SHOWN || job.id === this.#wanted)
          : own;
      if (name === "ended") {
        this.more.hidden = some.length === own.length;
        this.more.textContent = `Show all ${own.length}`;
      }
      section.hidden = own.length === 0;
      heading.textContent = own.length > 1 ? `${title} (${own.length})` : title;
      const elements = some.map((job) => this.#row(job, videos));
      const same =
        elements.length === list.children.length &&
        elements.every((element, at) => list.children[at] === element);
      if (!same) list.replaceChildren(...elements);
    }
  }

  #row(job, videos) {
    const state = `${job.state} ${job.error} ${videos.find((one) => one.id === job.video_id)?.video}`;
    let row = this.#rows.get(job.id);
    if (row?.state === state) row.update(job);
    else {
      row = { state, ...jobRow(job, videos, this.#load) };
      this.#rows.set(job.id, row);
    }
    if (job.id === this.#wanted) row.element.setAttribute("aria-current", "true");
    else row.element.removeAttribute("aria-current");
    return row.element;
  }

  // Once: later reports leave the page where it is.
  #show() {
    const row = this.#rows.get(this.#wanted)?.element;
    if (!row || this.shown === this.#wanted) return;
    this.shown = this.#wanted;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  }
}

function summary(all, open, failed) {
  if (all === 0)
    return "Nothing was done in the background yet. Recordings are looked through here.";
  const words = [
    open ? `${open} at work or waiting` : "Nothing is being done at the moment",
    failed ? `${failed} failed: what to do stands beside it` : "",
  ];
  return `${words.filter(Boolean).join("; ")}.`;
}

define("retrace-jobs", Jobs);
