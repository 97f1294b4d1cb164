// The way a person took: camera after camera, with the time between.

import { h } from "./dom.js";
import { beginText, gapText, severalDays } from "./spans.js";

const FIRST = 40;

// Lobby 10:02:11 → 24 s later → Plaza east 10:02:48 …
export function pathList(person, cameras) {
  if (person.path.length === 0) return null;
  const date = severalDays(person.path);
  const step = (one, at) => [
    at > 0 &&
      h(
        "li",
        { class: "rt-path-gap" },
        h("span", { "aria-hidden": "true" }, "→ "),
        gapText(one.gap_seconds),
      ),
    h(
      "li",
      { class: "rt-path-stop", testid: "path-stop" },
      h("strong", null, one.camera),
      ` ${beginText(one, cameras, { date })}`,
    ),
  ];
  const shown = person.path.slice(0, FIRST);
  return h(
    "div",
    null,
    h("h3", null, "In this order"),
    h("ol", { class: "rt-path", testid: "path" }, shown.map(step)),
    person.path.length > FIRST &&
      h(
        "p",
        { class: "rt-hint" },
        `The first ${FIRST} of ${person.path.length}; the export has all.`,
      ),
  );
}
