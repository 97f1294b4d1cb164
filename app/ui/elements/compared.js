// What a comparison of two models found: in words, and query by query in pictures.

import { h } from "./dom.js";
import { count } from "./words.js";

const share = (fraction) => `${Math.round(fraction * 100)} %`;
const BY = { hand: "people confirmed by hand", truth: "the demo's truth" };

export function comparisonSummary(found) {
  const { a, b, verdict } = found;
  return h(
    "div",
    { class: "rt-note", testid: "compare-summary" },
    h("p", null, h("strong", null, "A"), ` is ${a}, `, h("strong", null, "B"), ` is ${b}.`),
    h(
      "p",
      null,
      `${share(found.overlap)} of the first ten hits are shown by both`,
      found.correlation === null
        ? ""
        : `; their whole orders agree by ${found.correlation.toFixed(2)}`,
      ` (1 is the same order, 0 none in common). Asked by ${count(found.queries.length, "sighting")} of ${found.sightings}.`,
    ),
    verdict ? judged(verdict, a, b) : h("p", null, unjudged(found)),
    h(
      "p",
      { class: "rt-hint" },
      "Under each picture stands its place with the other model; = is the same place. ✓ is the right person, ✕ somebody else.",
    ),
  );
}

const unjudged = ({ sampled }) =>
  `Which of them is right cannot be told: ${sampled ? "nobody" : "none of these"} who was seen by two cameras is confirmed by hand. Confirm some people on People or in Find, and compare again.`;

function judged(verdict, a, b) {
  const better = { a, b }[verdict.better];
  return [
    h(
      "p",
      null,
      `By ${BY[verdict.source]}: A shows the right person sooner in ${verdict.a_sooner} of ${count(verdict.queries, "query", "queries")}, B in ${verdict.b_sooner}. `,
      `Right at once: ${share(verdict.rank1_a)} and ${share(verdict.rank1_b)}. `,
      h(
        "strong",
        { testid: "compare-better" },
        better ? `${better} is better here.` : "Too close to call.",
      ),
    ),
    verdict.source === "hand" &&
      h(
        "p",
        { class: "rt-hint" },
        "Who was confirmed was mostly found with the model in use, which favours it.",
      ),
  ].filter(Boolean);
}

export function comparedQuery({ query, a, b, overlap, right, first_a: firstA, first_b: firstB }) {
  const places = right > 0 ? `; the right person comes ${both(firstA, firstB)}` : "";
  return h(
    "article",
    { class: "rt-compared-query", testid: "compared", "data-tracklet": query.id },
    h(
      "figure",
      { class: "rt-compared-asked" },
      picture(query),
      h("figcaption", { class: "rt-hint" }, query.camera, h("br", null), `sighting ${query.id}`),
    ),
    h(
      "div",
      { class: "rt-compared-rows" },
      h("p", { class: "rt-hint" }, `${share(overlap)} in both${places}.`),
      row("A", a),
      row("B", b),
    ),
  );
}

const place = (rank) => (rank === 1 ? "first" : `at place ${rank}`);
const both = (a, b) =>
  a === b ? `${place(a)} with both` : `${place(a)} with A, ${place(b)} with B`;
const picture = ({ thumbnail }) => h("img", { src: thumbnail, alt: "", loading: "lazy" });

function row(name, hits) {
  return h(
    "div",
    { class: "rt-compared-row" },
    h("span", { class: "rt-label" }, name),
    h(
      "ol",
      { "aria-label": `First hits of model ${name}` },
      hits.map((hit) =>
        h(
          "li",
          { "data-right": String(hit.right), testid: "compared-hit" },
          h(
            "a",
            { href: `/find?tracklet=${hit.id}`, title: told(hit), "aria-label": told(hit) },
            picture(hit),
            h("span", { "aria-hidden": "true" }, mark(hit)),
          ),
        ),
      ),
    ),
  );
}

const mark = ({ right, rank, other_rank: other }) =>
  `${{ true: "✓ ", false: "✕ " }[right] ?? ""}${rank === other ? "=" : other}`;

function told({ rank, other_rank: other, camera, id, right }) {
  const who = { true: ", the right person", false: ", somebody else" }[right] ?? "";
  return `Place ${rank}, with the other model ${other}: sighting ${id} in ${camera}${who}`;
}
