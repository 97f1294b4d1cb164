// What a run changed, with faces: new, merged, split and changed people, a few at a time.

import { button, h } from "./dom.js";
import { personChip, sightingPicture } from "./person-chip.js";
import { count, list } from "./words.js";

const FIRST = 12;
const PICTURES = 4;

export function changeLists(run) {
  const { changes } = run;
  const { totals = {} } = changes;
  const kinds = [
    ["New people", changes.new, newOne, "new-people", totals.new],
    ["Merged", changes.merged, mergedOne, "merged-people", totals.merged],
    ["Split", changes.split, splitOne, "split-people", totals.split],
    ["Changed", changes.changed, changedOne, "changed-people", totals.changed],
  ];
  return h(
    "div",
    { class: "rt-changes" },
    kinds
      .filter(([, some]) => some?.length)
      .map(([title, some, draw, testid, total]) => group(title, some, draw, testid, total)),
    changes.kept > 0 &&
      h("p", { class: "rt-muted" }, `${count(changes.kept, "person", "people")} stayed as before.`),
  );
}

// total: how many there are when only some of them came
function group(title, some, draw, testid, total = some.length) {
  const items = h("ul", { class: "rt-change-list" });
  const show = (part) =>
    items.append(...part.map((one) => h("li", { class: "rt-change" }, draw(one))));
  const more = button(`Show ${some.length - FIRST} more`, {
    onclick: () => {
      show(some.slice(FIRST));
      more.remove();
    },
  });
  show(some.slice(0, FIRST));
  return h(
    "section",
    { testid },
    h("h3", null, `${title} · ${total}`),
    items,
    some.length > FIRST && more,
    total > some.length && h("p", { class: "rt-hint" }, "The export has all of them."),
  );
}

const pictures = (ids) => [
  ids.slice(0, PICTURES).map(sightingPicture),
  ids.length > PICTURES && h("span", { class: "rt-hint" }, `and ${ids.length - PICTURES} more`),
];

const newOne = ({ person, sightings, cameras }) => [
  person ? personChip(person) : pictures(sightings),
  h("span", { class: "rt-hint" }, `${count(sightings.length, "sighting")} in ${list(cameras)}`),
];

const mergedOne = ({ into, from }) => [
  from.map(personChip),
  h("span", null, "→ became part of"),
  personChip(into),
];

const splitOne = ({ person, into }) => [
  personChip(person),
  h("span", null, "→ is now"),
  into.map((one) => (one ? personChip(one) : h("span", null, "a new person"))),
];

const changedOne = ({ person, added, removed }) => [
  personChip(person),
  added?.length > 0 && [
    h("span", null, `${count(added.length, "sighting")} added`),
    pictures(added),
  ],
  removed?.length > 0 && [
    h("span", null, `${count(removed.length, "sighting")} removed`),
    pictures(removed),
  ],
];
