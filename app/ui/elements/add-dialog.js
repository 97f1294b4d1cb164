// Adding sightings that belong to nobody to a person.

import { button, h } from "./dom.js";
import { get, post } from "./api.js";
import { openDialog } from "./dialog.js";
import { unlinkedList } from "./unlinked-list.js";
import { count } from "./words.js";

export function addDialog(person, cameras, onchanged) {
  let chosen = [];
  let { version } = person;
  const problem = h("p", { class: "rt-problem", role: "alert", testid: "add-problem" });
  problem.hidden = true;
  const confirm = button("Add", {
    class: "rt-primary",
    testid: "confirm-add",
    disabled: true,
    onclick: add,
  });
  const list = unlinkedList(cameras, {
    onchoose: (ids) => {
      chosen = ids;
      confirm.disabled = ids.length === 0;
      confirm.textContent = ids.length ? `Add ${count(ids.length, "sighting")}` : "Add";
    },
  });

  async function add() {
    confirm.disabled = true;
    problem.hidden = true;
    try {
      const { decision } = await post(`/people/${person.id}/add`, {
        version,
        tracklets: chosen,
      });
      dialog.close();
      onchanged({ text: decision.text, decision });
    } catch (error) {
      problem.textContent = error.message;
      if (error.conflict) {
        ({ version } = await get(`/people/${person.id}`).catch(() => person));
        problem.textContent += " Adding again adds to the newest state.";
      }
      problem.hidden = false;
      confirm.disabled = false;
    }
  }

  const dialog = openDialog(
    `Add sightings to ${person.label}`,
    [
      list.element,
      problem,
      h(
        "div",
        { class: "rt-actions rt-dialog-actions" },
        button("Cancel", { onclick: () => dialog.close() }),
        confirm,
      ),
    ],
    { wide: true, testid: "add-dialog" },
  );
  list.reload();
}
