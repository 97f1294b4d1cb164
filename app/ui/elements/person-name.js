// A person's name and notes, edited where they stand.

import { field, h } from "./dom.js";
import { attempt } from "./dialog.js";

// draft: what was typed before a reload; onsave(changes) gets only what differs, and may throw
export function nameForm(person, { draft, onsave }) {
  const before = { name: person.name ?? "", notes: person.notes ?? "" };
  const typed = () => ({ name: name.value.trim(), notes: notes.value });
  // Only what differs: a name that somebody else gave meanwhile is not overwritten by a note.
  const changes = () => {
    const now = typed();
    const names = Object.keys(now).filter((field) => now[field] !== before[field]);
    return names.length ? Object.fromEntries(names.map((field) => [field, now[field]])) : null;
  };
  const mark = () => {
    actions.hidden = changes() === null;
  };
  const name = h("input", {
    class: "rt-input",
    maxlength: 200,
    autocomplete: "off",
    placeholder: "No name yet",
    value: draft?.name ?? before.name,
    testid: "person-name",
    oninput: mark,
  });
  const notes = h("textarea", {
    class: "rt-input",
    rows: 1,
    placeholder: "What you know about this person",
    value: draft?.notes ?? before.notes,
    testid: "person-notes",
    oninput: mark,
  });
  const save = h(
    "button",
    { class: "rt-button rt-primary", type: "submit", testid: "save-person" },
    "Save",
  );
  const actions = h(
    "div",
    { class: "rt-actions" },
    save,
    h(
      "button",
      {
        type: "button",
        class: "rt-button rt-quiet",
        onclick: () => {
          name.value = before.name;
          notes.value = before.notes;
          mark();
          name.focus();
        },
      },
      "Cancel",
    ),
  );
  const element = h(
    "form",
    {
      class: "rt-person-form",
      onsubmit: async (event) => {
        event.preventDefault();
        const body = changes();
        if (!body) return;
        save.disabled = true;
        // A lost race is explained above; here only what was wrong with the entry.
        await attempt(() =>
          onsave(body).catch((error) => {
            if (!error.conflict) throw error;
          }),
        );
        save.disabled = false;
      },
    },
    field("Name", name),
    field("Notes", notes),
    actions,
  );
  mark();
  return {
    element,
    // what was typed and not saved, or null
    get draft() {
      return changes();
    },
    saved() {
      Object.assign(before, typed());
      mark();
    },
  };
}
