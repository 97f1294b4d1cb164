// The form that changes a recording's name, camera and start time.

import { field, h } from "./dom.js";
import { patch } from "./api.js";
import { notify, openForm } from "./dialog.js";
import { fromInput, toInput, zoneOf } from "./times.js";
import { SOURCES } from "./words.js";

export function editVideo(video, store) {
  let { version } = video;
  const before = toInput(video.start, zoneOf(store.cameras, video.camera));
  const name = h("input", {
    class: "rt-input",
    name: "name",
    value: video.video,
    required: true,
    testid: "edit-name",
  });
  const camera = h(
    "select",
    { class: "rt-input", name: "camera", testid: "edit-camera" },
    store.cameras.map((one) => h("option", { value: one.name }, one.name)),
  );
  camera.value = video.camera;
  const confirmed = h("input", {
    type: "checkbox",
    name: "confirmed",
    checked: Boolean(video.start_confirmed || !video.start),
    testid: "edit-confirmed",
  });
  const start = h("input", {
    class: "rt-input",
    type: "datetime-local",
    step: 1,
    name: "start",
    value: before,
    testid: "edit-start",
    oninput: () => {
      confirmed.checked = true;
    },
  });
  const hint = h("span", { class: "rt-hint" });
  const drawHint = () => {
    const source = video.start
      ? `Now ${SOURCES[video.start_source] ?? "unknown"}. `
      : "Unknown so far. ";
    hint.textContent = `${source}Time zone of the camera: ${zoneOf(store.cameras, camera.value)}.`;
  };
  camera.addEventListener("change", drawHint);
  drawHint();
  const save = async () => {
    const changes = { version };
    if (name.value.trim() !== video.video) changes.name = name.value.trim();
    if (camera.value !== video.camera) changes.camera = camera.value;
    const zone = zoneOf(store.cameras, camera.value);
    if (start.value !== before || (changes.camera && start.value && confirmed.checked))
      changes.start = fromInput(start.value, zone);
    if (start.value && (confirmed.checked !== Boolean(video.start_confirmed) || changes.start))
      changes.start_confirmed = confirmed.checked;
    try {
      await patch(`/videos/${video.id}`, changes);
    } catch (error) {
      if (error.conflict) version = await newestVersion(store, "videos", video.id, error);
      throw error;
    }
    notify(`“${name.value.trim()}” was saved.`);
    await store.refresh();
  };
  openForm(
    "Edit the recording",
    [
      field("Name", name),
      field("Camera", camera),
      h(
        "div",
        { class: "rt-field" },
        field("Start of the recording", start),
        hint,
        h("label", { class: "rt-check" }, confirmed, " This start time is right"),
      ),
    ],
    save,
    { testid: "edit-dialog" },
  );
}

// After a lost race: fetch what is there now, so that saving again is a decision, not an accident.
export async function newestVersion(store, what, id, error) {
  await store.refresh();
  error.message = `${error.message} The newest state was loaded; check your entry and save again.`;
  return store[what].find((one) => one.id === id)?.version;
}
