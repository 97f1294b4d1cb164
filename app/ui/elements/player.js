// <retrace-player>: choose a video, move through it, pick people in the picture.
// Fires "pick" {tracklet, camera, add} and "moved" {video, time}.

import { define, field, fire, h } from "./dom.js";
import { get } from "./api.js";
import { peopleOverlay } from "./people-overlay.js";
import { clockTime, length, place, zoneOf } from "./times.js";
import { STATES, count, stateOf } from "./words.js";
import "./scrubber.js";

const PLAY_STEP = 0.25;
const PLAY_PAUSE_MS = 120;

class Player extends HTMLElement {
  #videos = [];
  #cameras = [];
  #video = null;
  #frame = null;
  #chosen = new Set();
  #wanted = null; // the newest moment asked for while another is on its way
  #sought = false; // whether somebody moved the scrubber since the recording was opened
  #busy = false;
  #playing = false;

  connectedCallback() {
    if (this.firstChild) return;
    this.select = h("select", {
      class: "rt-input",
      testid: "video-select",
      onchange: () => {
        if (this.select.value) this.open(Number(this.select.value));
      },
    });
    this.overlay = peopleOverlay({ alt: "", onpick: ({ person, add }) => this.#pick(person, add) });
    this.scrubber = document.createElement("retrace-scrubber");
    this.note = h("p", { class: "rt-player-note", role: "status", testid: "player-note" });
    this.append(
      field("Recording", this.select),
      (this.stage = h("div", { class: "rt-stage" }, this.overlay.element)),
      this.note,
      this.scrubber,
    );
    this.scrubber.addEventListener("seek", (event) => {
      this.#play(false);
      this.#sought = true;
      this.seek(event.detail.time);
    });
    this.scrubber.addEventListener("play", (event) => this.#play(event.detail.on));
    this.overlay.element.addEventListener("focusin", () => this.#play(false));
    this.#showParts(false);
  }

  disconnectedCallback() {
    this.#play(false);
  }

  setLibrary(videos, cameras) {
    this.#videos = videos;
    this.#cameras = cameras;
    const names = [...new Set(videos.map((video) => video.camera))].sort((a, b) =>
      a.localeCompare(b),
    );
    this.select.replaceChildren(
      h("option", { value: "" }, "Choose a recording"),
      ...names.map((name) =>
        h(
          "optgroup",
          { label: name },
          videos
            .filter((video) => video.camera === name)
            .map((video) => h("option", { value: video.id }, this.#optionText(video))),
        ),
      ),
    );
    if (this.#video) this.select.value = this.#video.id;
  }

  #optionText(video) {
    const state = stateOf(video) === "done" ? "" : ` (${STATES[stateOf(video)] ?? video.state})`;
    return `${video.camera} · ${video.video}, ${length(video.duration)}${state}`;
  }

  #showParts(on) {
    this.stage.hidden = !on;
    this.scrubber.hidden = !on;
  }

  // Sightings to mark as chosen.
  set chosen(tracklets) {
    this.#chosen = new Set(tracklets);
    this.#draw();
  }

  async open(videoId, time = null) {
    this.#play(false);
    const video = this.#videos.find((one) => one.id === videoId);
    if (!video) {
      this.select.value = "";
      this.#video = null;
      this.#showParts(false);
      this.#say("This recording is not in the library any more. Choose another one.", true);
      return;
    }
    this.#video = video;
    this.#showParts(true);
    this.select.value = videoId;
    this.#sought = false;
    this.scrubber.duration = video.duration;
    this.scrubber.activity = { bins: [], bin_seconds: 1 };
    this.scrubber.show(time ?? 0, this.#clock(time ?? 0));
    const activity = await get(`/videos/${videoId}/activity`).catch(() => ({
      bins: [],
      bin_seconds: 1,
    }));
    if (this.#video !== video) return;
    if (activity.duration) this.scrubber.duration = activity.duration;
    this.scrubber.activity = activity;
    if (!this.#sought) await this.seek(time ?? this.scrubber.firstPeople);
  }

  // Shows that moment. While one picture is on its way only the newest further wish is kept.
  async seek(time) {
    if (!this.#video) return;
    this.#wanted = time;
    this.scrubber.show(time, this.#clock(time));
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#wanted !== null) {
        const video = this.#video;
        if (!video) return;
        const wish = this.#wanted;
        this.#wanted = null;
        const frame = await get(`/videos/${video.id}/frame`, { query: { t: wish } });
        if (video !== this.#video) continue;
        this.#frame = frame;
        this.#draw();
        await this.overlay.image.decode().catch(() => null);
        fire(this, "moved", { video: video.id, time: wish });
      }
    } catch (error) {
      this.#play(false);
      this.#say(error.message, true);
    } finally {
      this.#busy = false;
    }
  }

  #clock(time) {
    const video = this.#video;
    if (!video?.start || !video.start_confirmed) return "";
    const slow = this.#cameras.find((camera) => camera.id === video.camera_id)?.clock_offset ?? 0;
    const moment = new Date(Date.parse(video.start) + (slow + time) * 1000);
    return clockTime(moment.toISOString(), zoneOf(this.#cameras, video.camera));
  }

  #draw() {
    const frame = this.#frame;
    if (!frame) return;
    const camera = this.#video?.camera ?? "";
    const left = [...frame.people]
      .sort((a, b) => a.box[0] - b.box[0])
      .map((person) => person.tracklet);
    const people = frame.people.map((person) => {
      const chosen = this.#chosen.has(person.tracklet);
      const number = left.indexOf(person.tracklet) + 1;
      return {
        key: person.tracklet,
        box: person.box,
        chosen,
        tracklet: person.tracklet,
        mark: chosen ? "✓ chosen" : "",
        data: { "data-tracklet": person.tracklet },
        name: `Person ${number} of ${left.length} from the left, ${camera}: ${chosen ? "chosen" : "find this person"}`,
      };
    });
    this.overlay.image.alt = `${camera} at ${place(frame.time)}, ${count(people.length, "person", "people")} outlined`;
    this.overlay.draw({ url: frame.image, width: frame.width, height: frame.height, people });
    if (frame.tracked_until === 0) {
      this.#say(
        "This recording has not been looked through yet. People are outlined as the work goes on; see the Library.",
      );
    } else if (frame.tracked_until !== null && frame.time > frame.tracked_until) {
      this.#say(
        `This recording has been looked through up to ${place(frame.tracked_until)} so far; people after that are not outlined yet.`,
      );
    } else if (people.length === 0) {
      this.#say("Nobody was seen at this moment. The bars below show when people were.");
    } else {
      this.#say(
        `${count(people.length, "person", "people")} here. Click one, or press Tab and Enter, to find where else they were.`,
      );
    }
  }

  #say(text, problem = false) {
    this.note.classList.toggle("rt-problem", problem);
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  #pick(person, add) {
    this.#play(false);
    fire(this, "pick", { tracklet: person.tracklet, camera: this.#video.camera, add });
  }

  async #play(on) {
    if (on === this.#playing || !this.#video) return;
    this.#playing = on;
    this.scrubber.playing = on;
    const end = Number(this.scrubber.range.max);
    while (this.#playing && this.isConnected) {
      const next = this.scrubber.time + PLAY_STEP;
      if (next > end) {
        this.#play(false);
        return;
      }
      await this.seek(next);
      await new Promise((resolve) => {
        setTimeout(resolve, PLAY_PAUSE_MS);
      });
    }
  }
}

define("retrace-player", Player);
