// All pictures of a person, camera by camera.

import { button, h } from "./dom.js";
import { placement, sureTag } from "./person-words.js";
import { lookLink, sightingTile } from "./sighting-tile.js";
import { beginText, severalDays } from "./spans.js";
import { count } from "./words.js";

const FIRST = 24; // of each camera; the rest on demand

export function contactSheet(person, cameras, { onremove }) {
  const { sightings } = person;
  const date = severalDays(sightings);
  return h(
    "div",
    { class: "rt-sheet", testid: "contact-sheet" },
    person.cameras.map((name) => {
      const own = sightings.filter((one) => one.camera === name);
      const tiles = h("div", { class: "rt-tiles" });
      const tile = (one) => sheetTile(one, cameras, { date, onremove });
      tiles.append(...own.slice(0, FIRST).map(tile));
      const rest = own.slice(FIRST);
      const more = button(`Show ${rest.length} more`, {
        testid: "more-sightings",
        onclick: () => {
          tiles.append(...rest.map(tile));
          more.remove();
        },
      });
      return h(
        "section",
        { testid: "sheet-camera", "data-camera": name },
        h("h3", null, `${name} · ${count(own.length, "sighting")}`),
        tiles,
        rest.length > 0 && more,
      );
    }),
  );
}

function sheetTile(sighting, cameras, { date, onremove }) {
  const sure = placement(sighting);
  return sightingTile(sighting, cameras, {
    date,
    sure: sure.text,
    tag: [
      sureTag(sure, { testid: "placement" }),
      h("span", { class: "rt-hint" }, placer(sighting)),
    ],
    extra: [
      lookLink(sighting, cameras),
      button("Remove", {
        class: "rt-quiet",
        testid: "remove-sighting",
        "aria-label": `Remove from this person: ${sighting.camera}, ${beginText(sighting, cameras)}`,
        onclick: () => onremove(sighting),
      }),
    ],
  });
}

const placer = ({ placed_by: by, by: who, run }) =>
  by === "run" && run ? ["by ", h("a", { href: `/match?run=${run}` }, `run ${run}`)] : `by ${who}`;

export function revealSighting(root, id) {
  for (const more of root.querySelectorAll("[data-testid=more-sightings]")) more.click();
  const tile = root.querySelector(`[data-testid=sighting][data-tracklet="${id}"]`);
  tile?.scrollIntoView({ block: "center" });
  tile?.focus({ preventScroll: true });
}
