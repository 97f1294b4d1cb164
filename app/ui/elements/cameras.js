// <retrace-cameras>: the cameras, their time zones and what is wrong with their clocks.

import { button, define, field, h } from "./dom.js";
import { patch, post, remove } from "./api.js";
import { confirmRemoval, notify, openForm } from "./dialog.js";
import { HERE } from "./times.js";
import { count } from "./words.js";
import { newestVersion } from "./video-form.js";

const ZONE_LIST = "rt-time-zones";

class Cameras extends HTMLElement {
  store = null;
  #drawn = "";

  connectedCallback() {
    if (this.firstChild || !this.store) return;
    this.body = h("tbody");
    const columns = ["Camera", "Recordings", "Time zone", "Clock correction", "Notes"];
    this.empty = h(
      "p",
      { class: "rt-muted" },
      "No cameras yet. They appear with the first recording, or add one here.",
    );
    this.table = h(
      "div",
      { class: "rt-scroll" },
      h(
        "table",
        { class: "rt-table" },
        h("caption", { class: "rt-visually-hidden" }, "Cameras"),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            columns.map((text) => h("th", { scope: "col" }, text)),
            h("th", { scope: "col" }, h("span", { class: "rt-visually-hidden" }, "Actions")),
          ),
        ),
        this.body,
      ),
    );
    const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
    this.append(
      h(
        "datalist",
        { id: ZONE_LIST },
        ["UTC", ...zones].map((zone) => h("option", { value: zone })),
      ),
      this.empty,
      this.table,
      h(
        "div",
        { class: "rt-actions" },
        button("Add camera", { onclick: () => this.#edit(null), testid: "add-camera" }),
      ),
    );
    this.store.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const { cameras, loaded } = this.store;
    const signature = JSON.stringify([cameras, loaded]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    this.empty.hidden = !loaded || cameras.length > 0;
    this.table.hidden = cameras.length === 0;
    this.body.replaceChildren(...cameras.map((camera) => this.#row(camera)));
  }

  #row(camera) {
    const of = (what) => ({ "aria-label": `${what}: ${camera.name}` });
    return h(
      "tr",
      { testid: "camera-row", "data-camera": camera.name },
      h("th", { scope: "row" }, camera.name),
      h("td", null, String(camera.videos)),
      h("td", null, camera.time_zone || "this machine's"),
      h(
        "td",
        null,
        camera.clock_offset
          ? `${camera.clock_offset > 0 ? "+" : ""}${camera.clock_offset} s`
          : "none",
      ),
      h("td", { class: "rt-notes" }, camera.notes || "–"),
      h(
        "td",
        null,
        h(
          "div",
          { class: "rt-actions" },
          button("Edit", {
            ...of("Edit"),
            onclick: () => this.#edit(camera),
            testid: "edit-camera-button",
          }),
          button("Remove", {
            class: "rt-quiet",
            ...of("Remove"),
            onclick: () => this.#remove(camera),
            testid: "remove-camera",
          }),
        ),
      ),
    );
  }

  #edit(camera) {
    let version = camera?.version;
    const name = h("input", {
      class: "rt-input",
      required: true,
      maxlength: 200,
      value: camera?.name ?? "",
      autocomplete: "off",
      testid: "camera-name",
    });
    const zone = h("input", {
      class: "rt-input",
      list: ZONE_LIST,
      value: camera?.time_zone ?? HERE,
      testid: "camera-zone",
    });
    const offset = h("input", {
      class: "rt-input",
      type: "number",
      step: "any",
      value: camera?.clock_offset ?? 0,
      testid: "camera-offset",
    });
    const notes = h("textarea", {
      class: "rt-input",
      rows: 2,
      value: camera?.notes ?? "",
      testid: "camera-notes",
    });
    const save = async () => {
      const entry = {
        name: name.value.trim(),
        time_zone: zone.value.trim() || undefined,
        clock_offset: Number(offset.value || 0),
        notes: notes.value,
      };
      try {
        if (camera) await patch(`/cameras/${camera.id}`, { version, ...entry });
        else await post("/cameras", entry);
      } catch (error) {
        if (camera && error.conflict)
          version = await newestVersion(this.store, "cameras", camera.id, error);
        throw error;
      }
      notify(`Camera “${entry.name}” was saved.`);
      await this.store.refresh();
    };
    openForm(
      camera ? "Edit the camera" : "Add a camera",
      [
        field("Name", name),
        field("Time zone", zone, "Times without a zone, as in file names, are read in it."),
        field(
          "Clock correction, seconds",
          offset,
          "Added to this camera's times. A clock that is 90 s slow needs 90, one that is fast a negative number.",
        ),
        field("Notes", notes),
      ],
      save,
      { testid: "camera-dialog" },
    );
  }

  #remove(camera) {
    const sightings = this.store.videos
      .filter((video) => video.camera_id === camera.id)
      .reduce((sum, video) => sum + (video.tracklets ?? 0), 0);
    confirmRemoval(
      `Remove camera “${camera.name}” for good?`,
      [
        `The camera “${camera.name}”`,
        `Its ${count(camera.videos, "recording")}`,
        `${count(sightings, "sighting")} of people in them, with their pictures and clips`,
        "Your “same” and “not same” answers about them",
      ],
      async () => {
        await remove(`/cameras/${camera.id}`);
        notify(`Camera “${camera.name}” was removed.`);
        await this.store.refresh();
      },
    );
  }
}

define("retrace-cameras", Cameras);
