// Merging two people: choose the other one, read what will happen first, then say yes.

import { button, h } from "./dom.js";
import { get, post } from "./api.js";
import { choosePerson } from "./choose-person.js";
import { conflictText } from "./conflict-words.js";
import { openDialog } from "./dialog.js";
import { lookAlikes } from "./look-alikes.js";
import { count, list } from "./words.js";

export function mergeDialog(person, cameras, onchanged) {
  let sides = []; // who is merged, as they were when the consequences were shown
  let asked = 0;
  const problem = h("p", { class: "rt-problem", role: "alert", testid: "merge-problem" });
  problem.hidden = true;
  const preview = h("div", { class: "rt-merge-preview", role: "status", testid: "merge-preview" });
  const confirm = button("Merge", {
    class: "rt-primary",
    testid: "confirm-merge",
    disabled: true,
    onclick: merge,
  });
  const again = button("Look again", {
    testid: "merge-again",
    onclick: () => choose(sides[1]),
  });
  const fail = (error) => {
    problem.textContent = error.message;
    problem.hidden = false;
  };

  async function choose(card) {
    const mine = (asked += 1);
    confirm.disabled = true;
    problem.hidden = true;
    preview.replaceChildren(h("p", { class: "rt-muted" }, "Looking at what would happen …"));
    try {
      const ids = [person.id, card.id];
      const [told, ...now] = await Promise.all([
        get("/people/merge/preview", { query: { ids, into: person.id } }),
        ...ids.map((id) => get(`/people/${id}`)),
      ]);
      if (mine !== asked) return;
      sides = now;
      preview.replaceChildren(...consequences(person, card, told, cameras));
      confirm.disabled = false;
    } catch (error) {
      if (mine !== asked) return;
      preview.replaceChildren();
      fail(error);
    }
  }

  async function merge() {
    confirm.disabled = true;
    problem.hidden = true;
    try {
      const { decision } = await post("/people/merge", {
        people: sides.map(({ id, version }) => ({ id, version })),
        into: person.id,
      });
      dialog.close();
      onchanged({ text: decision.text, decision });
    } catch (error) {
      fail(error);
      if (error.conflict) problem.append(" ", again);
      else confirm.disabled = false;
    }
  }

  const dialog = openDialog(
    `Merge ${person.label} with whom?`,
    [
      choosePerson(cameras, {
        without: [person.id],
        alike: lookAlikes(person),
        onchoose: choose,
      }),
      preview,
      problem,
      h(
        "div",
        { class: "rt-actions rt-dialog-actions" },
        button("Cancel", { onclick: () => dialog.close() }),
        confirm,
      ),
    ],
    { wide: true, testid: "merge-dialog" },
  );
  dialog.querySelector("input[type=search]").focus();
}

function consequences(person, other, told, cameras) {
  const names = Array.isArray(told.cameras) ? told.cameras : [];
  return [
    h("h3", null, "What will happen"),
    h(
      "p",
      null,
      `${other.label} becomes part of ${person.label}: together ${count(told.sightings, "sighting")}`,
      names.length > 0 && ` in ${list(names)}`,
      ". It can be undone at any time.",
    ),
    h(
      "ul",
      { class: "rt-lines" },
      told.consequences.map((text) => h("li", null, text)),
    ),
    told.conflicts.map((one) =>
      h("p", { class: "rt-warning", testid: "merge-conflict" }, conflictText(one, cameras)),
    ),
  ];
}
