// The words for how sure a link between sightings is; never a bare similarity.

import { h } from "./dom.js";

// 100 % and 0 % would claim what no calibration can.
export const percent = (p) => `${Math.min(99, Math.max(1, Math.round(p * 100)))} %`;

// sure / likely / uncertain; the number is for those who ask for it
export function confidence(p) {
  if (p === null || p === undefined) return { level: "weak", text: "no number", number: null };
  const number = percent(p);
  if (p >= 0.9) return { level: "strong", text: "sure", number };
  if (p >= 0.7) return { level: "possible", text: "likely", number };
  return { level: "weak", text: "uncertain", number };
}

// of a whole person: what somebody confirmed needs no number
export function personConfidence(person) {
  if (person.sightings > 0 && person.confirmed >= person.sightings)
    return { level: "strong", text: "confirmed by hand", number: null };
  if (person.sightings === 1) return { level: "weak", text: "a single sighting", number: null };
  return confidence(person.confidence);
}

// of one sighting of a person
export function placement(sighting) {
  if (sighting.placed_by === "person")
    return { level: "strong", text: "placed by hand", number: null };
  return confidence(sighting.probability);
}

// The word, with the number on hover and for screen readers.
export function sureTag(sure, props) {
  return h(
    "span",
    {
      class: `rt-sure rt-level-${sure.level}`,
      title: sure.number && `${sure.number} that this is one person`,
      ...props,
    },
    sure.text,
    sure.number && h("span", { class: "rt-visually-hidden" }, `, ${sure.number}`),
  );
}

export const personLink = (id) => `/people?identity=${id}`;
