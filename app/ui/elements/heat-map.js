// A heat map over a picture: rows of numbers 0–1, stretched over the whole of it.

import { h } from "./dom.js";

// From clear (0) over orange to yellow (1): light enough to read on any clothes.
const COLD = [214, 64, 0];
const HOT = [255, 232, 60];
const STRONGEST = 200; // of 255: the picture stays visible

// at: the place whose map it is, as shares of width and height, or null;
// windows: where the model looked, one after another: [left, top, width, height] as shares
export function heatMap(rows, at, windows = []) {
  const canvas = h("canvas", { width: rows[0].length, height: rows.length, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((heat, n) => {
    const colour = COLD.map((cold, i) => cold + (HOT[i] - cold) * heat);
    image.data.set([...colour, STRONGEST * heat], 4 * n);
  });
  context.putImageData(image, 0, 0);
  const ring = h("span", { class: "rt-heat-at", "aria-hidden": "true" });
  if (at) Object.assign(ring.style, { left: `${100 * at[0]}%`, top: `${100 * at[1]}%` });
  return h("div", { class: "rt-heat", testid: "heat" }, canvas, at && ring, windows.map(look));
}

function look([left, top, width, height], n) {
  const frame = h(
    "span",
    { class: "rt-heat-window", testid: "heat-window", "aria-hidden": "true" },
    String(n + 1),
  );
  const style = { left, top, width, height };
  for (const [name, share] of Object.entries(style)) frame.style[name] = `${100 * share}%`;
  return frame;
}
