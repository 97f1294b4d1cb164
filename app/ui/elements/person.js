// <retrace-person>: one person: who, where, when, in which order; and all that can be put right.
// Fires "changed" {text, decision}.

import { button, define, fire, h } from "./dom.js";
import { get, patch, post } from "./api.js";
import { attempt } from "./dialog.js";
import { addDialog } from "./add-dialog.js";
import { isClash } from "./conflict-kinds.js";
import { conflictText } from "./conflict-words.js";
import { conflictNote } from "./conflict-note.js";
import { redraw } from "./focus.js";
import { mergeDialog } from "./merge-dialog.js";
import { nameForm } from "./person-name.js";
import { pathList } from "./person-path.js";
import { contactSheet, revealSighting } from "./person-sheet.js";
import { personConfidence, personLink, placement, sureTag } from "./person-words.js";
import { spanText } from "./spans.js";
import { splitDialog } from "./split-dialog.js";
import { count, list } from "./words.js";
import "./history.js";
import "./timeline.js";

const EXPORTS = [
  ["json", "Export (JSON)"],
  ["csv", "Export (table)"],
];

class Person extends HTMLElement {
  cameras = [];
  #id = null;
  #person = null;
  #name = null;
  #asked = 0;

  open(id) {
    this.#id = id;
    this.lost = conflictNote(() => this.load());
    this.body = h(
      "div",
      { tabindex: -1 },
      h("p", { class: "rt-muted", role: "status" }, "Loading …"),
    );
    this.append(
      h(
        "p",
        null,
        h("a", { class: "rt-back", href: "/people", testid: "everybody" }, "← Everybody"),
      ),
      this.lost.element,
      this.body,
    );
    this.load();
  }

  async load() {
    const asked = (this.#asked += 1);
    try {
      const person = await get(`/people/${this.#id}`);
      if (asked !== this.#asked) return;
      this.#person = person;
      this.lost.hide();
      document.title = `${person.label} – Retrace`;
      redraw(this.body, () => this.#draw(person));
    } catch (error) {
      if (asked !== this.#asked) return;
      this.body.replaceChildren(
        h(
          "div",
          { class: "rt-note rt-problem", role: "alert", testid: "person-error" },
          h("p", null, error.message),
          button("Try again", { onclick: () => this.load() }),
        ),
      );
    }
  }

  // Runs a change; a lost race is explained above the person, with what was typed kept.
  async change(action, text) {
    await attempt(async () => {
      try {
        const { decision } = await action();
        fire(this, "changed", { text: decision?.text ?? text, decision });
      } catch (error) {
        if (!error.conflict) throw error;
        this.lost.show(error, this.#id);
      }
    });
  }

  #draw(person) {
    // What was typed and not saved outlives a reload.
    const draft = this.#name?.draft;
    this.#name = nameForm(person, {
      draft,
      onsave: (body) => this.#saveName(body),
    });
    const history = document.createElement("retrace-history");
    history.person = person.id;
    const sheet = contactSheet(person, this.cameras, {
      onremove: (sighting) =>
        this.change(
          () =>
            post(`/people/${person.id}/remove`, {
              version: person.version,
              tracklets: [sighting.id],
            }),
          "The sighting was removed.",
        ),
    });
    const timeline = document.createElement("retrace-timeline");
    timeline.addEventListener("choose", ({ detail }) => revealSighting(this, detail.tracklet));
    const card = (id, title, ...content) =>
      h("section", { class: "rt-card", "aria-labelledby": id }, h("h2", { id }, title), ...content);
    this.body.replaceChildren(
      this.#head(person),
      ...(person.sightings.length
        ? [
            card("rt-person-when", "When and where", timeline, pathList(person, this.cameras)),
            card("rt-person-sheet", "All sightings", sheet),
          ]
        : []),
      card("rt-person-history", "What was done", history),
    );
    timeline.show(
      person.sightings.map((one) => ({ ...one, tracklet: one.id })),
      this.cameras,
      placement,
    );
    history.show(person.history);
  }

  async #saveName(body) {
    const { decision } = await patch(`/people/${this.#id}`, {
      version: this.#person.version,
      ...body,
    }).catch((error) => {
      if (error.conflict) this.lost.show(error, this.#id);
      throw error;
    });
    this.#name.saved();
    fire(this, "changed", { text: decision?.text ?? "Saved.", decision });
  }

  #head(person) {
    const cameras = person.cameras;
    return h(
      "section",
      {
        class: "rt-card rt-person-head",
        "aria-labelledby": "rt-person-title",
        testid: "person-head",
      },
      h(
        "div",
        { class: "rt-person-picture" },
        person.thumbnail &&
          h("img", { src: person.thumbnail, alt: `The best picture of ${person.label}` }),
      ),
      h(
        "div",
        { class: "rt-person-about" },
        h("h2", { id: "rt-person-title", testid: "person-title" }, person.label),
        this.#notes(person),
        h(
          "p",
          null,
          `${count(person.sightings.length, "sighting")} in ${count(cameras.length, "camera")}`,
          cameras.length > 0 && `: ${list(cameras)}`,
          person.confirmed > 0 && `; ${person.confirmed} placed by hand`,
          ". ",
          sureTag(personConfidence({ ...person, sightings: person.sightings.length })),
        ),
        h("p", { class: "rt-muted" }, spanText(person, this.cameras)),
        conflictsOf(person, this.cameras),
        this.#name.element,
        this.#actions(person),
      ),
    );
  }

  #notes(person) {
    const into = person.merged_into;
    return [
      into &&
        h(
          "p",
          { class: "rt-note", testid: "merged-into" },
          "This person was merged into another one: ",
          h("a", { href: personLink(into) }, "open that person"),
          ". The history below can undo it.",
        ),
      person.state === "gone" &&
        !into &&
        h(
          "p",
          { class: "rt-note" },
          "No sighting is left under this person. The history below can undo it.",
        ),
      person.state === "set_aside" &&
        h(
          "p",
          { class: "rt-note" },
          "Set aside as “not a person”: left out of lists and of matching.",
        ),
    ];
  }

