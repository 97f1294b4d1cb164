// <retrace-people-grid>: everybody, to sort, filter and open. Fires "filtered" {values}.

import { button, define, field, fire, h } from "./dom.js";
import { get } from "./api.js";
import { redraw } from "./focus.js";
import { personCard } from "./person-card.js";
import { count } from "./words.js";

const PAGE = 60;
const TYPING_MS = 250;
const SORTS = [
  ["cameras", "Most cameras"],
  ["recent", "Seen last"],
  ["name", "Name"],
];

class PeopleGrid extends HTMLElement {
  cameras = [];
  #people = [];
  #asked = 0;
  #timer = null;

  connectedCallback() {
    if (this.firstChild) return;
    const option = ([value, text]) => h("option", { value }, text);
    const asked = () => this.#changed();
    this.sort = h("select", { class: "rt-input", testid: "people-sort", onchange: asked });
    this.sort.append(...SORTS.map(option));
    this.camera = h("select", { class: "rt-input", testid: "people-camera", onchange: asked });
    this.text = h("input", {
      class: "rt-input",
      type: "search",
      autocomplete: "off",
      placeholder: "Name or notes",
      testid: "people-text",
      oninput: () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(asked, TYPING_MS);
      },
    });
    this.aside = h("input", { type: "checkbox", testid: "people-aside", onchange: asked });
    this.unlinked = h("p", { class: "rt-hint", testid: "unassigned-count" });
    this.status = h("p", { class: "rt-muted", role: "status", testid: "people-status" });
    this.grid = h("div", { class: "rt-people-grid", tabindex: -1, testid: "people-grid" });
    this.more = button("Show more", {
      testid: "more-people",
      onclick: () => this.load({ more: true }),
    });
    this.append(
      h(
        "div",
        { class: "rt-people-filters", role: "group", "aria-label": "Who to show" },
        field("Order", this.sort),
        field("Camera", this.camera),
        field("Search", this.text),
        h("label", { class: "rt-check" }, this.aside, "Show those set aside as “not a person”"),
      ),
      this.status,
      this.unlinked,
      this.grid,
      h("div", { class: "rt-actions rt-more" }, this.more),
    );
    this.more.hidden = true;
  }

  // what the address says: {sort, camera, q, aside}
  set values({ sort, camera, q, aside }) {
    const names = [
      ...new Set([...this.cameras.map((one) => one.name), ...(camera ? [camera] : [])]),
    ];
    this.camera.replaceChildren(
      h("option", { value: "" }, "All cameras"),
      ...names.map((name) => h("option", { value: name }, name)),
    );
    this.sort.value = SORTS.some(([value]) => value === sort) ? sort : "cameras";
    this.camera.value = camera ?? "";
    if (document.activeElement !== this.text) this.text.value = q ?? "";
    this.aside.checked = Boolean(aside);
  }

  get values() {
    return {
      sort: this.sort.value,
      camera: this.camera.value || null,
      q: this.text.value.trim() || null,
      aside: this.aside.checked,
    };
  }

  #changed() {
    fire(this, "filtered", { values: this.values });
    this.load();
  }

  async load({ more = false } = {}) {
    const asked = (this.#asked += 1);
    const { sort, camera, q, aside } = this.values;
    if (this.#people.length === 0) this.#skeleton();
    this.grid.setAttribute("aria-busy", "true");
    const query = {
      state: aside ? "set_aside" : "active",
      sort,
      camera,
      q,
      limit: more ? PAGE : Math.max(PAGE, this.#people.length),
      offset: more ? this.#people.length : 0,
    };
    try {
      const answer = await get("/people", { query });
      if (asked !== this.#asked) return;
      this.#people = more ? [...this.#people, ...answer.people] : answer.people;
      this.#draw(answer);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#fail(error);
    } finally {
      this.grid.removeAttribute("aria-busy");
    }
  }

  #skeleton() {
    this.grid.replaceChildren(
      ...Array.from({ length: 6 }, () =>
        h("div", { class: "rt-skeleton rt-person-skeleton", "aria-hidden": "true" }),
      ),
    );
  }

  #fail(error) {
    this.status.textContent = "";
    this.more.hidden = true;
    this.#people = [];
    this.grid.replaceChildren(
      h(
        "div",
        { class: "rt-note rt-problem rt-whole", role: "alert", testid: "people-error" },
        h("p", null, error.message),
        button("Try again", { onclick: () => this.load() }),
      ),
    );
  }

  #draw({ total, unassigned, unassigned_poor: poor }) {
    const { aside } = this.values;
    const what = aside ? "set aside" : "";
    this.status.textContent = total
      ? `${count(total, "person", "people")} ${what}`.trim() +
        (this.#people.length < total ? `, ${this.#people.length} shown` : "")
      : "";
    this.unlinked.hidden = !unassigned;
    this.unlinked.replaceChildren(
      `${count(unassigned, "sighting")} ${unassigned === 1 ? "is" : "are"} not linked to anybody`,
      poor ? `, ${poor} of them too poor to judge. ` : ". ",
      h("a", { href: "/people?view=unassigned", testid: "see-unassigned" }, "See them"),
    );
    redraw(this.grid, () =>
      this.grid.replaceChildren(
        ...(this.#people.length
          ? this.#people.map((person) => personCard(person, this.cameras))
          : [this.#empty(unassigned)]),
      ),
    );
    this.more.hidden = this.#people.length >= total;
  }

  #empty(unassigned) {
    const { camera, q, aside } = this.values;
    const [title, text, action] =
      camera || q
        ? [
            "Nobody fits",
            "Nobody has this name or was seen in this camera.",
            button("Show everybody", {
              testid: "clear-people-filter",
              onclick: () => {
                this.text.value = "";
                this.camera.value = "";
                this.#changed();
              },
            }),
          ]
        : aside
          ? ["Nobody is set aside", "What you set aside as “not a person” appears here.", null]
          : [
              "Nobody is linked yet. Run matching.",
              unassigned
                ? "Matching links the sightings of all cameras into people."
                : "First add recordings in the Library; matching then links the sightings of all cameras into people.",
              h("a", { class: "rt-button rt-primary", href: "/match" }, "Open Match"),
            ];
    return h(
      "section",
      { class: "rt-welcome rt-whole", testid: "no-people" },
      h("h2", null, title),
      h("p", null, text),
      action && h("div", { class: "rt-actions" }, action),
    );
  }
}

define("retrace-people-grid", PeopleGrid);
