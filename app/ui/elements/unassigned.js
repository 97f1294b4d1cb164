// <retrace-unassigned>: the sightings that belong to nobody, and what can be made of them.
// Fires "changed" {text, decision}.

import { button, define, field, fire, h } from "./dom.js";
import { post } from "./api.js";
import { choosePerson } from "./choose-person.js";
import { openForm } from "./dialog.js";
import { unlinkedList } from "./unlinked-list.js";
import { count } from "./words.js";

class Unassigned extends HTMLElement {
  cameras = [];
  #chosen = [];

  #build() {
    const create = button("New person from these", {
      class: "rt-primary",
      testid: "create-person",
      onclick: () => this.#create(),
    });
    const add = button("Add to a person …", {
      testid: "add-to-person",
      onclick: () => this.#add(),
    });
    this.bar = h(
      "div",
      {
        class: "rt-actions rt-sticky",
        role: "group",
        "aria-label": "What to do with those chosen",
      },
      (this.told = h("span", { role: "status" })),
      create,
      add,
    );
    this.list = unlinkedList(this.cameras, {
      onchoose: (ids) => {
        this.#chosen = ids;
        this.told.textContent = ids.length
          ? `${ids.length} chosen`
          : "Choose sightings of one person.";
        create.disabled = add.disabled = ids.length === 0;
      },
    });
    this.append(
      h(
        "p",
        null,
        h("a", { class: "rt-back", href: "/people", testid: "everybody" }, "← Everybody"),
      ),
      h(
        "section",
        { class: "rt-card", "aria-labelledby": "rt-unlinked-title" },
        h("h2", { id: "rt-unlinked-title" }, "Sightings that belong to nobody"),
        h(
          "p",
          { class: "rt-hint" },
          "Matching leaves a sighting alone when it fits nobody else, or shows too little to say anything.",
        ),
        this.list.element,
        this.bar,
      ),
    );
  }

  load() {
    if (!this.list) this.#build();
    this.list.reload();
  }

  #create() {
    const name = h("input", {
      class: "rt-input",
      maxlength: 200,
      autocomplete: "off",
      testid: "new-name",
    });
    openForm(
      `A new person from ${count(this.#chosen.length, "sighting")}`,
      field("Name (optional)", name),
      async () => {
        const { decision } = await post("/people", {
          name: name.value.trim() || undefined,
          tracklets: this.#chosen,
        });
        fire(this, "changed", { text: decision.text, decision });
      },
      { testid: "create-dialog", action: "Create" },
    );
  }

  #add() {
    let person = null;
    const choose = choosePerson(this.cameras, {
      onchoose: (card) => {
        person = card;
      },
    });
    openForm(
      `Add ${count(this.#chosen.length, "sighting")} to whom?`,
      choose,
      async () => {
        if (!person) throw new Error("Choose a person first.");
        const { decision } = await post(`/people/${person.id}/add`, {
          version: person.version,
          tracklets: this.#chosen,
        });
        fire(this, "changed", { text: decision.text, decision });
      },
      { testid: "add-to-dialog", action: "Add", wide: true },
    );
  }
}

define("retrace-unassigned", Unassigned);
