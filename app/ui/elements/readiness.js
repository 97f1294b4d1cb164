// <retrace-readiness>: says before anything is uploaded which weights are not here yet, and offers a
// better model as long as the library is empty (later, System offers it: the archive must follow).

import { get, post } from "./api.js";
import { button, define, h } from "./dom.js";
import { bytes } from "./words.js";

const percent = (share) => Math.round(100 * share);

class Readiness extends HTMLElement {
  connectedCallback() {
    this.#ask();
  }

  async #ask() {
    const { missing, better } = await get("/readiness").catch(() => ({ missing: [], better: null }));
    const empty = better && (await get("/videos").catch(() => [null])).length === 0;
    this.replaceChildren(
      ...(missing.length ? [this.#card(missing)] : []),
      ...(empty ? [this.#better(better)] : []),
    );
  }

  #better({ name, mean_ap: ap, active, active_mean_ap: own, terms, size }) {
    const { fetch, status } = this.#fetching(name);
    return h(
      "section",
      { class: "rt-card", "aria-labelledby": "rt-better", testid: "better-model" },
      h("h2", { id: "rt-better" }, "Better matches"),
      h(
        "p",
        null,
        `${active}, which comes with Retrace, works offline. `,
        h("strong", null, name),
        ` finds people far more often: mAP ${percent(ap)} against ${percent(own)} in our measurement.`,
        ` It is ${bytes(size)}, under ${terms}. `,
        fetch,
      ),
      status,
    );
  }

  #fetching(name) {
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
    return { fetch, status };
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
    const { fetch, status } = this.#fetching(name);
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
