// What is known of one model, as a card.

import { button, h } from "./dom.js";
import { timeLeft } from "./times.js";
import { bytes, count, list } from "./words.js";

const share = (fraction) => `${Math.round(fraction * 100)} %`;
const rows = (pairs) =>
  h(
    "dl",
    { class: "rt-record" },
    pairs
      .filter(([, value]) => value)
      .map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );

// act: told "use", "fetch", "verify", "cancel" or "compare"
export function modelCard(model, { job, note, act }) {
  const of = (what) => ({ "aria-label": `${what}: ${model.name}` });
  const id = `rt-model-${model.name}`;
  const ready = model.state === "ready";
  const can = (text, what, props) =>
    button(text, { ...of(text), ...props, testid: `${what}-model`, onclick: () => act(what) });
  return h(
    "article",
    {
      class: "rt-model",
      testid: "model",
      tabindex: -1,
      "data-key": `model-${model.name}`,
      "data-model": model.name,
      "data-state": model.state,
      "data-active": String(model.active),
      "aria-labelledby": id,
    },
    h(
      "div",
      { class: "rt-model-head" },
      h("h3", { id }, model.name),
      model.active && h("span", { class: "rt-sure rt-level-strong" }, "In use"),
      model.best && h("span", { class: "rt-tag" }, "Best measured here"),
      model.research_only && h("span", { class: "rt-tag rt-tag-warn" }, "Research only"),
    ),
    h("p", { class: "rt-muted" }, model.summary),
    rows([
      ["Accuracy", accuracy(model)],
      ["Terms", model.terms],
      ["Trained on", model.trained_on],
      ["Size", model.size ? bytes(model.size) : null],
      ["Runs on", model.device ?? model.runtime],
      ["Sightings", ready && seen(model)],
    ]),
    wholeCard(model),
    state(model),
    job && progress(model, job),
    note &&
      h(
        "p",
        { class: note.problem ? "rt-problem" : "rt-muted", role: "status", testid: "model-note" },
        note.text,
      ),
    h(
      "div",
      { class: "rt-actions" },
      ready && !model.active && !model.switching && can("Use", "use", { class: "rt-primary" }),
      ready && !model.active && can("Compare with the one in use", "compare"),
      model.job !== null && can(model.switching ? "Cancel the switch" : "Cancel", "cancel"),
      model.state === "fetchable" &&
        can(`Download (${bytes(model.size)})`, "fetch", { class: "rt-primary" }),
      ready && can("Check its files", "verify", { class: "rt-quiet" }),
    ),
  );
}

// Everything else that is known: for those who must answer for using it.
const wholeCard = (model) =>
  h(
    "details",
    { class: "rt-hint", testid: "model-card" },
    h("summary", { "aria-label": `Model card: ${model.name}` }, "Model card"),
    rows([
      ["Weaknesses", lines(model.weaknesses)],
      [
        "Method",
        `${METHODS[model.method] ?? model.method}, for ${list(model.roles.map((role) => ROLES[role] ?? role))}; ${model.dimension} numbers from ${model.input} pixels`,
      ],
      ["Source", model.source],
      ["Made with", model.recipe && recipe(model.recipe)],
      ["Licence", model.licence],
      ["Measured by", lines([...new Set(model.measured.map((one) => one.command))])],
      ["Files", lines(model.files.map((file) => `${file.name}, SHA-256 ${file.sha256}`))],
      ["Folder", model.path],
    ]),
  );

const recipe = ({ command, file }) => (file ? `${command} (values: ${file})` : command);
const lines = (texts) =>
  texts.length > 0 &&
  h(
    "ul",
    { class: "rt-lines" },
    texts.map((text) => h("li", null, text)),
  );

const METHODS = { external: "a ready-made network" };
const ROLES = {
  image_embedder: "pictures",
  tracklet_embedder: "sightings",
  pair_scorer: "pairs",
};

function accuracy({ measured }) {
  if (measured.length === 0) return "Not measured";
  return measured.map(({ benchmark, protocol, queries, rank1, mean_ap: ap, precision }) =>
    h(
      "div",
      null,
      h("strong", null, `${share(rank1)} right at once`),
      `, mean average precision ${share(ap)}`,
      h(
        "details",
        { class: "rt-hint" },
        h("summary", null, `${benchmark}, ${queries.toLocaleString("en-GB")} searches`),
        `${protocol}. Measured on ${precision}.`,
      ),
    ),
  );
}

const seen = ({ waiting }) =>
  waiting === 0 ? "all prepared" : `${count(waiting, "sighting")} not prepared yet`;

function state({ state: how, name }) {
  const text = {
    fetchable: "Not here yet. It can be downloaded; that goes online once.",
    importable: `Not here, and no lasting address is known: bring its file, then run “models import FILE”.`,
    untrained: `No weights yet: train it with “train run ${name}”.`,
  }[how];
  return text && h("p", { class: "rt-warning", testid: "model-state" }, text);
}

function progress(model, job) {
  const label = model.switching ? "Preparing the switch" : "Preparing";
  const left = timeLeft(job.eta_seconds);
  const words = job.state === "queued" ? "waiting for its turn" : job.message;
  return h(
    "div",
    { testid: "model-progress" },
    h("progress", { max: 1, value: job.progress, "aria-label": `${label}: ${model.name}` }),
    h(
      "p",
      { class: "rt-hint" },
      [label, words, left].filter(Boolean).join(" · "),
      " ",
      h("a", { href: `/system?job=${job.id}` }, `Job ${job.id}`),
    ),
  );
}

export function detectorCard(detector, note, fetch) {
  const ready = detector.state === "ready";
  return h(
    "article",
    {
      class: "rt-model",
      testid: "detector",
      "data-state": detector.state,
      "data-key": "detector",
      tabindex: -1,
    },
    h(
      "div",
      { class: "rt-model-head" },
      h("h3", null, detector.name),
      ready && h("span", { class: "rt-sure rt-level-strong" }, "In use"),
    ),
    rows([
      ["Terms", detector.licence],
      ["Size", detector.size ? bytes(detector.size) : null],
      ["Looks at", `pictures of at most ${detector.image_size} pixels`],
      ["Runs on", detector.device ?? "told once a recording was looked through, or on Health"],
      ["File", detector.path],
    ]),
    detector.message && h("p", { class: "rt-warning" }, detector.message),
    note && h("p", { class: note.problem ? "rt-problem" : "rt-muted", role: "status" }, note.text),
    h(
      "div",
      { class: "rt-actions" },
      detector.state === "fetchable" &&
        button(`Download (${bytes(detector.size)})`, {
          class: "rt-primary",
          testid: "fetch-detector",
          onclick: fetch,
        }),
      h(
        "span",
        { class: "rt-hint" },
        "Another one: name its file under detector.weights in the settings.",
      ),
    ),
  );
}
