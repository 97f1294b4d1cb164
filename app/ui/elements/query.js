// <retrace-query>: whom to look for, as chips, and the upload of a photo.
// Fires "drop-query" {item}, "clear-query", "save-query", "keep" {on} and
// "photo" {id, person, thumbnail}.

import { button, define, fire, h } from "./dom.js";
import { call } from "./api.js";
import { openDialog } from "./dialog.js";
import { peopleOverlay } from "./people-overlay.js";

class Query extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.empty = h(
      "p",
      { class: "rt-muted" },
      "Nobody chosen yet. Click a person in the picture, or upload a photo.",
    );
    this.chips = h("ul", { class: "rt-chips", "aria-label": "People to look for" });
    this.keep = h("input", {
      type: "checkbox",
      testid: "keep-query",
      onchange: () => fire(this, "keep", { on: this.keep.checked }),
    });
    this.photo = h("input", {
      type: "file",
      accept: "image/*",
      class: "rt-visually-hidden",
      id: "rt-photo",
      testid: "photo-input",
      onchange: () => {
        this.#upload(this.photo.files[0]);
        this.photo.value = "";
      },
    });
    this.label = h("label", { class: "rt-button", for: "rt-photo" }, "Upload a photo");
    this.clear = button("Clear", {
      class: "rt-quiet",
      testid: "clear-query",
      onclick: () => fire(this, "clear-query"),
    });
    this.save = button("Save as a person", {
      testid: "save-person",
      title: "Those chosen, and those you marked as the same, become one person",
      onclick: () => fire(this, "save-query"),
    });
    this.status = h("p", { role: "status", testid: "photo-status" });
    this.append(
      this.empty,
      this.chips,
      h(
        "label",
        { class: "rt-check" },
        this.keep,
        "Keep those chosen when I pick another (several pictures of one person)",
      ),
      h("div", { class: "rt-actions" }, this.photo, this.label, this.save, this.clear),
      this.status,
    );
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#upload(event.dataTransfer.files[0]);
    });
    this.items = [];
  }

  set items(items) {
    this.empty.hidden = items.length > 0;
    this.clear.hidden = items.length === 0;
    const person = items.find((item) => item.kind === "identity");
    this.save.hidden = !items.some((item) => item.kind === "tracklet");
    this.save.textContent = person ? `Add to ${person.label}` : "Save as a person";
    const inside = this.chips.contains(document.activeElement);
    this.chips.replaceChildren(...items.map((item) => this.#chip(item)));
    if (inside) (this.chips.querySelector("button") ?? this.keep).focus();
  }

  get keeping() {
    return this.keep.checked;
  }

  #chip(item) {
    const text = { photo: "Photo", identity: item.label }[item.kind] ?? item.camera ?? "Sighting";
    return h(
      "li",
      {
        class: "rt-chip",
        testid: "query-chip",
        "data-kind": item.kind,
        "data-tracklet": item.kind === "tracklet" ? item.id : null,
      },
      item.thumbnail
        ? h("img", { src: item.thumbnail, alt: "" })
        : h("span", { class: "rt-chip-blank" }),
      h("span", null, text, item.added && h("span", { class: "rt-hint" }, "marked as the same")),
      button("×", {
        class: "rt-quiet",
        "aria-label": `Do not look for this one (${text})`,
        testid: "remove-chip",
        onclick: () => fire(this, "drop-query", { item }),
      }),
    );
  }

  #say(text, problem = false) {
    this.status.textContent = text;
    this.status.classList.toggle("rt-problem", problem);
  }

  async #upload(file) {
    if (!file) return;
    this.#say("Looking for people in the photo …");
    try {
      const photo = await call("POST", "/photos", { body: file });
      this.#say("");
      if (photo.people.length === 0)
        this.#say(
          "Nobody was found in this photo. Use one that shows the person from head to feet.",
          true,
        );
      else if (photo.chosen !== null) this.#use(photo, photo.chosen);
      else this.#choose(photo);
    } catch (error) {
      this.#say(error.message, true);
    }
  }

  #use(photo, index) {
    fire(this, "photo", { id: photo.id, person: index, thumbnail: photo.image });
  }

  #choose(photo) {
    const overlay = peopleOverlay({
      alt: "The uploaded photo",
      onpick: ({ person }) => {
        dialog.close();
        this.#use(photo, person.key);
      },
    });
    overlay.draw({
      url: photo.image,
      width: photo.width,
      height: photo.height,
      people: photo.people.map(({ index, box }, at) => ({
        key: index,
        box,
        name: `Person ${at + 1} of ${photo.people.length}: look for this one`,
        mark: `${at + 1}`,
        data: { "data-person": index },
      })),
    });
    const dialog = openDialog(
      "Which person?",
      [
        h(
          "p",
          { class: "rt-muted" },
          "Several people are in this photo. Click the one to look for.",
        ),
        h("div", { class: "rt-stage" }, overlay.element),
      ],
      { wide: true, testid: "photo-dialog" },
    );
  }
}

define("retrace-query", Query);
