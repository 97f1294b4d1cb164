// <retrace-results>: what a search found, grouped by camera, best camera first.

import { button, define, h } from "./dom.js";
import { hitCard } from "./hit-card.js";
import { watchPlaces } from "./reorder.js";
import { count, list } from "./words.js";
import "./timeline.js";

const ALWAYS_SHOWN = 4; // of each camera, however unlikely

class Results extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.status = h("p", { class: "rt-muted", role: "status", testid: "results-status" });
    this.aside = h("p", { class: "rt-hint", testid: "not-searched" });
    this.problem = h("div", {
      class: "rt-note rt-problem",
      role: "alert",
      testid: "results-error",
    });
    this.timeline = document.createElement("retrace-timeline");
    this.groups = h("div", { class: "rt-groups" });
    this.append(this.status, this.aside, this.problem, this.timeline, this.groups);
    this.addEventListener("keydown", (event) => this.#key(event));
    this.timeline.addEventListener("choose", (event) => this.reveal(event.detail.tracklet));
    this.reset("");
  }

  // W on a card, or on anything in it, asks why it is there.
  #key(event) {
    if (event.key.toLowerCase() !== "w" || event.ctrlKey || event.metaKey || event.altKey) return;
    const why = event.target.closest("[data-testid=hit]")?.querySelector("[data-testid=why-hit]");
    if (!why) return;
    event.preventDefault();
    why.click();
  }

  reset(text) {
    this.status.textContent = text;
    this.problem.hidden = true;
    this.aside.textContent = "";
    this.timeline.show([], []);
    this.groups.replaceChildren();
    this.removeAttribute("aria-busy");
  }

  // Grey shapes for a first search; a further one keeps what is shown until the new answer is there.
  loading() {
    this.problem.hidden = true;
    this.setAttribute("aria-busy", "true");
    this.status.textContent = "Searching …";
    if (!this.querySelector("[data-testid=hit]")) {
      this.groups.replaceChildren(
        h(
          "div",
          { class: "rt-hits", "aria-hidden": "true" },
          Array.from({ length: 8 }, () => h("div", { class: "rt-skeleton rt-hit-skeleton" })),
        ),
      );
    }
  }

  fail(message, retry) {
    this.reset("");
    this.problem.replaceChildren(
      h("p", null, message),
      retry && button("Try again", { onclick: retry, testid: "retry-search" }),
    );
    this.problem.hidden = false;
  }

  show(result, cameras, { judging }) {
    const focus = this.#focusedAction();
    const glide = watchPlaces(this, "[data-testid=hit]", (card) => card.dataset.tracklet);
    this.removeAttribute("aria-busy");
    this.problem.hidden = true;
    const { hits, searched, not_searched: missed } = result;
    const names = [...new Set(hits.map((hit) => hit.camera))];
    const where = searched.cameras.length ? ` of ${list(searched.cameras)}` : "";
    const found = hits.length ? `${count(hits.length, "sighting")} to look at, best first. ` : "";
    this.status.textContent = `${found}Looked in ${count(searched.tracklets, "sighting")}${where}.`;
    const unsure = searched.calibrated
      ? ""
      : " This model gives no probabilities: only strong, possible and weak.";
    this.aside.textContent =
      (missed.length
        ? `Not searched: ${missed.map((one) => `${one.camera} (${one.reason})`).join(", ")}.`
        : "") + unsure;
    this.timeline.show(hits, cameras);
    this.groups.replaceChildren(
      ...(hits.length
        ? names.map((name) => this.#group(name, hits, cameras, judging))
        : [this.#nothing(searched)]),
    );
    if (focus) this.#focusAgain(focus);
    glide();
  }

  #group(name, hits, cameras, judging) {
    const own = hits.filter((hit) => hit.camera === name);
    const shown = (hit, at) => at < ALWAYS_SHOWN || hit.strength !== "weak" || hit.judgement;
    const grid = (some) =>
      h(
        "div",
        { class: "rt-hits" },
        some.map((hit) => hitCard(hit, cameras, { judging })),
      );
    const more = own.filter((hit, at) => !shown(hit, at));
    return h(
      "section",
      { class: "rt-camera-hits", testid: "hits-of-camera", "data-camera": name },
      h("h3", null, `${name} · ${count(own.length, "sighting")}`),
      grid(own.filter(shown)),
      more.length > 0 &&
        h(
          "details",
          { class: "rt-details" },
          h("summary", null, `${more.length} less likely`),
          grid(more),
        ),
    );
  }

  #nothing(searched) {
    const text =
      searched.tracklets === 0
        ? "There was nothing to look in. Tick more cameras, widen the times, or wait until the recordings have been looked through."
        : "Nobody similar was found. Tick more cameras, widen the times, or choose another picture of the person.";
    return h("p", { class: "rt-note", testid: "no-hits" }, text);
  }

  #focusedAction() {
    const active = document.activeElement;
    const card = this.contains(active) ? active.closest("[data-testid=hit]") : null;
    if (!card) return null;
    const action = `[data-testid=hit][data-tracklet="${card.dataset.tracklet}"] [data-testid="${active.dataset.testid}"]:not(:disabled)`;
    return {
      action,
      top: card.getBoundingClientRect().top,
      tracklet: card.dataset.tracklet,
      place: [...this.querySelectorAll("[data-testid=hit]")].indexOf(card),
    };
  }

  // On the same button, else on its card, else on the card that took its place; and where it was on
  // the screen, unless the card itself went to another place.
  #focusAgain({ action, tracklet, place, top }) {
    const cards = [...this.querySelectorAll("[data-testid=hit]")];
    const target =
      this.querySelector(action) ??
      cards.find((card) => card.dataset.tracklet === tracklet) ??
      cards[place] ??
      cards.at(-1);
    target?.focus({ preventScroll: true });
    const card = target?.closest("[data-testid=hit]");
    if (card && cards.indexOf(card) === place)
      scrollBy({ top: card.getBoundingClientRect().top - top, behavior: "instant" });
  }

  reveal(tracklet) {
    const card = this.querySelector(`[data-testid=hit][data-tracklet="${tracklet}"]`);
    if (!card) return;
    const folded = card.closest("details");
    if (folded) folded.open = true;
    card.scrollIntoView({ block: "center" });
    card.focus({ preventScroll: true });
  }
}

define("retrace-results", Results);
