// <retrace-terms-notice>: says that the model in use is for research only, until it was read.

import { get, post } from "./api.js";
import { attempt } from "./dialog.js";
import { button, define, h } from "./dom.js";

class TermsNotice extends HTMLElement {
  connectedCallback() {
    document.addEventListener("visibilitychange", this.#ask);
    this.#ask();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#ask);
  }

  #ask = async () => {
    if (document.hidden) return;
    const told = await get("/models/terms").catch(() => null);
    if (told && this.isConnected) this.#show(told);
  };

  #show({ notices }) {
    this.replaceChildren(...notices.map((notice) => this.#notice(notice)));
  }

  #notice({ name, terms, trained_on, remedy }) {
    return h(
      "aside",
      { class: "rt-demo", "aria-label": "Terms of the model in use", testid: "terms-notice" },
      h(
        "p",
        null,
        h("strong", null, "For research only: "),
        `the model in use, ${name}. Trained on: ${trained_on}. Terms: ${terms}. ${remedy}`,
      ),
      h("a", { href: "/system?view=models" }, "The models"),
      button("I have read this", {
        class: "rt-link",
        testid: "terms-seen",
        onclick: () =>
          attempt(async () =>
            this.#show(await post(`/models/${encodeURIComponent(name)}/terms/seen`)),
          ),
      }),
    );
  }
}

define("retrace-terms-notice", TermsNotice);
