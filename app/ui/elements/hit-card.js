// One hit: the picture, how sure, where and when, and what can be done with it.

import { button, fire, h } from "./dom.js";
import { personLink } from "./person-words.js";
import { dateTime, place, zoneOf } from "./times.js";
import { certainty } from "./words.js";

const MORE_CROPS = 3;

export function whenText(hit, cameras) {
  if (hit.start) return dateTime(hit.start, zoneOf(cameras, hit.camera));
  const into = hit.offset_start < 60 ? `${hit.offset_start.toFixed(1)} s` : place(hit.offset_start);
  return `${into} into ${hit.video}`;
}

export const middle = (hit) => Math.round(((hit.offset_start + hit.offset_end) / 2) * 10) / 10;

// judging: "stored" answers need a sighting in the query; with photos alone a hit can only be added.
export function hitCard(hit, cameras, { judging }) {
  const sure = certainty(hit);
  const when = whenText(hit, cameras);
  const about = `${hit.camera}, ${when}`;
  const of = (what) => ({ "aria-label": `${what}: ${about}` });
  const act = (name) => (event) => {
    event.preventDefault();
    fire(card, name, { hit });
  };
  const followed = (name) => (event) => {
    // Ctrl, Cmd and the middle button open the link in a tab of its own, as everywhere.
    if (!event.ctrlKey && !event.metaKey && event.button === 0) act(name)(event);
  };
  const card = h(
    "article",
    {
      class: "rt-hit",
      testid: "hit",
      tabindex: -1,
      "data-tracklet": hit.tracklet,
      "data-camera": hit.camera,
      "data-video": hit.video,
      "data-judgement": hit.judgement ?? "",
      "aria-label": `${sure.text}, ${about}`,
    },
    h(
      "button",
      {
        type: "button",
        class: "rt-hit-picture",
        ...of("Play"),
        testid: "hit-picture",
        onclick: act("play-hit"),
      },
      h("img", { src: hit.crop, alt: "", loading: "lazy" }),
    ),
    h(
      "div",
      { class: "rt-hit-text" },
      h("span", { class: `rt-sure rt-level-${sure.level}`, testid: "certainty" }, sure.text),
      h("span", { class: "rt-hit-when" }, when),
      h(
        "span",
        { class: "rt-hint rt-hit-video" },
        hit.own_camera ? "The same camera as the chosen sighting" : hit.start ? hit.video : "",
      ),
      person(hit),
      judgement(hit),
      h(
        "div",
        { class: "rt-hit-more" },
        otherCrops(hit).map((url) => h("img", { src: url, alt: "", loading: "lazy" })),
      ),
    ),
    h(
      "div",
      { class: "rt-hit-actions" },
      h(
        "div",
        { class: "rt-hit-row" },
        button("Play", {
          class: "rt-primary",
          ...of("Play"),
          testid: "play",
          onclick: act("play-hit"),
        }),
        h(
          "a",
          {
            class: "rt-button",
            href: `/find?video=${hit.video_id}&t=${middle(hit)}`,
            title: "Show everybody at this moment",
            ...of("Look here"),
            testid: "look-here",
            onclick: followed("look-hit"),
          },
          "Look here",
        ),
        button("Why?", {
          ...of("Why this one"),
          title: "Why it is a hit (key W)",
          "aria-keyshortcuts": "w",
          testid: "why-hit",
          onclick: act("why-hit"),
        }),
        h(
          "a",
          {
            class: "rt-button",
            href: `/find?tracklet=${hit.tracklet}`,
            ...of("Search from this"),
            testid: "search-from",
            onclick: followed("from-hit"),
          },
          "Search from this",
        ),
      ),
      h(
        "div",
        { class: "rt-hit-row" },
        judging
          ? [verdict("Same", "same", hit, of, act), verdict("Not same", "different", hit, of, act)]
          : button("Add to the query", {
              ...of("Add to the query"),
              testid: "same",
              onclick: act("same-hit"),
            }),
      ),
    ),
  );
  return card;
}

// Further pictures of the same sighting: another side of the person often settles it.
function otherCrops(hit) {
  const path = (url) => url.split("?")[0];
  return hit.crops.filter((url) => url && path(url) !== path(hit.crop ?? "")).slice(0, MORE_CROPS);
}

function verdict(text, value, hit, of, act) {
  const on = hit.judgement === value;
  return button(text, {
    class: "rt-verdict",
    "aria-pressed": String(on),
    ...of(text),
    testid: value,
    disabled: on,
    onclick: act(`${value}-hit`),
  });
}

// Who it is, where matching or somebody linked it already.
function person({ person: one }) {
  return (
    one &&
    h(
      "a",
      {
        class: "rt-tag rt-hit-person",
        href: personLink(one.id),
        testid: "hit-person",
        "aria-label": `Belongs to ${one.label}: open`,
      },
      one.label,
    )
  );
}

function judgement(hit) {
  if (!hit.judgement) return null;
  const text = hit.judgement === "same" ? "✓ You said: same person" : "✕ You said: not the same";
  return h(
    "span",
    { class: `rt-judged rt-judged-${hit.judgement}`, testid: "judgement" },
    text,
    hit.judgement_id &&
      button("Undo", {
        class: "rt-link",
        testid: "undo-judgement",
        "aria-label": `Undo: ${text}`,
        onclick: (event) => fire(event.target, "undo-hit", { hit }),
      }),
  );
}
