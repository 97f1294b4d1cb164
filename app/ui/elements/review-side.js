// One side of a doubtful pair: several pictures, where, when, who it is so far, the clip on demand.

import { h } from "./dom.js";
import { post } from "./api.js";
import { personLink } from "./person-words.js";
import { cropsOf, lookLink } from "./sighting-tile.js";
import { beginText } from "./spans.js";
import { length } from "./times.js";

const SMALL = 5;

export function reviewSide(side, letter, cameras) {
  const { first, more } = cropsOf(side);
  const main = h("img", {
    class: "rt-side-main",
    src: first,
    alt: `The best picture of ${letter}`,
  });
  const stage = h("div", { class: "rt-side-stage" }, main);
  const small = [first, ...more].slice(0, SMALL + 1).map((url, at) =>
    h(
      "button",
      {
        type: "button",
        class: "rt-side-small",
        "aria-label": `Show picture ${at + 1} of ${letter} large`,
        onclick: () => {
          main.src = url;
        },
      },
      h("img", { src: url, alt: "" }),
    ),
  );
  const element = h(
    "section",
    {
      class: "rt-side",
      "aria-label": `${letter}: ${side.camera}`,
      testid: "review-side",
      "data-tracklet": side.id,
    },
    h(
      "div",
      { class: "rt-side-head" },
      h("h3", null, side.camera),
      h("span", null, beginText(side, cameras)),
      h("span", { class: "rt-hint" }, `seen for ${length(side.offset_end - side.offset_start)}`),
    ),
    h(
      "div",
      { class: "rt-side-body" },
      stage,
      small.length > 1 && h("div", { class: "rt-side-smalls" }, small),
    ),
    h(
      "div",
      { class: "rt-side-foot" },
      side.person
        ? h(
            "span",
            null,
            "So far ",
            h("a", { class: "rt-back", href: personLink(side.person.id) }, side.person.label),
          )
        : h("span", { class: "rt-muted" }, "So far nobody"),
      lookLink(side, cameras),
    ),
  );

  // Cuts the clip and plays it in place of the pictures, over and over; or shows these again.
  async function playHere(on) {
    if (!on) {
      stage.replaceChildren(main);
      return;
    }
    const clip = await post(`/tracklets/${side.id}/clip`);
    if (!element.isConnected) return;
    const video = h("video", {
      src: clip.url,
      controls: true,
      autoplay: true,
      loop: true,
      playsinline: true,
      testid: "review-clip",
      "aria-label": `The clip of ${letter}, the person marked by a box`,
    });
    video.muted = true;
    stage.replaceChildren(video);
  }

  return { element, playHere };
}

// Fetches a pair's pictures before it is shown. before: the same pair as it came earlier, if at all:
// its addresses stay, because a newly signed one would be fetched again.
export function preload(pair, before) {
  for (const name of ["a", "b"]) {
    const side = pair[name];
    if (before?.[name].id === side.id) Object.assign(side, { crops: before[name].crops });
    else for (const url of (side.crops ?? []).slice(0, SMALL + 1)) new Image().src = url;
  }
}
