// <retrace-models>: the re-ID models and the detector: how good, under which terms, what to do.

import { button, define, h } from "./dom.js";
import { get, post } from "./api.js";
import { attempt, notify, openForm } from "./dialog.js";
import { redraw } from "./focus.js";
import { detectorCard, modelCard } from "./model-card.js";
import { count } from "./words.js";
import "./compare.js";

const ACTIVE_MS = 1500;

class Models extends HTMLElement {
  #timer = null;
  #open = false;
  #shown = "";
  #before = null; // the active model as last seen
  #notes = new Map(); // model → what an action on it said

  open() {
    this.#open = true;
    if (!this.list) this.#build();
    this.#load();
  }

  rest() {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #build() {
    this.status = h(
      "p",
      { class: "rt-muted", role: "status", testid: "models-status" },
      "Loading …",
    );
    this.list = h("div", { class: "rt-models" });
    this.untrained = h("ul", { class: "rt-lines", testid: "untrained" });
    this.unready = h(
      "details",
      { class: "rt-details" },
      h("summary", null, "Methods without weights yet"),
      this.untrained,
    );
    this.detector = h("div", null);
    this.compare = document.createElement("retrace-compare");
    this.compare.addEventListener("models-changed", () => this.#load());
    this.append(
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-models" },
        h("h2", { id: "rt-models" }, "Models that tell people apart"),
        this.status,
        this.list,
        this.unready,
      ),
      this.compare,
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-detector" },
        h("h2", { id: "rt-detector" }, "Model that finds people in pictures"),
        this.detector,
      ),
    );
  }

  async #load() {
    clearTimeout(this.#timer);
    if (!this.#open) return;
    try {
      const [models, detector] = await Promise.all([get("/models"), get("/detector")]);
      const problem = models.some((model) => model.active) ? null : await this.#problem();
      const working = models.find((model) => model.job !== null);
      const job = working && (await get(`/jobs/${working.job}`).catch(() => null));
      if (!this.#open) return;
      this.#tellChange(models);
      this.compare.models = models;
      this.#draw(models, detector, job, problem);
      if (working) this.#timer = setTimeout(() => this.#load(), ACTIVE_MS);
    } catch (error) {
      this.status.replaceChildren(
        error.message,
        " ",
        button("Try again", { onclick: () => this.#load() }),
      );
    }
  }

  #tellChange(models) {
    const active = models.find((model) => model.active)?.name ?? null;
    if (this.#before && active && active !== this.#before) notify(`Search uses ${active} now.`);
    this.#before = active;
  }

  // Why no model is in use.
  async #problem() {
    const { missing } = await get("/readiness");
    const models = missing.filter((each) => each.kind === "re-ID model" && !each.fetchable);
    return models[0]?.message ?? "No model is ready, so nobody can be looked for. Download one of these.";
  }

  #draw(models, detector, job, problem) {
    const shown = JSON.stringify([models, detector, job, problem, [...this.#notes]]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const active = models.find((model) => model.active);
    const best = models.find((model) => model.best && !model.active);
    this.status.textContent = active
      ? `Search and matching use ${active.name}.` +
        (best ? ` ${best.name} is the best measured one here; “Use” on its card switches to it.` : "")
      : problem;
    const usable = models.filter((model) => model.state !== "untrained");
    const others = models.filter((model) => model.state === "untrained");
    redraw(this, () => {
      this.list.replaceChildren(
        ...usable.map((model) =>
          modelCard(model, {
            job: model.job === job?.id ? job : null,
            note: this.#notes.get(model.name),
            act: (what) => this.#act(what, model, active),
          }),
        ),
      );
      this.unready.hidden = others.length === 0;
      this.untrained.replaceChildren(
        ...others.map(({ name, summary }) =>
          h("li", null, h("strong", null, name), ` – ${summary}`),
        ),
      );
      this.detector.replaceChildren(
        detectorCard(detector, this.#notes.get(detector.name), () => this.#fetch(detector)),
      );
    });
  }

  #act(what, model, active) {
    const does = {
      use: () => this.#use(model, active),
      fetch: () => this.#fetch(model),
      verify: () => this.#say(model, "Checking …", () => this.#verify(model)),
      cancel: () => this.#cancel(model, active),
      compare: () => this.compare.prefill(active?.name, model.name),
    };
    return does[what]();
  }

  // What an action says stands on its model's card.
  async #say(model, begin, action) {
    const tell = (text, problem = false) => {
      this.#notes.set(model.name, { text, problem });
      return this.#load();
    };
    await tell(begin);
    try {
      await tell(await action());
    } catch (error) {
      await tell(error.message, true);
    }
  }

  async #verify({ name }) {
    const files = Object.keys(await get(`/models/${encodeURIComponent(name)}/verify`));
    return `Checked: ${count(files.length, "file")} as the card says.`;
  }

  #fetch(model) {
    return this.#say(model, "Downloading …", async () => {
      await post(`/models/${encodeURIComponent(model.name)}/fetch`);
      return "Downloaded and checked.";
    });
  }

  #use(model, active) {
    const go = async () => {
      await post(`/models/${encodeURIComponent(model.name)}/use`);
      await this.#load();
    };
    if (model.waiting === 0 || !active) return attempt(go);
    const first = button("Compare both first", {
      class: "rt-link",
      testid: "compare-first",
      onclick: () => {
        // Closing puts the focus back first.
        const show = () => this.compare.prefill(active.name, model.name);
        dialog.addEventListener("close", show, { once: true });
        dialog.close();
      },
    });
    const dialog = openForm(
      `Search with ${model.name}?`,
      [
        h(
          "p",
          null,
          `It has not seen ${count(model.waiting, "sighting")} yet. They are prepared in the background; `,
          `until all are done, search goes on with ${active.name}. Then it changes by itself. `,
          `Cancelling keeps ${active.name}.`,
        ),
        h(
          "p",
          { class: "rt-muted" },
          "People linked so far stay as they are; Match uses the new model from its next run on.",
        ),
        first,
      ],
      go,
      { action: "Prepare and switch", testid: "confirm-use" },
    );
    return dialog;
  }

  #cancel(model, active) {
    return attempt(async () => {
      await post(`/jobs/${model.job}/cancel`);
      notify(active ? `Stopping; search keeps ${active.name}.` : "Stopping.");
      this.#load();
    });
  }
}

define("retrace-models", Models);