  #actions(person) {
    const { id, version } = person;
    const some = person.sightings.length > 0;
    const dialog = (open) => () =>
      attempt(() => open(person, this.cameras, (detail) => fire(this, "changed", detail)));
    const aside = person.state === "set_aside";
    return h(
      "div",
      { class: "rt-actions", role: "group", "aria-label": "What to do with this person" },
      some && [
        h(
          "a",
          { class: "rt-button rt-primary", href: `/find?identity=${id}`, testid: "find-elsewhere" },
          "Find elsewhere",
        ),
        button("Merge with …", { testid: "merge", onclick: dialog(mergeDialog) }),
        person.sightings.length > 1 &&
          button("Split …", { testid: "split", onclick: dialog(splitDialog) }),
        button("Add sightings …", { testid: "add-sightings", onclick: dialog(addDialog) }),
        aside
          ? button("Put back", {
              testid: "restore",
              onclick: () =>
                this.change(() => post(`/people/${id}/restore`, { version }), "Put back."),
            })
          : button("Not a person", {
              testid: "set-aside",
              title: "Set aside: left out of lists and of matching, until you put it back",
              onclick: () =>
                this.change(() => post(`/people/${id}/set-aside`, { version }), "Set aside."),
            }),
        EXPORTS.map(([format, text]) =>
          h(
            "a",
            {
              class: "rt-button rt-quiet",
              href: `/api/v1/people/${id}/export?format=${format}`,
              download: "",
              testid: `export-${format}`,
            },
            text,
          ),
        ),
      ],
    );
  }
}

// What contradicts something is said at once, what time decided on demand.
function conflictsOf({ conflicts }, cameras) {
  const parted = conflicts.filter((one) => !isClash(one));
  return [
    conflicts
      .filter(isClash)
      .map((one) =>
        h("p", { class: "rt-warning", testid: "person-conflict" }, conflictText(one, cameras)),
      ),
    parted.length > 0 &&
      h(
        "details",
        { testid: "person-parted" },
        h(
          "summary",
          null,
          `Kept apart from look-alikes: not in two places at once (${parted.length})`,
        ),
        h(
          "ul",
          { class: "rt-lines" },
          parted.map((one) => h("li", null, conflictText(one, cameras))),
        ),
      ),
  ];
}

define("retrace-person", Person);
