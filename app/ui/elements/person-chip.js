// A person or a sighting as a small picture, filled in when its name and picture are known.

import { h } from "./dom.js";
import { get } from "./api.js";
import { personLink } from "./person-words.js";

// A link with picture and name; known: {id, label, thumbnail} when already here
export function personChip(known) {
  const one = typeof known === "object" ? known : { id: known };
  const picture = h("span", { class: "rt-chip-blank" });
  const name = h("span", null, one.label ?? `Person ${one.id}`);
  const chip = h(
    "a",
    { class: "rt-chip", href: personLink(one.id), testid: "person-chip", "data-person": one.id },
    picture,
    name,
  );
  const fill = ({ label, thumbnail }) => {
    name.textContent = label;
    if (thumbnail) picture.replaceWith(h("img", { src: thumbnail, alt: "" }));
  };
  if (one.label) fill(one);
  else
    get(`/people/${one.id}`)
      .then(fill)
      .catch(() => null);
  return chip;
}

export function sightingPicture(id) {
  const link = h("a", {
    class: "rt-small-picture",
    href: `/find?tracklet=${id}`,
    "aria-label": `Sighting ${id}`,
    testid: "sighting-picture",
  });
  get(`/tracklets/${id}`)
    .then(({ camera, thumbnail }) => {
      link.setAttribute("aria-label", `A sighting in ${camera}`);
      link.title = camera;
      if (thumbnail) link.append(h("img", { src: thumbnail, alt: "" }));
    })
    .catch(() => null);
  return link;
}
