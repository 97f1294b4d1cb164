// Splitting a person: two groups side by side; a sighting goes to the other by click or arrow key.

import { button, field, h } from "./dom.js";
import { get, post } from "./api.js";
import { openDialog } from "./dialog.js";
import { redraw } from "./focus.js";
import { cropsOf } from "./sighting-tile.js";
import { beginText, severalDays } from "./spans.js";
import { count } from "./words.js";

export async function splitDialog(person, cameras, onchanged) {
  const proposal = await get(`/people/${person.id}/split`);
  const going = new Set(proposal.go);
  let current = person;
  const date = severalDays(person.sightings);
  const problem = h("p", { class: "rt-problem", role: "alert", testid: "split-problem" });
  problem.hidden = true;
  const name = h("input", {
    class: "rt-input",
    maxlength: 200,
    autocomplete: "off",
    testid: "split-name",
  });
  const confirm = button("Split", { class: "rt-primary", testid: "confirm-split", onclick: split });
  const status = h("p", { class: "rt-visually-hidden", role: "status" });
  const sides = h("div", { class: "rt-split", tabindex: -1 });

  function move(sighting) {
    const away = !going.has(sighting.id);
    if (away) going.add(sighting.id);
    else going.delete(sighting.id);
    draw();
    const stay = current.sightings.length - going.size;
    status.textContent = `${away ? "Goes" : "Stays"}. ${stay} stay, ${going.size} go.`;
  }

  function draw() {
    const side = (go, title, testid) => {
      const own = current.sightings.filter((one) => going.has(one.id) === go);
      return h(
        "section",
        { class: "rt-split-side", "aria-label": title, testid },
        h("h3", null, `${title} · ${count(own.length, "sighting")}`),
        own.length === 0 &&
          h("p", { class: "rt-hint" }, "Nobody here yet: click sightings of the other side."),
        h(
          "div",
          { class: "rt-tiles" },
          own.map((one) => tile(one, go)),
        ),
      );
    };
    redraw(sides, () =>
      sides.replaceChildren(
        side(false, `Stays ${current.label}`, "split-stay"),
        side(true, "Becomes somebody else", "split-go"),
      ),
    );
    confirm.disabled = going.size === 0 || going.size === current.sightings.length;
  }

  const tile = (sighting, go) => {
    const when = beginText(sighting, cameras, { date });
    return h(
      "button",
      {
        type: "button",
        class: "rt-tile rt-tile-move",
        testid: "split-sighting",
        "data-key": sighting.id,
        "data-tracklet": sighting.id,
        "aria-label": `${sighting.camera}, ${when}: move to the ${go ? "left" : "right"}`,
        onclick: () => move(sighting),
        onkeydown: (event) => {
          if (event.key !== (go ? "ArrowLeft" : "ArrowRight")) return;
          event.preventDefault();
          move(sighting);
        },
      },
      h("img", { src: cropsOf(sighting).first, alt: "", loading: "lazy" }),
      h("span", { class: "rt-tile-when" }, sighting.camera),
      h("span", { class: "rt-hint" }, when),
      h("span", { class: "rt-move", "aria-hidden": "true" }, go ? "← move" : "move →"),
    );
  };

  async function split() {
    confirm.disabled = true;
    problem.hidden = true;
    try {
      const { decision } = await post(`/people/${person.id}/split`, {
        version: current.version,
        tracklets: [...going],
        name: name.value.trim() || undefined,
      });
      dialog.close();
      onchanged({ text: decision.text, decision });
    } catch (error) {
      problem.replaceChildren(error.message, error.conflict ? reload : "");
      problem.hidden = false;
      confirm.disabled = false;
    }
  }

  // After a lost race: the newest sightings, each still where it was put.
  const reload = button("Reload", {
    testid: "split-reload",
    onclick: async () => {
      current = await get(`/people/${person.id}`);
      const ids = new Set(current.sightings.map((one) => one.id));
      for (const id of going) if (!ids.has(id)) going.delete(id);
      problem.hidden = true;
      draw();
    },
  });

  const dialog = openDialog(
    `Split ${person.label}`,
    [
      h("p", null, proposal.reason),
      h(
        "p",
        { class: "rt-hint" },
        "This is a proposal. Click a sighting, or press → or ← on it, to move it to the other side.",
      ),
      status,
      sides,
      field("Name of the new person (optional)", name),
      problem,
      h(
        "div",
        { class: "rt-actions rt-dialog-actions" },
        button("Cancel", { onclick: () => dialog.close() }),
        confirm,
      ),
    ],
    { wide: true, testid: "split-dialog" },
  );
  draw();
  sides.querySelector("button")?.focus();
}
