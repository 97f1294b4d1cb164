// Learnt walking times as a small plot, with the same in words.

import { h, svg } from "./dom.js";
import { length } from "./times.js";
import { count } from "./words.js";

const WIDTH = 120;
const HEIGHT = 32;

export const learntText = ({ count: n, p05, median, p95 }) =>
  `usually ${length(median)}, nearly all ${length(p05)} to ${length(p95)}; from ${count(n, "walk")}`;

// learnt: {count, p05, median, p95, histogram: [[seconds, count], …]}
export function histogram(learnt) {
  const bins = learnt.histogram ?? [];
  const most = Math.max(1, ...bins.map(([, n]) => n));
  const wide = WIDTH / Math.max(1, bins.length);
  const text = learntText(learnt);
  return h(
    "div",
    { class: "rt-learnt", testid: "learnt" },
    svg(
      "svg",
      {
        class: "rt-histogram",
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        width: WIDTH,
        height: HEIGHT,
        role: "img",
        "aria-label": `Walking times: ${text}`,
      },
      bins.map(([seconds, n], at) =>
        svg(
          "rect",
          {
            x: at * wide + 0.5,
            y: HEIGHT - (HEIGHT * n) / most,
            width: Math.max(1, wide - 1),
            height: (HEIGHT * n) / most,
          },
          svg("title", null, `${length(seconds)}: ${count(n, "walk")}`),
        ),
      ),
    ),
    h("span", { class: "rt-hint" }, `${text}. Learnt, only a hint.`),
  );
}
