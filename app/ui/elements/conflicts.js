// <retrace-conflicts>: where answers, entered times and recordings contradict each other.

import { button, define, h } from "./dom.js";
import { get } from "./api.js";
import { counted } from "./counted.js";
import { personChip, sightingPicture } from "./person-chip.js";
import { HERE, dateTime } from "./times.js";

class Conflicts extends HTMLElement {
  cameras = [];

  async open() {
    if (!this.firstChild)
      this.append(
        h(
          "section",
          { class: "rt-card", "aria-labelledby": "rt-conflicts" },
          h("h2", { id: "rt-conflicts" }, "Where things contradict each other"),
          h(
            "p",
            { class: "rt-hint" },
            "Your answers always win. These are the places where they go against each other, or against walking times or “not in two places at once”.",
          ),
          (this.list = h("div", { testid: "conflicts" })),
        ),
      );
    try {
      const { conflicts } = await get("/matching/conflicts");
      counted(this, "conflicts", conflicts.length);
      this.list.replaceChildren(
        conflicts.length
          ? h("ul", { class: "rt-change-list" }, conflicts.map(row))
          : h("p", { class: "rt-muted" }, "Nothing contradicts anything."),
      );
    } catch (error) {
      this.list.replaceChildren(
        h("p", { class: "rt-problem", role: "alert" }, error.message),
        button("Try again", { onclick: () => this.open() }),
      );
    }
  }
}

const row = (one) =>
  h(
    "li",
    { class: "rt-change", testid: "conflict" },
    h("span", { class: "rt-change-text" }, one.text),
    one.tracklets.map(sightingPicture),
    one.people.map(personChip),
    h("span", { class: "rt-hint" }, dateTime(one.created, HERE)),
  );

define("retrace-conflicts", Conflicts);
