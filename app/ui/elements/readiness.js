// <retrace-readiness>: says before anything is uploaded which weights are not here yet.

import { get, post } from "./api.js";
import { button, define, h } from "./dom.js";

class Readiness extends HTMLElement {
  connectedCallback() {
    this.#ask();
  }

  async #ask() {
    const { missing } = await get("/readiness").catch(() => ({ missing: [] }));
    this.replaceChildren(...(missing.length ? [this.#card(missing)] : []));
  }

  #card(missing) {
    return h(
      "section",
      { class: "rt-card", "aria-labelledby": "rt-missing", testid: "missing" },
      h("h2", { id: "rt-missing" }, "Before you start"),
      h("p", null, "Recordings can be added, but not analysed or searched until this is here:"),
      missing.map((each) => this.#line(each)),
    );
  }

  #line({ kind, name, fetchable, message }) {
    const status = h("span", { class: "rt-muted", role: "status" });
    const fetch = button("Download", { testid: "fetch-weights", onclick: () => load() });
    const load = async () => {
      fetch.disabled = true;
      status.textContent = "Downloading …";
      try {
        await post(`/models/${encodeURIComponent(name)}/fetch`);
        await this.#ask();
      } catch (error) {
        status.textContent = error.message;
        fetch.disabled = false;
      }
    };
    return h(
      "div",
      null,
      h("p", null, h("strong", null, `The ${kind}`), ` ${name} `, fetchable ? fetch : null),
      status,
      fetchable
        ? h(
            "details",
            null,
            h("summary", null, "This machine is offline? Add it by hand"),
            h("p", { class: "rt-muted" }, message),
          )
        : h("p", null, message),
    );
  }
}

define("retrace-readiness", Readiness);
