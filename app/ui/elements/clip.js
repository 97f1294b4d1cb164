// Plays a sighting in a dialog: the clip is cut on demand, the person boxed in it.

import { h } from "./dom.js";
import { post } from "./api.js";
import { openDialog } from "./dialog.js";
import { certainty } from "./words.js";

// sure: what to say of how certain it is; for hits of a search their own certainty
export async function playClip(hit, when, sure = certainty(hit).text) {
  const status = h(
    "p",
    { class: "rt-muted", role: "status", testid: "clip-status" },
    "Cutting the clip …",
  );
  const stage = h("div", { class: "rt-clip" });
  const about = [hit.camera, when, sure].filter(Boolean).join(" · ");
  const dialog = openDialog(about, [status, stage], {
    wide: true,
    testid: "clip-dialog",
    onclose: () => stage.querySelector("video")?.pause(),
  });
  try {
    const clip = await post(`/tracklets/${hit.tracklet}/clip`);
    if (!dialog.isConnected) return;
    const video = h("video", {
      controls: true,
      autoplay: true,
      playsinline: true,
      src: clip.url,
      testid: "clip",
      "aria-label": about,
    });
    video.muted = true;
    video.addEventListener("loadeddata", () => {
      status.textContent = "The person is marked by a box.";
    });
    video.addEventListener("error", () => {
      status.textContent =
        "This browser could not play the clip. Close this and try again, or use another browser.";
      status.classList.add("rt-problem");
    });
    stage.append(video);
  } catch (error) {
    status.textContent = error.message;
    status.classList.add("rt-problem");
  }
}
