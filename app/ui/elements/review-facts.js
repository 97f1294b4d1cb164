// What is known about a doubtful pair besides its pictures.

import { h } from "./dom.js";
import { togetherText } from "./conflict-words.js";
import { percent } from "./person-words.js";
import { length } from "./times.js";
import { count } from "./words.js";

const LEVELS = { likely: "strong", possible: "possible", unlikely: "weak" };

export const chance = (pair) =>
  pair.probability === null || pair.probability === undefined
    ? pair.words
    : `${pair.words} ${percent(pair.probability)}`;

export function gapFact({ gap_seconds: gap, usual }) {
  if (gap === null || gap === undefined) return "Time between: not known, a start is not confirmed";
  const between = gap <= 0 ? "Seen at the same time" : `${length(gap)} between them`;
  if (!usual) return `${between}; the usual time is not known`;
  const spread =
    usual.p05 === null || usual.p05 === undefined
      ? ""
      : `, nearly all ${length(usual.p05)} to ${length(usual.p95)}`;
  return `${between}; usually ${length(usual.median)}${spread}`;
}

export function reviewFacts(pair, cameras) {
  const { rival } = pair;
  const together = togetherText(pair, cameras);
  return h(
    "div",
    { class: "rt-facts", testid: "review-facts" },
    h(
      "p",
      null,
      "The same person? ",
      h(
        "span",
        { class: `rt-sure rt-level-${LEVELS[pair.words] ?? "possible"}`, testid: "review-chance" },
        chance(pair),
      ),
    ),
    h("p", null, gapFact(pair)),
    together && h("p", { class: "rt-warning", testid: "review-together" }, together),
    rival &&
      h(
        "p",
        { class: "rt-rival", testid: "review-rival" },
        rival.thumbnail && h("img", { src: rival.thumbnail, alt: "" }),
        `The nearest other candidate is in ${rival.camera}`,
        rival.probability !== null && `: ${percent(rival.probability)}`,
      ),
    pair.would_settle > 0 &&
      h(
        "p",
        { class: "rt-hint" },
        `Your answer would settle about ${count(Math.max(1, Math.round(pair.would_settle)), "link")}.`,
      ),
  );
}
