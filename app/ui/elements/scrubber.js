// <retrace-scrubber>: where in the video, with a strip that shows when people were seen.
// Fires "seek" {time} and "play" {on}.

import { button, define, fire, h, svg } from "./dom.js";
import { place } from "./times.js";

export const STEP = 0.2;
export const LEAP = 5;

class Scrubber extends HTMLElement {
  #duration = 0;
  #bins = [];
  #binSeconds = 1;

  connectedCallback() {
    if (this.firstChild) return;
    this.strip = svg("svg", {
      class: "rt-strip",
      "aria-hidden": "true",
      preserveAspectRatio: "none",
      testid: "activity",
      onclick: (event) => this.#clickStrip(event),
    });
    this.range = h("input", {
      type: "range",
      class: "rt-range",
      min: 0,
      max: 0,
      step: "any",
      value: 0,
      "aria-label": "Time in the video",
      testid: "scrubber",
      oninput: () => this.#go(Number(this.range.value)),
      onkeydown: (event) => this.#key(event),
    });
    this.playButton = button("Play", {
      testid: "play-pause",
      "aria-pressed": "false",
      onclick: () =>
        fire(this, "play", { on: this.playButton.getAttribute("aria-pressed") !== "true" }),
    });
    this.earlier = button("◀ Earlier people", {
      class: "rt-quiet",
      testid: "previous-people",
      onclick: () => this.#jump(-1),
    });
    this.later = button("Later people ▶", {
      class: "rt-quiet",
      testid: "next-people",
      onclick: () => this.#jump(1),
    });
    this.where = h("output", { class: "rt-where", testid: "scrubber-time" });
    this.append(
      h("div", { class: "rt-strip-box" }, this.strip, this.range),
      h(
        "div",
        { class: "rt-actions" },
        this.playButton,
        this.where,
        h("span", { class: "rt-spacer" }),
        this.earlier,
        this.later,
      ),
      h(
        "p",
        { class: "rt-hint rt-keys" },
        "Arrow keys step, with Shift by 5 seconds. Bars show when people were seen.",
      ),
    );
  }

  get time() {
    return Number(this.range.value);
  }

  set duration(seconds) {
    this.#duration = seconds ?? 0;
    this.range.max = this.#duration;
  }

  set activity({ bins, bin_seconds: seconds }) {
    this.#bins = bins;
    this.#binSeconds = seconds || 1;
    const most = Math.max(1, ...bins);
    this.strip.setAttribute("viewBox", `0 0 ${Math.max(1, bins.length)} 1`);
    this.strip.replaceChildren(
      ...bins.map(
        (n, at) =>
          n && svg("rect", { x: at, width: 1.02, y: 1 - Math.max(0.12, n / most), height: 1 }),
      ),
    );
    for (const control of [this.earlier, this.later]) control.hidden = !bins.some(Boolean);
  }

  // The middle of the first moment with people, or 0 where there is none.
  get firstPeople() {
    const at = this.#bins.findIndex(Boolean);
    return at < 0 ? 0 : (at + 0.5) * this.#binSeconds;
  }

  show(time, label) {
    this.range.value = time;
    this.range.setAttribute("aria-valuetext", `${place(time)} of ${place(this.#duration)}`);
    this.where.textContent = `${place(time)} / ${place(this.#duration)}${label ? ` · ${label}` : ""}`;
  }

  set playing(on) {
    this.playButton.textContent = on ? "Pause" : "Play";
    this.playButton.setAttribute("aria-pressed", String(on));
  }

  #go(time) {
    fire(this, "seek", { time: Math.min(this.#duration, Math.max(0, time)) });
  }

  #key(event) {
    const by = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageUp: LEAP / STEP,
      PageDown: -LEAP / STEP,
    }[event.key];
    if (event.key === " ") {
      event.preventDefault();
      this.playButton.click();
    }
    if (!by) return;
    event.preventDefault();
    this.#go(this.time + by * (event.shiftKey && Math.abs(by) === 1 ? LEAP : STEP));
  }

  #clickStrip(event) {
    const box = this.strip.getBoundingClientRect();
    this.#go(((event.clientX - box.left) / box.width) * this.#duration);
  }

  // To the next stretch of people after (or before) the one shown.
  #jump(way) {
    let at = Math.min(this.#bins.length - 1, Math.floor(this.time / this.#binSeconds));
    while (this.#bins[at]) at += way;
    while (at >= 0 && at < this.#bins.length && !this.#bins[at]) at += way;
    if (this.#bins[at]) this.#go((at + 0.5) * this.#binSeconds);
  }
}

define("retrace-scrubber", Scrubber);
