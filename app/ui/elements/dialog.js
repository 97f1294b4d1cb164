// Dialogs and notices shared by all pages.

import { button, h } from "./dom.js";
import { keepFocus } from "./focus.js";

const PAGES = "retrace-library, retrace-find, retrace-people, retrace-match, retrace-system";
const page = () => document.querySelector(PAGES) ?? document.body;

let opened = 0;

// Opens a dialog that removes itself when closed; focus goes back to where it was.
export function openDialog(title, content, { testid, wide, onclose } = {}) {
  const back = keepFocus(page());
  const heading = h("h2", { class: "rt-dialog-title", id: `rt-dialog-${(opened += 1)}` }, title);
  const dialog = h(
    "dialog",
    {
      class: `rt-dialog ${wide ? "rt-wide" : ""}`,
      "aria-labelledby": heading.id,
      testid,
      onclose: () => {
        dialog.remove();
        onclose?.();
        back();
      },
    },
    h(
      "div",
      { class: "rt-dialog-head" },
      heading,
      button("Close", { class: "rt-quiet", onclick: () => dialog.close(), testid: "dialog-close" }),
    ),
    content,
  );
  page().append(dialog);
  dialog.showModal();
  return dialog;
}

// A form in a dialog. save() is awaited; what it throws is shown and the dialog stays open.
export function openForm(
  title,
  fields,
  save,
  { action = "Save", testid, danger, wide, onclose } = {},
) {
  const problem = h("p", { class: "rt-problem", role: "alert" });
  problem.hidden = true;
  const submit = h(
    "button",
    {
      class: `rt-button ${danger ? "rt-danger" : "rt-primary"}`,
      type: "submit",
      testid: "dialog-save",
    },
    action,
  );
  const form = h(
    "form",
    {
      class: "rt-form",
      onsubmit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        try {
          await save(new FormData(form));
          dialog.close();
        } catch (error) {
          problem.textContent = error.message;
          problem.hidden = false;
        } finally {
          submit.disabled = false;
        }
      },
    },
    fields,
    problem,
    h("div", { class: "rt-actions" }, button("Cancel", { onclick: () => dialog.close() }), submit),
  );
  const dialog = openDialog(title, form, { testid, wide, onclose });
  form.querySelector("input, select, textarea")?.focus();
  return dialog;
}

export function confirmRemoval(title, lines, removeIt) {
  return openForm(
    title,
    h(
      "ul",
      { class: "rt-lines" },
      lines.map((line) => h("li", null, line)),
    ),
    removeIt,
    { action: "Remove", danger: true, testid: "confirm-remove" },
  );
}

let region;

// A short notice at the foot of the page, read out by screen readers.
// action: one more button or link in it; using it takes the notice away.
export function notify(text, { problem = false, action } = {}) {
  if (!region?.isConnected) {
    region = h("div", {
      class: "rt-notices",
      role: "status",
      "aria-live": "polite",
      testid: "notices",
    });
    page().append(region);
  }
  const notice = h(
    "div",
    { class: `rt-notice ${problem ? "rt-notice-problem" : ""}` },
    h("span", null, text),
    action,
    button("Dismiss", { class: "rt-quiet", onclick: () => notice.remove() }),
  );
  action?.addEventListener("click", () => notice.remove());
  region.append(notice);
  setTimeout(() => notice.remove(), problem || action ? 12000 : 6000);
}

// Runs what a button does; a failure becomes a notice instead of silence.
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (error.name !== "AbortError") notify(error.message, { problem: true });
    return undefined;
  }
}
