// One line of the upload table: the file, its guessed camera and start time, how far it is.

import { button, h } from "./dom.js";
import { get } from "./api.js";
import { fromInput, toInput, zoneOf } from "./times.js";
import { SOURCES, bytes } from "./words.js";

const STATE_TEXT = {
  ready: "Ready to upload",
  waiting: "Waiting for its turn",
  uploading: "Uploading",
  finishing: "Checking the file",
  done: "Added",
  cancelled: "Cancelled",
};

export class UploadRow {
  #touched = { camera: false, start: false };
  #guess = { camera: null, start: null, start_source: "unknown" };

  constructor(upload, store, { cameraList, onretry, onremove }) {
    this.upload = upload;
    this.store = store;
    const name = upload.file.name;
    this.camera = h("input", {
      class: "rt-input",
      list: cameraList,
      placeholder: "Camera name",
      autocomplete: "off",
      "aria-label": `Camera of ${name}`,
      testid: "upload-camera",
      oninput: () => {
        this.#touched.camera = true;
      },
      onchange: () => this.#askGuess(),
    });
    this.start = h("input", {
      class: "rt-input",
      type: "datetime-local",
      step: 1,
      "aria-label": `Start time of ${name}`,
      testid: "upload-start-time",
      oninput: () => this.#startEdited(),
    });
    this.confirmed = h("input", {
      type: "checkbox",
      "aria-label": `Start time of ${name} is right`,
      testid: "upload-confirmed",
    });
    this.source = h("span", { class: "rt-tag", testid: "upload-source" }, "…");
    this.bar = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${name}` });
    this.status = h("span", { class: "rt-status", role: "status", testid: "upload-status" });
    this.retry = button("Retry", { onclick: onretry, testid: "upload-retry" });
    this.drop = button("Remove", { class: "rt-quiet", onclick: onremove, testid: "upload-cancel" });
    this.element = h(
      "tr",
      { testid: "upload-row" },
      h(
        "td",
        null,
        h("span", { class: "rt-name" }, name),
        h("span", { class: "rt-hint" }, bytes(upload.file.size)),
      ),
      h("td", null, this.camera),
      h(
        "td",
        null,
        h("div", { class: "rt-start" }, this.start, this.source),
        h("label", { class: "rt-check" }, this.confirmed, " confirmed"),
      ),
      h("td", null, this.bar, this.status),
      h("td", null, h("div", { class: "rt-actions" }, this.retry, this.drop)),
    );
    upload.addEventListener("change", () => this.draw());
    this.draw();
    this.#askGuess();
  }

  get zone() {
    return zoneOf(this.store.cameras, this.camera.value.trim());
  }

  // What goes along with the finished upload: a start only where the person entered or confirmed it;
  // the server makes the same guess itself, and looks into the file too.
  details() {
    const details = { camera: this.camera.value.trim() || undefined };
    if (this.#touched.start || this.confirmed.checked) {
      details.start = this.#touched.start
        ? fromInput(this.start.value, this.zone)
        : this.#guess.start;
      if (details.start) details.start_confirmed = this.confirmed.checked;
      else delete details.start;
    }
    return details;
  }

  // A time in a name is read in the camera's zone, so another camera may mean another time.
  async #askGuess() {
    try {
      this.#guess = await get("/guess", {
        query: {
          name: this.upload.file.name,
          camera: this.#touched.camera ? this.camera.value.trim() : null,
        },
      });
    } catch {
      // Without a guess the fields stay empty and can be filled in.
    }
    if (!this.#touched.camera) this.camera.value = this.#guess.camera ?? "";
    if (!this.#touched.start) this.start.value = toInput(this.#guess.start, this.zone);
    this.confirmed.disabled = !this.start.value;
    this.#drawSource();
  }

  #startEdited() {
    this.#touched.start = true;
    this.confirmed.disabled = !this.start.value;
    this.confirmed.checked = Boolean(this.start.value);
    this.#drawSource();
  }

  #drawSource() {
    const source = this.#touched.start ? "given" : this.#guess.start_source;
    this.source.textContent = SOURCES[source] ?? source;
    this.source.title =
      source === "unknown"
        ? "The file itself is looked into after the upload."
        : `Time zone: ${this.zone}`;
  }

  draw() {
    const { state, sent, error, file, resumed, result } = this.upload;
    const row = this.element;
    row.dataset.state = state;
    this.bar.value = state === "done" ? 1 : sent / Math.max(1, file.size);
    this.bar.hidden = ["ready", "cancelled", "failed"].includes(state);
    let text = STATE_TEXT[state];
    if (state === "uploading")
      text = `Uploading ${Math.floor((100 * sent) / Math.max(1, file.size))} %`;
    if (state === "ready" && resumed) text = "Ready to go on where it stopped";
    if (state === "offline")
      text = "Connection lost. It goes on by itself when Retrace answers again.";
    if (state === "failed") text = error;
    if (state === "done" && result?.state === "duplicate") text = "Already in the library";
    if (this.status.textContent !== text) this.status.textContent = text;
    this.status.classList.toggle("rt-problem", state === "failed");
    const editable = !["finishing", "done", "cancelled"].includes(state);
    for (const control of [this.camera, this.start]) control.disabled = !editable;
    this.confirmed.disabled = !editable || !this.start.value;
    this.retry.hidden = !["failed", "offline"].includes(state);
    this.drop.textContent =
      { waiting: "Cancel", uploading: "Cancel", offline: "Cancel", done: "Hide" }[state] ??
      "Remove";
    this.drop.hidden = state === "finishing";
  }
}
