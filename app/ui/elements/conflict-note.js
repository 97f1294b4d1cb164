// Says that somebody else changed what is open here, what, and how to see the newest state.

import { button, h } from "./dom.js";

export function conflictNote(onreload) {
  const text = h("p", null);
  const element = h(
    "div",
    { class: "rt-note rt-problem", role: "alert", testid: "conflict-note" },
    text,
    h("p", { class: "rt-hint" }, "Nothing you typed is lost: it is still here after the reload."),
    button("Reload", { testid: "reload", onclick: onreload }),
  );
  element.hidden = true;
  return {
    element,
    show(error) {
      text.textContent = error.message.startsWith("Somebody")
        ? error.message
        : `Somebody changed this person since you opened it: ${error.message}`;
      element.hidden = false;
      element.scrollIntoView({ block: "center" });
      element.querySelector("button").focus();
    },
    hide() {
      element.hidden = true;
    },
  };
}
