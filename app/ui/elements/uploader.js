// <retrace-uploader>: drop or choose recordings, check what was guessed, upload them.
// Fires "added" after each one.

import { button, define, fire, h } from "./dom.js";
import { get, remove } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { Upload, forget, unfinished } from "./upload.js";
import { UploadRow } from "./upload-row.js";
import { CAMERA_LIST } from "./ingest.js";
import { count } from "./words.js";

const PARALLEL = 2;
const RECORDINGS = "video/*,.mkv,.avi,.ts,.mts,.m2ts,.h264,.264,.h265,.265,.hevc,.mov,.mp4,.webm";

class Uploader extends HTMLElement {
  #rows = [];
  store = null;

  connectedCallback() {
    if (this.firstChild || !this.store) return;
    this.cameraNames = h("datalist", { id: CAMERA_LIST });
    this.input = h("input", {
      type: "file",
      multiple: true,
      accept: RECORDINGS,
      class: "rt-visually-hidden",
      id: "rt-files",
      testid: "file-input",
      onchange: () => {
        this.#add([...this.input.files]);
        this.input.value = "";
      },
    });
    this.zone = h(
      "div",
      { class: "rt-drop", testid: "drop-zone" },
      h(
        "p",
        null,
        h("strong", null, "Drop recordings here"),
        " – several at once, from as many cameras as you like.",
      ),
      h(
        "div",
        { class: "rt-actions" },
        this.input,
        h("label", { class: "rt-button rt-primary", for: "rt-files" }, "Choose files"),
      ),
    );
    this.left = h("div", { class: "rt-left" });
    this.body = h("tbody");
    this.start = button("Upload", {
      class: "rt-primary",
      testid: "upload-start",
      onclick: () => this.#startAll(),
    });
    this.clear = button("Clear the list", { class: "rt-quiet", onclick: () => this.#clear() });
    this.table = h(
      "div",
      { class: "rt-uploads" },
      h(
        "div",
        { class: "rt-scroll" },
        h(
          "table",
          { class: "rt-table" },
          h("caption", { class: "rt-visually-hidden" }, "Files to upload"),
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              ["File", "Camera", "Start of the recording", "Progress"].map((text) =>
                h("th", { scope: "col" }, text),
              ),
              h("th", { scope: "col" }, h("span", { class: "rt-visually-hidden" }, "Actions")),
            ),
          ),
          this.body,
        ),
      ),
      h("div", { class: "rt-actions" }, this.start, this.clear),
    );
    this.append(
      this.cameraNames,
      this.zone,
      this.left,
      this.table,
      document.createElement("retrace-ingest"),
    );
    this.#dropping();
    this.store.addEventListener("change", () => this.#drawNames());
    addEventListener("beforeunload", this.#leaving);
    this.#drawNames();
    this.#drawLeft();
    this.#draw();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.#leaving);
  }

  #leaving = (event) => {
    if (this.#rows.some((row) => row.upload.state === "uploading")) event.preventDefault();
  };

  #drawNames() {
    this.cameraNames.replaceChildren(
      ...this.store.cameras.map((camera) => h("option", { value: camera.name })),
    );
  }

  #dropping() {
    const over = (on) => (event) => {
      event.preventDefault();
      this.zone.classList.toggle("rt-over", on);
    };
    this.zone.addEventListener("dragover", over(true));
    this.zone.addEventListener("dragleave", over(false));
    this.zone.addEventListener("drop", (event) => {
      over(false)(event);
      this.#add([...event.dataTransfer.files]);
    });
  }

  #add(files) {
    for (const file of files) {
      const upload = new Upload(file);
      if (this.#rows.some((row) => row.upload.key === upload.key && !row.upload.settled)) continue;
      if (file.size === 0) {
        notify(`“${file.name}” is empty and was left out.`, { problem: true });
        continue;
      }
      const row = new UploadRow(upload, this.store, {
        cameraList: CAMERA_LIST,
        onretry: () => this.#queue(row),
        onremove: () => this.#remove(row),
      });
      upload.addEventListener("change", () => this.#draw());
      this.#rows.push(row);
      this.body.append(row.element);
    }
    this.#draw();
    if (files.length) this.start.focus();
  }

  #startAll() {
    for (const row of this.#rows) if (row.upload.state === "ready") this.#queue(row);
  }

  #queue(row) {
    if (row.upload.state === "offline") {
      dispatchEvent(new Event("online"));
      return;
    }
    row.upload.set("waiting");
    this.#next();
  }

  async #next() {
    const busy = this.#rows.filter((row) =>
      ["uploading", "offline", "finishing"].includes(row.upload.state),
    ).length;
    const row = this.#rows.find((one) => one.upload.state === "waiting");
    if (!row || busy >= PARALLEL) return;
    const running = row.upload.run(() => row.details());
    this.#next();
    await running;
    if (row.upload.state === "done") fire(this, "added");
    this.#drawLeft();
    this.#next();
  }

  async #remove(row) {
    const { upload } = row;
    row.element.remove();
    this.#rows = this.#rows.filter((one) => one !== row);
    if (!upload.settled && upload.state !== "ready") await upload.cancel();
    this.#draw();
    this.#next();
    this.input.focus();
  }

  #clear() {
    for (const row of this.#rows.filter((one) => one.upload.settled)) row.element.remove();
    this.#rows = this.#rows.filter((one) => !one.upload.settled);
    this.#draw();
  }

  #draw() {
    const ready = this.#rows.filter((row) => row.upload.state === "ready").length;
    this.table.hidden = this.#rows.length === 0;
    this.start.hidden = ready === 0;
    this.start.textContent = `Upload ${count(ready, "recording")}`;
    this.clear.hidden = !this.#rows.some((row) => row.upload.settled);
  }

  // After a reload the browser no longer holds the files: say which to choose again.
  async #drawLeft() {
    const current = new Set(this.#rows.map((row) => row.upload.key));
    const lines = await Promise.all(
      unfinished()
        .filter((one) => !current.has(one.key))
        .map(async (one) => {
          const there = await get(`/uploads/${one.id}`).catch((error) => {
            if (error.status === 404) forget(one.key);
            return null;
          });
          if (!there) return null;
          const percent = Math.floor((100 * there.offset) / Math.max(1, there.size));
          const line = h(
            "li",
            { testid: "unfinished-upload" },
            h(
              "span",
              null,
              `“${one.name}” is ${percent} % uploaded. Choose the same file again and it goes on from there.`,
            ),
            button("Discard", {
              class: "rt-quiet",
              onclick: () =>
                attempt(async () => {
                  await remove(`/uploads/${one.id}`);
                  forget(one.key);
                  line.remove();
                }),
            }),
          );
          return line;
        }),
    );
    const found = lines.filter(Boolean);
    this.left.replaceChildren(
      ...(found.length ? [h("ul", { class: "rt-note rt-lines" }, found)] : []),
    );
  }
}

define("retrace-uploader", Uploader);
