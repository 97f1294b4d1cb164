// <retrace-clocks>: clock corrections proposed from people seen in several cameras; done after a yes.

import { button, define, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { count } from "./words.js";

const signed = (seconds) => `${seconds > 0 ? "+" : ""}${Math.round(seconds * 10) / 10} s`;

class Clocks extends HTMLElement {
  cameras = [];

  async load() {
    const answer = await get("/topology/clocks").catch(() => ({ proposals: [] }));
    this.#draw(answer.proposals);
  }

  #draw(proposals) {
    this.replaceChildren(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-clocks" },
        h("h2", { id: "rt-clocks" }, "Clocks that seem wrong"),
        proposals.length
          ? h(
              "ul",
              { class: "rt-change-list" },
              proposals.map((one) => this.#row(one)),
            )
          : h(
              "p",
              { class: "rt-muted" },
              "No clock seems wrong, or too few people are confirmed in several cameras to tell.",
            ),
      ),
    );
  }

  #row(one) {
    const now = this.cameras.find((camera) => camera.name === one.camera)?.clock_offset ?? 0;
    return h(
      "li",
      { class: "rt-change", testid: "clock-proposal", "data-camera": one.camera },
      h(
        "span",
        { class: "rt-change-text" },
        h("strong", null, one.camera),
        `: proposed clock correction ${signed(one.offset_seconds)} (now ${now ? signed(now) : "none"}), `,
        `from ${count(one.people, "person", "people")} seen here and elsewhere; they agree within ${Math.round(one.spread_seconds * 10) / 10} s.`,
      ),
      button("Accept", {
        testid: "accept-clock",
        "aria-label": `Accept the clock correction of ${one.camera}`,
        onclick: () =>
          attempt(async () => {
            const { camera, offset_seconds, version } = one;
            await post("/topology/clocks", { camera, offset_seconds, version });
            notify(`The times of “${camera}” are corrected. Match again to use them.`);
            await this.load();
          }),
      }),
    );
  }
}

define("retrace-clocks", Clocks);
