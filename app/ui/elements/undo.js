// Taking decisions back, and doing them again.

import { button, h } from "./dom.js";
import { post } from "./api.js";
import { attempt, notify, openForm } from "./dialog.js";

// Undoes one decision. Where later ones depend on it, they are named and asked about first.
// Resolves with the answer, or null when somebody thought better of it.
export async function undoDecision(id) {
  try {
    return await post(`/decisions/${id}/undo`, { with_later: false });
  } catch (error) {
    if (error.code !== "needs_later") throw error;
    return askAboutLater(error, (options) => post(`/decisions/${id}/undo`, options));
  }
}

// error: the refusal that names later decisions; again(options): the same request once more
export function askAboutLater(error, again) {
  const later = error.body?.error?.later ?? error.body?.later ?? [];
  return new Promise((resolve) => {
    let answer = null;
    openForm(
      "Undo all of these?",
      [
        h("p", null, "Later changes build on this one. They can only be undone together:"),
        h(
          "ul",
          { class: "rt-lines", testid: "later-decisions" },
          later.map((one) => h("li", null, one.text)),
        ),
      ],
      async () => {
        answer = await again({ with_later: true });
      },
      { action: "Undo all", testid: "needs-later", onclose: () => resolve(answer) },
    );
  });
}

// One step back or forth in what was done here ("undo" or "redo"); null when there is none.
export async function step(direction) {
  try {
    const { decision } = await post(`/decisions/${direction}`);
    return decision;
  } catch (error) {
    if (error.code === "needs_later")
      error.message = `${error.message} Open the history to undo it with what came later.`;
    if (error.status !== 404) throw error;
    notify(direction === "undo" ? "There is nothing to undo." : "There is nothing to redo.");
    return null;
  }
}

// The button that a notice carries after a change.
export function undoButton(decision, ondone) {
  return button("Undo", {
    testid: "notice-undo",
    onclick: () =>
      attempt(async () => {
        const answer = await undoDecision(decision.id);
        if (answer) ondone(answer);
      }),
  });
}

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";

export const isTyping = (event) => Boolean(event.target.closest?.(TYPING));

// Ctrl+Z / Cmd+Z and with Shift (or Ctrl+Y), except where text is being typed or a dialog is open.
export function undoKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event)) return null;
  if (document.querySelector("dialog[open]")) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : null;
}
