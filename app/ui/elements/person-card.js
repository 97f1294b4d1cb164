// A person in the grid: the best picture, the name, where, how often, when, how sure.

import { h } from "./dom.js";
import { personConfidence, personLink, sureTag } from "./person-words.js";
import { spanText } from "./spans.js";
import { count, list } from "./words.js";

export function personCard(person, cameras) {
  const sure = personConfidence(person);
  return h(
    "a",
    {
      class: "rt-person-card",
      href: personLink(person.id),
      testid: "person-card",
      "data-key": person.id,
      "data-person": person.id,
    },
    h(
      "span",
      { class: "rt-person-picture" },
      person.thumbnail && h("img", { src: person.thumbnail, alt: "", loading: "lazy" }),
    ),
    h(
      "span",
      { class: "rt-person-facts" },
      h("strong", { class: "rt-person-name" }, person.label),
      h("span", null, `${count(person.cameras.length, "camera")}: ${list(person.cameras)}`),
      h("span", null, count(person.sightings, "sighting")),
      h("span", { class: "rt-hint" }, spanText(person, cameras)),
      person.state === "set_aside"
        ? h("span", { class: "rt-tag" }, "set aside")
        : sureTag(sure, { testid: "person-sure" }),
    ),
  );
}
