// <retrace-library>: the Library page.

import { define, h } from "./dom.js";
import { LibraryStore } from "./store.js";
import { count, isActive, stateOf } from "./words.js";
import "./cameras.js";
import "./demo.js";
import "./readiness.js";
import "./uploader.js";
import "./videos.js";

class Library extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    document.title = "Library – Retrace";
    this.store = new LibraryStore();
    const part = (tag) => {
      const element = document.createElement(tag);
      element.store = this.store;
      return element;
    };
    this.problem = h("p", { class: "rt-note rt-problem", role: "alert", testid: "page-error" });
    this.problem.hidden = true;
    this.summary = h("p", { class: "rt-muted", role: "status", testid: "library-summary" });
    this.welcome = h(
      "section",
      { class: "rt-welcome", testid: "empty-library" },
      h("h2", null, "Start by adding recordings"),
      h("p", null, "No calibration is needed: Retrace works on ordinary recordings as they are."),
      h("p", null, "The cameras need not overlap, nor stand anywhere in particular."),
      h(
        "p",
        null,
        "Add recordings of two or more cameras first; then open Find, click a person, and see where else they were.",
      ),
      document.createElement("retrace-try-demo"),
    );
    this.welcome.hidden = true;
    this.skeleton = h(
      "div",
      { class: "rt-skeletons", "aria-hidden": "true" },
      [1, 2, 3].map(() => h("div", { class: "rt-skeleton" })),
    );
    this.append(
      h("div", { class: "rt-page-head" }, h("h1", null, "Library"), this.summary),
      this.problem,
      document.createElement("retrace-readiness"),
      this.welcome,
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-add" },
        h("h2", { id: "rt-add" }, "Add recordings"),
        part("retrace-uploader"),
      ),
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-recordings" },
        h("h2", { id: "rt-recordings" }, "Recordings"),
        this.skeleton,
        (this.none = h("p", { class: "rt-muted" }, "No recordings yet.")),
        part("retrace-videos"),
      ),
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-cameras" },
        h("h2", { id: "rt-cameras" }, "Cameras"),
        part("retrace-cameras"),
      ),
    );
    this.none.hidden = true;
    this.addEventListener("added", () => this.store.refresh());
    this.store.addEventListener("change", () => this.#draw());
    this.store.start();
  }

  disconnectedCallback() {
    this.store?.stop();
  }

  #draw() {
    const { loaded, error, videos, cameras } = this.store;
    this.problem.hidden = !error;
    this.problem.textContent = error ? `${error.message} This page asks again by itself.` : "";
    if (loaded || error) this.skeleton.hidden = true;
    if (!loaded) return;
    this.welcome.hidden = videos.length > 0;
    this.none.hidden = videos.length > 0;
    const working = videos.filter(isActive).length;
    const failed = videos.filter((video) => stateOf(video) === "failed").length;
    const text =
      videos.length === 0
        ? ""
        : [
            count(videos.length, "recording"),
            `from ${count(cameras.filter((camera) => camera.videos > 0).length, "camera")}`,
            working && `· ${working} being worked on`,
            failed && `· ${failed} failed`,
          ]
            .filter(Boolean)
            .join(" ");
    if (this.summary.textContent !== text) this.summary.textContent = text;
  }
}

define("retrace-library", Library);
