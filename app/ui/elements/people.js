// <retrace-people>: the People page. Shows everybody, one person, or what is not linked.

import { button, define, h } from "./dom.js";
import { get } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { readPeopleAddress, writePeopleFilter } from "./people-address.js";
import { step, undoButton, undoKey } from "./undo.js";
import "./history.js";
import "./people-grid.js";
import "./person.js";
import "./unassigned.js";

class People extends HTMLElement {
  #cameras = [];
  #grid = null;

  connectedCallback() {
    if (this.firstChild) return;
    this.history = document.createElement("retrace-history");
    this.panel = h(
      "section",
      { class: "rt-card", "aria-labelledby": "rt-history", testid: "history-panel" },
      h("h2", { id: "rt-history" }, "Everything that was done"),
      this.history,
    );
    this.panel.hidden = true;
    this.toggle = button("History", {
      testid: "history-button",
      "aria-expanded": "false",
      onclick: () => this.#toggleHistory(),
    });
    this.view = h("div", { tabindex: -1, class: "rt-view" });
    this.append(
      h(
        "div",
        { class: "rt-page-head" },
        h("h1", null, "People"),
        h("p", { class: "rt-muted" }, "Everybody who was linked over cameras and time."),
        h("span", { class: "rt-spacer" }),
        h(
          "div",
          { class: "rt-actions", role: "group", "aria-label": "Undo and history" },
          button("Undo", { testid: "undo", title: "Ctrl+Z", onclick: () => this.#step("undo") }),
          button("Redo", {
            testid: "redo",
            title: "Ctrl+Shift+Z",
            onclick: () => this.#step("redo"),
          }),
          this.toggle,
        ),
      ),
      this.panel,
      this.view,
    );
    this.addEventListener("click", (event) => this.#follow(event));
    this.addEventListener("changed", ({ detail }) => this.#changed(detail));
    this.addEventListener("filtered", ({ detail }) => writePeopleFilter(detail.values));
    this.addEventListener("go", ({ detail }) => this.#go(detail.href));
    window.addEventListener("popstate", this.#route);
    document.addEventListener("keydown", this.#key);
    this.#begin();
  }

  disconnectedCallback() {
    window.removeEventListener("popstate", this.#route);
    document.removeEventListener("keydown", this.#key);
  }

  async #begin() {
    this.view.replaceChildren(h("p", { class: "rt-muted", role: "status" }, "Loading …"));
    try {
      this.#cameras = await get("/cameras");
      this.#route();
    } catch (error) {
      this.view.replaceChildren(
        h(
          "div",
          { class: "rt-note rt-problem", role: "alert", testid: "page-error" },
          h("p", null, error.message),
          button("Try again", { onclick: () => this.#begin() }),
        ),
      );
    }
  }

  #route = () => {
    const address = readPeopleAddress();
    document.title = "People – Retrace";
    const make = (tag) => Object.assign(document.createElement(tag), { cameras: this.#cameras });
    if (address.identity !== null) {
      const person = make("retrace-person");
      this.view.replaceChildren(person);
      person.open(address.identity);
    } else if (address.unassigned) {
      const unassigned = make("retrace-unassigned");
      this.view.replaceChildren(unassigned);
      unassigned.load();
    } else {
      this.#grid ??= make("retrace-people-grid");
      this.view.replaceChildren(this.#grid);
      this.#grid.values = address;
      this.#grid.load();
    }
  };

  // Links between the views of this page change the view, not the page.
  #follow(event) {
    const link = event.target.closest("a[href^='/people']");
    if (!link || link.download || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#go(link.getAttribute("href"));
  }

  #go(href) {
    for (const dialog of this.querySelectorAll("dialog[open]")) dialog.close();
    window.history.pushState(null, "", href);
    this.#route();
    scrollTo({ top: 0 });
    this.view.focus({ preventScroll: true });
  }

  #refresh() {
    this.view.firstElementChild?.load?.();
    if (!this.panel.hidden) this.history.refresh();
  }

  // What was done is said, with its way back; the view shows the new state.
  #changed({ text, decision, quiet }) {
    if (text && !quiet)
      notify(text, {
        action: decision?.can_undo !== false && decision ? this.#undoButton(decision) : null,
      });
    this.#refresh();
  }

  #undoButton(decision) {
    return undoButton(decision, (answer) =>
      this.#changed({ text: answer.decision?.text ?? "Undone." }),
    );
  }

  #step(direction) {
    return attempt(async () => {
      const decision = await step(direction);
      if (decision) this.#changed({ text: decision.text });
    });
  }

  #key = (event) => {
    const direction = undoKey(event);
    if (!direction) return;
    event.preventDefault();
    this.#step(direction);
  };

  #toggleHistory() {
    this.panel.hidden = !this.panel.hidden;
    this.toggle.setAttribute("aria-expanded", String(!this.panel.hidden));
    if (!this.panel.hidden) this.history.refresh();
  }
}

define("retrace-people", People);
