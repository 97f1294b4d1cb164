// A picture with its people outlined; each outline is a button for mouse, touch and keyboard.
// Used for frames of a video and for photos.

import { h, showImage, svg } from "./dom.js";

const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);

// onpick({person, add}) gets the person as the API gave it; add: Shift was held.
export function peopleOverlay({ alt, onpick }) {
  const image = h("img", { class: "rt-frame-image", alt, testid: "frame-image" });
  const layer = svg("svg", {
    class: "rt-outlines",
    role: "group",
    "aria-label": "People in the picture",
  });
  const element = h("div", { class: "rt-frame" }, image, layer);

  // people: [{key, box, name, chosen}]; names are read out, chosen ones are marked in words too
  function draw({ url, width, height, people }) {
    showImage(image, url);
    element.style.aspectRatio = `${width} / ${height}`;
    element.style.setProperty("--rt-ratio", width / height);
    layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const focused = layer.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : null;
    const unit = width / 960;
    // Smaller ones lie on top, so that nobody is hidden behind a bigger outline.
    const ordered = [...people].sort((a, b) => area(b.box) - area(a.box));
    layer.replaceChildren(...ordered.flatMap((person) => outline(person, unit)));
    if (focused !== null) layer.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  function outline(person, unit) {
    const [x1, y1, x2, y2] = person.box;
    const box = {
      x: x1,
      y: y1,
      width: Math.max(1, x2 - x1),
      height: Math.max(1, y2 - y1),
      rx: 3 * unit,
    };
    const pick = (event) => onpick({ person, add: event.shiftKey });
    const halo = svg("rect", { ...box, class: "rt-outline-halo" });
    const rect = svg("rect", {
      ...box,
      class: `rt-outline ${person.chosen ? "rt-chosen" : ""}`,
      role: "button",
      tabindex: 0,
      "aria-label": person.name,
      "aria-pressed": String(Boolean(person.chosen)),
      testid: "person",
      "data-key": person.key,
      ...person.data,
      onclick: pick,
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pick(event);
      },
    });
    if (!person.mark) return [halo, rect];
    const size = 15 * unit;
    const text = svg(
      "text",
      {
        x: x1 + 4 * unit,
        y: Math.max(size, y1 - 6 * unit),
        "font-size": size,
        class: "rt-outline-mark",
        "aria-hidden": "true",
      },
      person.mark,
    );
    return [halo, rect, text];
  }

  return { element, image, draw };
}
