// A sighting as a tile: its picture plays it, its time, and what can be done with it.

import { button, h } from "./dom.js";
import { playClip } from "./clip.js";
import { beginText } from "./spans.js";

const MORE_CROPS = 3;

const path = (url) => (url ?? "").split("?")[0];

export const cropsOf = (sighting) => {
  const first = sighting.crops?.[0] ?? sighting.thumbnail;
  return { first, more: (sighting.crops ?? []).filter((url) => path(url) !== path(first)) };
};

const middle = (one) => Math.round(((one.offset_start + one.offset_end) / 2) * 10) / 10;

export const lookHref = (one) => `/find?video=${one.video_id}&t=${middle(one)}`;

export const play = (sighting, cameras, sure = null) =>
  playClip({ ...sighting, tracklet: sighting.id }, beginText(sighting, cameras), sure);

// tag: a node that says how it came here; extra: further nodes, such as buttons
export function sightingTile(sighting, cameras, { date = true, tag, extra, sure } = {}) {
  const { first, more } = cropsOf(sighting);
  const when = beginText(sighting, cameras, { date });
  const about = `${sighting.camera}, ${when}`;
  return h(
    "article",
    {
      class: "rt-tile",
      testid: "sighting",
      tabindex: -1,
      "data-key": sighting.id,
      "data-tracklet": sighting.id,
      "data-camera": sighting.camera,
      "aria-label": about,
    },
    button(h("img", { src: first, alt: "", loading: "lazy" }), {
      class: "rt-tile-picture",
      "aria-label": `Play: ${about}`,
      title: "Play",
      testid: "play-sighting",
      onclick: () => play(sighting, cameras, sure),
    }),
    more.length > 0 &&
      h(
        "div",
        { class: "rt-tile-more", "aria-hidden": "true" },
        more.slice(0, MORE_CROPS).map((url) => h("img", { src: url, alt: "", loading: "lazy" })),
      ),
    h("span", { class: "rt-tile-when" }, when),
    tag,
    extra && h("div", { class: "rt-tile-actions" }, extra),
  );
}

export const lookLink = (sighting, cameras) =>
  h(
    "a",
    {
      class: "rt-button",
      href: lookHref(sighting),
      title: "Show everybody at this moment",
      testid: "look-here",
      "aria-label": `Look here: ${sighting.camera}, ${beginText(sighting, cameras)}`,
    },
    "Look here",
  );
