// Sightings that belong to nobody, to tick some of them. onchoose(ids) after each change.

import { button, h } from "./dom.js";
import { get } from "./api.js";
import { attempt } from "./dialog.js";
import { lookLink, sightingTile } from "./sighting-tile.js";
import { beginText } from "./spans.js";
import { count } from "./words.js";

const PAGE = 48;

export function unlinkedList(cameras, { onchoose }) {
  const chosen = new Set();
  let shown = 0;
  const status = h("p", { class: "rt-muted", role: "status", testid: "unassigned-status" });
  const tiles = h("div", { class: "rt-tiles", tabindex: -1 });
  const more = button("Show more", { testid: "more-unassigned", onclick: () => load() });
  more.hidden = true;

  const tile = (sighting) => {
    const tick = h("input", {
      type: "checkbox",
      testid: "tick-sighting",
      "aria-label": `Choose: ${sighting.camera}, ${beginText(sighting, cameras)}`,
      onchange: () => {
        if (tick.checked) chosen.add(sighting.id);
        else chosen.delete(sighting.id);
        onchoose([...chosen]);
      },
    });
    return sightingTile(sighting, cameras, {
      tag: [
        h("span", { class: "rt-hint" }, sighting.camera),
        sighting.poor && h("span", { class: "rt-tag rt-tag-warn" }, "too poor to judge"),
      ],
      extra: [h("label", { class: "rt-check" }, tick, "Choose"), lookLink(sighting, cameras)],
    });
  };

  async function load() {
    const answer = await attempt(() =>
      get("/people/unassigned", { query: { limit: PAGE, offset: shown } }),
    );
    if (!answer) return;
    shown += answer.sightings.length;
    tiles.append(...answer.sightings.map(tile));
    more.hidden = shown >= answer.total;
    status.textContent = answer.total
      ? `${count(answer.total, "sighting")} belong to nobody; ${answer.poor} of them too poor to judge.`
      : "Every sighting belongs to somebody.";
  }

  return {
    element: h("div", { class: "rt-unlinked" }, status, tiles, more),
    reload() {
      shown = 0;
      chosen.clear();
      onchoose([]);
      tiles.replaceChildren();
      return load();
    },
  };
}
