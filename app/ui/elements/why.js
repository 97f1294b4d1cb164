// Why a sighting is a hit: the two pictures most alike, with heat maps, and what else is known.

import { button, h } from "./dom.js";
import { post } from "./api.js";
import { openDialog } from "./dialog.js";
import { heatMap } from "./heat-map.js";
import { certainty } from "./words.js";

// search: the body of the search that found the hit; when: its time in words
export async function openWhy(hit, search, when) {
  const status = h("p", { role: "status", testid: "why-status" }, "Looking at the pictures …");
  const content = h("div", { class: "rt-why", testid: "why" });
  const title = `Why this one? ${[hit.camera, when].filter(Boolean).join(", ")}`;
  const dialog = openDialog(title, [status, content], { wide: true, testid: "why-dialog" });
  try {
    const why = await post("/search/why", { ...search, hit: hit.tracklet });
    if (!dialog.isConnected) return;
    status.textContent = "";
    content.append(...explained(why));
  } catch (error) {
    status.textContent = error.message;
    status.classList.add("rt-problem");
  }
}

function explained(why) {
  return [
    why.pair
      ? pictures(why)
      : h("p", { class: "rt-note" }, "One of the two has no pictures of its own to show."),
    h("div", { class: "rt-why-told" }, scored(why), known(why)),
  ];
}

const SEEN = {
  occlusion:
    "Bright places are where the likeness comes from: with such a place covered, the two pictures are less alike for this model.",
  relation:
    "The ring marks the place that speaks most for the pair; bright places are those from which the model took what it knows of it.",
  share: "Bright places are where the likeness comes from: the score is the sum of what all places add.",
  glimpses:
    "The frames are where the model looked closely, besides the whole, in the order of their numbers; where it looked more often it is brighter.",
};
const NOT =
  "It does not show that it is the same person: two people in the same jacket light up alike. What stays dark made no difference here, which is not to say that it differs. The brightest place is always fully bright, however alike the two are.";

function pictures({ pair }) {
  const sides = [side("Looked for", pair.query), side("Found", pair.found)];
  const toggle = button("Heat maps", {
    testid: "why-heat",
    "aria-pressed": "true",
    class: "rt-quiet",
    onclick: () => {
      const on = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", String(on));
      for (const each of sides) each.classList.toggle("rt-why-plain", !on);
    },
  });
  return h(
    "section",
    { class: "rt-why-pair", "aria-label": "The two pictures most alike" },
    h("div", { class: "rt-why-sides" }, sides),
    toggle,
    h(
      "details",
      { class: "rt-why-meaning" },
      h("summary", null, "What do the colours mean?"),
      h("p", null, SEEN[pair.kind]),
      h("p", null, NOT),
    ),
  );
}

function side(text, { image, heat, at, windows }) {
  return h(
    "figure",
    { class: "rt-why-side", testid: "why-side" },
    h("div", { class: "rt-why-picture" }, h("img", { src: image, alt: text }), heatMap(heat, at, windows)),
    h("figcaption", { class: "rt-hint" }, text),
  );
}

const LEVELS = { strong: "strongly alike", possible: "possibly the same", weak: "hardly alike" };
const cosine = (value) => value.toFixed(2);

function scored(why) {
  const sure = certainty(why);
  const { pair } = why;
  const alone = pair?.probability ?? null;
  const mean = why.queries > 1 ? `, on average over the ${why.queries} pictures asked by` : "";
  const rows = [
    why.whole !== null && [
      "As wholes",
      cosine(why.whole),
      `all pictures of the one sighting against all of the other${mean}`,
    ],
    why.best !== null && ["The best pair", cosine(why.best), `the two pictures most alike${mean}`],
    [
      "Together",
      cosine(why.score),
      why.whole !== null && why.best !== null ? "the mean of both" : "",
    ],
  ].filter(Boolean);
  return h(
    "section",
    { "aria-labelledby": "rt-why-score" },
    h("h3", { id: "rt-why-score" }, "How alike"),
    h(
      "p",
      null,
      h("span", { class: `rt-sure rt-level-${sure.level}`, testid: "why-sure" }, sure.text),
      pair?.strength &&
        ` These two pictures alone: ${LEVELS[pair.strength]}${alone === null ? "" : ` (${certainty(pair).text})`}.`,
    ),
    h(
      "dl",
      { class: "rt-record rt-why-score", testid: "why-score" },
      rows.map(([name, value, text]) => [
        h("dt", null, name),
        h("dd", null, h("strong", null, value), text && h("span", { class: "rt-hint" }, text)),
      ]),
    ),
    h(
      "p",
      { class: "rt-hint" },
      `Similarity from −1 to 1, by ${why.model}. Only looks count in it; times and places do not.`,
    ),
  );
}

const SPEAKS = {
  for: "✓ Speaks for it",
  against: "✕ Speaks against it",
  neither: "• Good to know",
};

function known({ facts }) {
  const order = Object.keys(SPEAKS);
  const sorted = [...facts].sort((a, b) => order.indexOf(a.speaks) - order.indexOf(b.speaks));
  return h(
    "section",
    { "aria-labelledby": "rt-why-known" },
    h("h3", { id: "rt-why-known" }, "For and against"),
    h(
      "ul",
      { class: "rt-why-facts" },
      sorted.map(({ about, speaks, text }) =>
        h(
          "li",
          { testid: "why-fact", "data-about": about, "data-speaks": speaks },
          h("span", { class: `rt-why-${speaks}` }, SPEAKS[speaks]),
          h("span", null, text),
        ),
      ),
    ),
  );
}
