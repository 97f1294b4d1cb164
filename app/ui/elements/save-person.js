// “Save as a person”: the query's sightings and those marked as the same become one person.

import { field, h } from "./dom.js";
import { get, post } from "./api.js";
import { notify, openForm } from "./dialog.js";
import { sightingPicture } from "./person-chip.js";
import { personLink } from "./person-words.js";
import { count } from "./words.js";

const openLink = (id) =>
  h("a", { class: "rt-button", href: personLink(id), testid: "open-person" }, "Open");

const pictures = (tracklets) =>
  h("div", { class: "rt-chips", testid: "save-pictures" }, tracklets.map(sightingPicture));

// items: of the query; same: sightings marked as the same; ondone() after it was stored
export function savePerson(items, same, ondone) {
  const of = (kind) => items.filter((item) => item.kind === kind);
  const tracklets = [...new Set([...of("tracklet").map((item) => item.id), ...same])];
  const [known] = of("identity");
  if (known) addTo(known, tracklets, ondone);
  else create(tracklets, ondone);
}

function create(tracklets, ondone) {
  const name = h("input", {
    class: "rt-input",
    maxlength: 200,
    autocomplete: "off",
    placeholder: "No name yet",
    testid: "save-name",
  });
  openForm(
    "Save as a person",
    [
      h("p", null, `${count(tracklets.length, "sighting")} become one person:`),
      pictures(tracklets),
      field("Name (optional)", name),
    ],
    async () => {
      const { person } = await post("/people", {
        name: name.value.trim() || undefined,
        tracklets,
      });
      notify(`Saved as “${person.label}”.`, { action: openLink(person.id) });
      ondone();
    },
    { testid: "save-dialog" },
  );
}

function addTo(known, tracklets, ondone) {
  openForm(
    `Add to ${known.label}`,
    [
      h("p", null, `${count(tracklets.length, "sighting")} join ${known.label}:`),
      pictures(tracklets),
    ],
    async () => {
      const { version } = await get(`/people/${known.id}`);
      await post(`/people/${known.id}/add`, { version, tracklets });
      notify(`Added to ${known.label}.`, { action: openLink(known.id) });
      ondone();
    },
    { testid: "save-dialog", action: "Add" },
  );
}
