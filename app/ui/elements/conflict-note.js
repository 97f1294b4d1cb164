// Says that somebody else changed the person that is open here, what, and how to see it.

import { button, h } from "./dom.js";
import { get } from "./api.js";

const TOLD = 3; // decisions

export function conflictNote(onreload) {
  const text = h("p", null);
  const lately = h("ul", { class: "rt-lines", testid: "conflict-changes" });
  const element = h(
    "div",
    { class: "rt-note rt-problem", role: "alert", testid: "conflict-note" },
    h("p", null, h("strong", null, "Somebody changed this person since you opened it.")),
    text,
    lately,
    h("p", { class: "rt-hint" }, "Nothing you typed is lost: it is still here after the reload."),
    button("Reload", { testid: "reload", onclick: onreload }),
  );
  element.hidden = true;

  async function show(error, person) {
    text.textContent = error.message;
    lately.replaceChildren();
    element.hidden = false;
    element.scrollIntoView({ block: "center" });
    element.querySelector("button").focus({ preventScroll: true });
    const query = { person, limit: TOLD };
    const { decisions } = await get("/decisions", { query }).catch(() => ({ decisions: [] }));
    lately.replaceChildren(...decisions.map((one) => h("li", null, `${one.text} (${one.actor})`)));
  }

  return {
    element,
    show,
    hide() {
      element.hidden = true;
    },
  };
}
