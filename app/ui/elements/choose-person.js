// A list of people to choose one from, with a search field. onchoose(card) after each choice.
// alike: a promise of those who look most alike; they come first as long as nobody is searched for.

import { field, h } from "./dom.js";
import { get } from "./api.js";
import { attempt } from "./dialog.js";
import { personConfidence, sureTag } from "./person-words.js";
import { spanText } from "./spans.js";
import { count } from "./words.js";

const SHOWN = 24;
const TYPING_MS = 250;
let lists = 0;

export function choosePerson(cameras, { without = [], alike = [], onchoose }) {
  const name = `rt-choose-${(lists += 1)}`;
  let timer = null;
  let asked = 0;
  const options = h("div", { class: "rt-choices", role: "radiogroup", "aria-label": "People" });
  const status = h("p", { class: "rt-hint", role: "status" });
  const search = h("input", {
    class: "rt-input",
    type: "search",
    autocomplete: "off",
    placeholder: "Name or notes",
    testid: "choose-search",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(load, TYPING_MS);
    },
  });
  async function load() {
    const mine = (asked += 1);
    const answer = await attempt(() =>
      get("/people", { query: { q: search.value.trim() || null, limit: SHOWN + without.length } }),
    );
    if (!answer || mine !== asked) return;
    const first = search.value.trim() ? [] : await alike;
    if (mine !== asked) return;
    const known = new Set([...without, ...first.map((one) => one.id)]);
    const others = answer.people.filter((one) => !known.has(one.id)).slice(0, SHOWN);
    const people = [...first, ...others];
    options.replaceChildren(...people.map(choice));
    const all = answer.total - without.length;
    status.textContent =
      people.length === 0
        ? "Nobody else fits."
        : all > people.length
          ? `${people.length} of ${all} shown; search to find the others.`
          : "";
  }
  const choice = (person) =>
    h(
      "label",
      { class: "rt-choice", testid: "choice", "data-person": person.id },
      h("input", { type: "radio", name, value: person.id, onchange: () => onchoose(person) }),
      person.thumbnail && h("img", { src: person.thumbnail, alt: "", loading: "lazy" }),
      h(
        "span",
        null,
        h("strong", { class: "rt-person-name" }, person.label),
        person.sure && [" ", sureTag({ number: null, ...person.sure }, { testid: "alike" })],
        h(
          "span",
          { class: "rt-hint" },
          `${person.cameras.join(", ")} · ${count(person.sightings, "sighting")} · ${personConfidence(person).text}`,
        ),
        h("span", { class: "rt-hint" }, spanText(person, cameras)),
      ),
    );
  load();
  return h("div", { class: "rt-choose" }, field("Search", search), options, status);
}
