// <retrace-timeline>: the hits in time, a row a camera. Fires "choose" {tracklet}.

import { define, fire, h } from "./dom.js";
import { clockTime, commonZone, dateTime, place } from "./times.js";
import { certainty } from "./words.js";

const TICKS = 5;
const RANK = { strong: 3, possible: 2, weak: 1 };

class Timeline extends HTMLElement {
  #sureOf = certainty;

  // hits in the order of the results; cameras for their time zones; sureOf: a hit's {level, text}
  show(hits, cameras, sureOf = certainty) {
    this.#sureOf = sureOf;
    this.hidden = hits.length === 0;
    if (this.hidden) {
      this.replaceChildren();
      return;
    }
    const absolute = hits.every((hit) => hit.start && hit.end);
    const zone = commonZone(cameras);
    const span = (hit) =>
      absolute
        ? [Date.parse(hit.start) / 1000, Date.parse(hit.end) / 1000]
        : [hit.offset_start, hit.offset_end];
    const starts = hits.map((hit) => span(hit)[0]);
    const ends = hits.map((hit) => span(hit)[1]);
    const first = absolute ? Math.min(...starts) : 0;
    const total = Math.max(1, Math.max(...ends) - first);
    const rowOf = (hit) => (absolute ? hit.camera : `${hit.camera} · ${hit.video}`);
    const names = [...new Set(hits.map(rowOf))];
    const label = (seconds) =>
      absolute ? clockTime(new Date(seconds * 1000).toISOString(), zone) : place(seconds);
    const ticks = Array.from({ length: TICKS }, (_, at) =>
      h(
        "span",
        { style: `left: ${(100 * at) / (TICKS - 1)}%` },
        label(first + (total * at) / (TICKS - 1)),
      ),
    );
    const about = absolute
      ? `${dateTime(hits.find((hit) => span(hit)[0] === first).start, zone)}, times in ${zone}`
      : "time within each recording, because not all starts are confirmed";
    this.replaceChildren(
      h(
        "div",
        { class: "rt-timeline-head" },
        h("h3", null, "When"),
        h("span", { class: "rt-hint" }, about),
      ),
      ...names.map((name) =>
        h(
          "div",
          { class: "rt-timeline-row", role: "group", "aria-label": name },
          h("span", { class: "rt-timeline-name", title: name }, name),
          h(
            "div",
            { class: "rt-lane" },
            hits
              .filter((hit) => rowOf(hit) === name)
              .map((hit) => this.#bar(hit, span(hit), first, total, label)),
          ),
        ),
      ),
      h(
        "div",
        { class: "rt-timeline-row", "aria-hidden": "true" },
        h("span", { class: "rt-timeline-name" }),
        h("div", { class: "rt-ticks" }, ticks),
      ),
    );
  }

  #bar(hit, [start, end], first, total, label) {
    const sure = this.#sureOf(hit);
    const text = `${hit.camera}, ${label(start)}: ${sure.text}`;
    return h("button", {
      type: "button",
      class: `rt-bar rt-level-${sure.level}`,
      title: text,
      "aria-label": text,
      testid: "timeline-hit",
      "data-tracklet": hit.tracklet,
      style: `left: ${(100 * (start - first)) / total}%; width: ${(100 * (end - start)) / total}%; z-index: ${RANK[sure.level] ?? 1}`,
      onclick: () => fire(this, "choose", { tracklet: hit.tracklet }),
    });
  }
}

define("retrace-timeline", Timeline);
