// <retrace-ingest>: add recordings that are already on this machine, by path. Fires "added".

import { define, field, fire, h } from "./dom.js";
import { post } from "./api.js";
import { attempt } from "./dialog.js";
import { count } from "./words.js";

export const CAMERA_LIST = "rt-known-cameras"; // the datalist that the uploader fills

class Ingest extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const path = h("textarea", {
      class: "rt-input",
      name: "path",
      rows: 2,
      placeholder: "/recordings/entrance/2026-05-04.mp4",
      required: true,
      testid: "ingest-path",
    });
    const camera = h("input", {
      class: "rt-input",
      name: "camera",
      list: CAMERA_LIST,
      autocomplete: "off",
      placeholder: "Guessed from the name",
      testid: "ingest-camera",
    });
    const answer = h("div", { role: "status" });
    const send = h(
      "button",
      { class: "rt-button", type: "submit", testid: "ingest-button" },
      "Add",
    );
    const form = h(
      "form",
      {
        class: "rt-inline",
        onsubmit: (event) => {
          event.preventDefault();
          attempt(() => this.#ingest(path, camera, answer));
        },
      },
      field("Full paths, one a line", path),
      field("Camera (optional)", camera),
      send,
    );
    this.append(
      h(
        "details",
        { class: "rt-details" },
        h("summary", null, "Add files already on this machine"),
        form,
        answer,
      ),
    );
  }

  async #ingest(path, camera, answer) {
    const lines = path.value
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    const files = lines.map((line) => ({ path: line, camera: camera.value.trim() || undefined }));
    const { videos } = await post("/ingest", { files });
    const of = (state) => videos.filter((video) => video.state === state);
    const failed = of("failed");
    const known = of("duplicate").length;
    const added = `${count(videos.length - failed.length - known, "recording")} added`;
    answer.replaceChildren(
      h("p", null, known ? `${added}, ${known} already in the library.` : `${added}.`),
      h(
        "ul",
        { class: "rt-lines" },
        failed.map((video) => h("li", { class: "rt-problem" }, video.error)),
      ),
    );
    // What failed stays in the box to be corrected; a path may have stood for a whole folder.
    const names = new Set(failed.map((video) => video.file));
    path.value = lines.filter((line) => names.has(line.split("/").at(-1))).join("\n");
    fire(this, "added");
  }
}

define("retrace-ingest", Ingest);
