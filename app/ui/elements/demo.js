// <retrace-demo-notice>: says on every page that the people of the demo scene are drawn.
// <retrace-try-demo>: offers that scene while there are no recordings. Fires "added".

import { get, post, remove } from "./api.js";
import { attempt, confirmRemoval, notify } from "./dialog.js";
import { button, define, fire, h } from "./dom.js";
import { count, list } from "./words.js";

const ASK_AGAIN_MS = 5000;
const CHANGED = "retrace-demo-changed";

class DemoNotice extends HTMLElement {
  connectedCallback() {
    document.addEventListener(CHANGED, this.#ask);
    document.addEventListener("visibilitychange", this.#ask);
    this.#ask();
  }

  disconnectedCallback() {
    document.removeEventListener(CHANGED, this.#ask);
    document.removeEventListener("visibilitychange", this.#ask);
    clearTimeout(this.timer);
  }

  #ask = async () => {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const demo = await get("/demo").catch(() => null);
    if (!demo || !this.isConnected) return;
    const shown = JSON.stringify(demo);
    if (shown !== this.shown)
      this.replaceChildren(...(demo.installed ? [this.#notice(demo)] : []));
    this.shown = shown;
    // The first person can be looked for once their recording is analysed.
    if (demo.installed && demo.first === null)
      this.timer = setTimeout(this.#ask, ASK_AGAIN_MS);
  };

  #notice(demo) {
    return h(
      "aside",
      { class: "rt-demo", "aria-label": "About the demo", testid: "demo-notice" },
      h(
        "p",
        null,
        h("strong", null, "Demo scene: "),
        "the people on these pages are drawn by a program.",
      ),
      demo.first !== null && location.pathname !== "/find"
        ? h("a", { href: `/find?tracklet=${demo.first}`, testid: "demo-first" }, "Look for somebody")
        : null,
      button("Remove the demo", {
        class: "rt-link",
        testid: "demo-remove",
        onclick: () => this.#remove(demo),
      }),
    );
  }

  #remove(demo) {
    const lines = [
      `${count(demo.videos.length, "recording")} of ${list(demo.cameras)}`,
      "Everything found in them: sightings, pictures, clips, people, answers",
    ];
    confirmRemoval("Remove the demo scene?", lines, async () => {
      await remove("/demo");
      location.assign("/");
    });
  }
}

class TryDemo extends HTMLElement {
  async connectedCallback() {
    const demo = await get("/demo").catch(() => null);
    if (!demo?.available || demo.installed) return;
    const start = button("Try the demo", {
      testid: "try-demo",
      onclick: async () => {
        start.disabled = true;
        await attempt(() => this.#start());
        start.disabled = false;
      },
    });
    this.replaceChildren(
      h("p", null, "No recordings at hand? A small made-up scene shows how it works."),
      start,
    );
  }

  async #start() {
    const { videos } = await post("/demo");
    notify(`${count(videos.length, "recording")} of the demo scene added; analysing them takes minutes.`);
    fire(this, "added");
    document.dispatchEvent(new Event(CHANGED));
  }
}

define("retrace-demo-notice", DemoNotice);
define("retrace-try-demo", TryDemo);
