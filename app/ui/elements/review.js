// <retrace-review>: doubtful pairs side by side, answered by keys or buttons, one after the other.

import { button, define, fire, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { counted } from "./counted.js";
import { chance, gapFact, reviewFacts } from "./review-facts.js";
import { preload, reviewSide } from "./review-side.js";
import { beginText } from "./spans.js";
import { isTyping, undoDecision, undoKey } from "./undo.js";
import { count } from "./words.js";

const AHEAD = 5;
const KEYS_KEPT = "retrace-review-keys";
const KEYS = { s: "same", d: "different", k: "skip", " ": "skip", u: "undo", p: "clips" };
const SAID = { same: "Same person", different: "Different people", skip: "Skipped" };

class Review extends HTMLElement {
  cameras = [];
  #queue = [];
  #pair = null;
  #sides = [];
  #skipped = new Set();
  #given = []; // answers of this visit, newest last: {pair, decision, answer}
  #busy = false;
  #open = false;

  connectedCallback() {
    document.addEventListener("keydown", this.#key);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#key);
  }

  open() {
    this.#open = true;
    if (!this.firstChild) this.#build();
    this.#next();
  }

  rest() {
    this.#open = false;
  }

  #build() {
    const answer = (text, key, act, props) =>
      button(
        text,
        { ...props, "aria-keyshortcuts": key, onclick: () => this.#act(act) },
        h("kbd", { "aria-hidden": "true" }, key),
      );
    this.status = h("p", { class: "rt-muted", role: "status", testid: "review-status" });
    this.spoken = h("p", {
      class: "rt-visually-hidden",
      "aria-live": "polite",
      testid: "review-spoken",
    });
    this.stage = h("div", { class: "rt-review-stage", testid: "review-stage" });
    this.keys = h("input", {
      type: "checkbox",
      checked: localStorage.getItem(KEYS_KEPT) !== "off",
      testid: "review-keys",
      onchange: () => localStorage.setItem(KEYS_KEPT, this.keys.checked ? "on" : "off"),
    });
    this.undo = answer("Undo", "U", "undo", { class: "rt-quiet", testid: "review-undo" });
    this.bar = h(
      "div",
      { class: "rt-actions rt-review-bar", role: "group", "aria-label": "Your answer" },
      answer("Same", "S", "same", { class: "rt-primary", testid: "review-same" }),
      answer("Different", "D", "different", { testid: "review-different" }),
      answer("Skip", "K", "skip", { testid: "review-skip" }),
      (this.clips = answer("Play both", "P", "clips", {
        class: "rt-quiet",
        testid: "review-clips",
        "aria-pressed": "false",
      })),
      this.undo,
    );
    this.append(
      h(
        "section",
        { class: "rt-card rt-review", "aria-labelledby": "rt-review" },
        h(
          "div",
          { class: "rt-run-head" },
          h("h2", { id: "rt-review" }, "The same person?"),
          this.status,
        ),
        this.spoken,
        this.stage,
        this.bar,
        h(
          "div",
          { class: "rt-actions rt-review-foot" },
          h("label", { class: "rt-check" }, this.keys, "Answer by keys"),
        ),
      ),
    );
  }

  // Asks for the pairs to come; wanted: the pair to show first
  async #next({ wanted = null, said = "" } = {}) {
    try {
      const answer = await get("/review/next", { query: { limit: AHEAD } });
      const before = new Map(this.#queue.map((pair) => [pair.id, pair]));
      for (const pair of answer.pairs) preload(pair, before.get(pair.id));
      this.#queue = answer.pairs;
      counted(this, "review", answer.left);
      const fresh = this.#queue.filter((pair) => !this.#skipped.has(pair.id));
      const again = wanted && (this.#queue.find((pair) => pair.id === wanted.id) ?? wanted);
      const chosen = again ?? fresh[0] ?? null;
      this.status.textContent = answer.left
        ? `${count(answer.left, "pair")} left; answering them would settle ${count(Math.round(answer.would_settle), "link")}.`
        : "";
      this.#draw(chosen, answer.left, said);
    } catch (error) {
      this.#pair = null;
      for (const one of this.bar.children) one.hidden = true;
      this.stage.replaceChildren(
        h("p", { class: "rt-problem", role: "alert" }, error.message),
        button("Try again", { onclick: () => this.#next() }),
      );
    }
  }

  #draw(pair, left, said) {
    const inBar = this.bar.contains(document.activeElement);
    this.#pair = pair;
    for (const one of this.bar.children) one.hidden = pair === null && one !== this.undo;
    this.undo.disabled = this.#given.length === 0;
    if (!pair) {
      this.#drawDone(left);
      this.spoken.textContent = `${said} No pair is left.`.trim();
      if (inBar) this.undo.focus();
      return;
    }
    this.#sides = [reviewSide(pair.a, "A", this.cameras), reviewSide(pair.b, "B", this.cameras)];
    this.stage.replaceChildren(this.#sides[0].element, reviewFacts(pair, this.cameras), this.#sides[1].element);
    this.stage.dataset.pair = pair.id;
    this.clips.setAttribute("aria-pressed", "false");
    const of = (side) => `${side.camera}, ${beginText(side, this.cameras)}`;
    this.spoken.textContent =
      `${said} Next: ${of(pair.a)}, and ${of(pair.b)}: ${chance(pair)}. ${gapFact(pair)}.`.trim();
  }

  #drawDone(left) {
    delete this.stage.dataset.pair;
    const skipped = left > 0;
    this.stage.replaceChildren(
      h(
        "div",
        { class: "rt-welcome rt-whole", testid: "review-done" },
        h("h3", null, skipped ? "Only skipped pairs are left" : "Nothing is left to review"),
        h(
          "p",
          null,
          skipped
            ? `${count(left, "pair")} can still be answered.`
            : "Every link is clear enough, or answered by you. New doubtful pairs appear after the next run.",
        ),
        h(
          "div",
          { class: "rt-actions" },
          skipped &&
            button("Show them again", {
              testid: "review-again",
              onclick: () => {
                this.#skipped.clear();
                this.#next();
              },
            }),
          h("a", { class: "rt-button", href: "/people" }, "See the people"),
        ),
      ),
    );
  }

  async #act(what) {
    if (this.#busy) return;
    this.#busy = true;
    this.stage.setAttribute("aria-busy", "true");
    await attempt(() => {
      if (what === "undo") return this.#undo();
      if (!this.#pair) return null;
      if (what === "clips")
        return this.#playBoth(this.clips.getAttribute("aria-pressed") !== "true");
      return this.#answer(what);
    });
    this.stage.removeAttribute("aria-busy");
    this.#busy = false;
  }

  async #playBoth(on) {
    await Promise.all(this.#sides.map((side) => side.playHere(on)));
    this.clips.setAttribute("aria-pressed", String(on));
  }

  async #answer(answer) {
    const pair = this.#pair;
    try {
      const told = await post(`/review/${pair.id}`, { answer });
      this.#given.push({ pair, decision: told.decision, answer });
      if (answer === "skip") this.#skipped.add(pair.id);
      if (told.people?.length) fire(this, "people-changed");
      await this.#next({ said: told.text || `${SAID[answer]}.` });
    } catch (error) {
      // Settled meanwhile by somebody else, or by another answer: on to what is still open.
      if (error.status !== 404 && !error.conflict) throw error;
      notify(error.message, { problem: true });
      await this.#next();
    }
  }

  async #undo() {
    const last = this.#given.at(-1);
    if (!last) {
      notify(
        "Nothing was answered on this visit. Earlier answers are in the history on the People page.",
      );
      return;
    }
    if (last.decision !== null && last.decision !== undefined) {
      const answer = await undoDecision(last.decision);
      if (!answer) return;
      fire(this, "people-changed");
    }
    this.#given.pop();
    this.#skipped.delete(last.pair.id);
    await this.#next({
      wanted: last.pair,
      said: `Taken back: ${SAID[last.answer].toLowerCase()}.`,
    });
  }

  #key = (event) => {
    if (!this.#open || !this.keys?.checked || document.querySelector("dialog[open]")) return;
    const on = document.activeElement;
    if (on !== document.body && !this.contains(on) && on?.getAttribute("role") !== "tab") return;
    let what = null;
    if (undoKey(event) === "undo") what = "undo";
    else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event))
      what = KEYS[event.key.toLowerCase()] ?? null;
    // The space bar belongs to the button, link or box that has the focus.
    if (event.key === " " && on !== document.body && on !== this) return;
    if (!what || event.repeat) return;
    event.preventDefault();
    this.#act(what);
  };
}

define("retrace-review", Review);
