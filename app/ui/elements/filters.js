// <retrace-filters>: where and when to look. Fires "filter" after a change.

import { define, field, fire, h } from "./dom.js";
import { commonZone, fromInput } from "./times.js";

class Filters extends HTMLElement {
  #zone = "UTC";

  connectedCallback() {
    if (this.firstChild) return;
    const input = (props) =>
      h("input", { class: "rt-input", type: "datetime-local", step: 1, ...props });
    this.cameras = h("fieldset", { class: "rt-fieldset" });
    this.from = input({ testid: "filter-from" });
    this.to = input({ testid: "filter-to" });
    this.zoneHint = h("p", { class: "rt-hint", testid: "filter-zone" });
    this.same = h("input", { type: "checkbox", testid: "filter-same-camera" });
    this.limit = h(
      "select",
      { class: "rt-input", testid: "filter-limit" },
      [20, 50, 100, 200].map((n) => h("option", { value: n }, String(n))),
    );
    this.limit.value = 50;
    this.append(
      this.cameras,
      h("div", { class: "rt-two" }, field("From", this.from), field("Until", this.to)),
      this.zoneHint,
      h("label", { class: "rt-check" }, this.same, "Include the person's own camera in one order"),
      h("div", { class: "rt-two" }, field("At most", this.limit)),
    );
    this.addEventListener("change", () => fire(this, "filter"));
  }

  setCameras(cameras) {
    this.#zone = commonZone(cameras);
    this.zoneHint.textContent = `Times in ${this.#zone}. Recordings without a confirmed start have no time and are left out when one is set.`;
    this.cameras.replaceChildren(
      h("legend", { class: "rt-label" }, "Cameras"),
      ...cameras.map((camera) =>
        h(
          "label",
          { class: "rt-check" },
          h("input", {
            type: "checkbox",
            checked: true,
            value: camera.name,
            testid: "filter-camera",
          }),
          camera.name,
        ),
      ),
    );
  }

  // The part of a search that these fields say; all cameras ticked means no filter at all.
  get values() {
    const boxes = [...this.cameras.querySelectorAll("input")];
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    const values = {
      cameras: ticked.length === boxes.length ? [] : ticked,
      limit: Number(this.limit.value),
      same_camera: this.same.checked,
    };
    const from = fromInput(this.from.value, this.#zone);
    const to = fromInput(this.to.value, this.#zone);
    if (from) values.from = from;
    if (to) values.to = to;
    return values;
  }

  // Why no search can be made with these fields, or null.
  get problem() {
    if (this.cameras.querySelector("input") && !this.cameras.querySelector("input:checked"))
      return "No camera is ticked. Tick at least one under Where and when.";
    const { from, to } = this.values;
    return from && to && from >= to
      ? "“From” is not before “Until”. Correct the times under Where and when."
      : null;
  }
}

define("retrace-filters", Filters);
