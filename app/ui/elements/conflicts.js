// <retrace-conflicts>: where answers, entered times and recordings contradict each other.

import { button, define, h } from "./dom.js";
import { get } from "./api.js";
import { isClash } from "./conflict-kinds.js";
import { conflictText } from "./conflict-words.js";
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
        (this.parted = h(
          "section",
          { class: "rt-card", "aria-labelledby": "rt-parted", testid: "parted" },
          h("h2", { id: "rt-parted" }, "Kept apart: not in two places at once"),
          h(
            "p",
            { class: "rt-hint" },
            "These look alike, but time says that they are not the same.",
          ),
          h("ul", { class: "rt-change-list" }),
        )),
      );
    try {
      const { conflicts } = await get("/matching/conflicts");
      const clashes = conflicts.filter(isClash);
      const parted = conflicts.filter((one) => !isClash(one));
      counted(this, "conflicts", clashes.length);
      this.list.replaceChildren(
        clashes.length
          ? h(
              "ul",
              { class: "rt-change-list" },
              clashes.map((one) => row(one, this.cameras)),
            )
          : h("p", { class: "rt-muted" }, "Nothing contradicts anything."),
      );
      this.parted.hidden = parted.length === 0;
      this.parted.lastElementChild.replaceChildren(...parted.map((one) => row(one, this.cameras)));
    } catch (error) {
      this.list.replaceChildren(
        h("p", { class: "rt-problem", role: "alert" }, error.message),
        button("Try again", { onclick: () => this.open() }),
      );
    }
  }
}

const row = (one, cameras) =>
  h(
    "li",
    { class: "rt-change", testid: "conflict" },
    h("span", { class: "rt-change-text" }, conflictText(one, cameras)),
    one.tracklets.map(sightingPicture),
    one.people.map(personChip),
    h("span", { class: "rt-hint" }, dateTime(one.created, HERE)),
  );

define("retrace-conflicts", Conflicts);
