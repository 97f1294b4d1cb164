// The Find page's parts and where they stand.

import { button, h } from "./dom.js";
import "./filters.js";
import "./player.js";
import "./query.js";
import "./results.js";

const card = (id, title, ...content) =>
  h("section", { class: "rt-card", "aria-labelledby": id }, h("h2", { id }, title), ...content);

export function findLayout({ onsearch }) {
  const [player, query, filters, results] = ["player", "query", "filters", "results"].map((name) =>
    document.createElement(`retrace-${name}`),
  );
  const search = button("Search", {
    class: "rt-primary",
    testid: "search-button",
    onclick: onsearch,
  });
  const back = button("Back to the picture", {
    class: "rt-quiet",
    onclick: () => player.scrollIntoView({ block: "start" }),
  });
  const message = h("section", { class: "rt-welcome", role: "status", testid: "find-message" });
  const work = h(
    "div",
    { class: "rt-find" },
    h("section", { class: "rt-card rt-find-player", "aria-label": "The recording" }, player),
    h(
      "div",
      { class: "rt-find-side" },
      card("rt-query", "Looking for", query, h("div", { class: "rt-actions rt-search" }, search)),
      card("rt-filters", "Where and when", filters),
    ),
  );
  const found = h(
    "section",
    { class: "rt-card rt-found", "aria-labelledby": "rt-results" },
    h(
      "div",
      { class: "rt-found-head" },
      h("h2", { id: "rt-results" }, "Sightings elsewhere"),
      back,
    ),
    results,
  );
  const head = h(
    "div",
    { class: "rt-page-head" },
    h("h1", null, "Find a person"),
    h("p", { class: "rt-muted" }, "Click somebody, and see where else they were."),
  );
  return {
    player,
    query,
    filters,
    results,
    message,
    work,
    found,
    sections: [head, message, work, found],
  };
}
