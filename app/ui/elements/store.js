// What the Library page knows: cameras and videos, kept fresh while somebody looks at them.

import { get } from "./api.js";
import { isActive } from "./words.js";

const ACTIVE_MS = 1500;
const IDLE_MS = 10000;

export class LibraryStore extends EventTarget {
  cameras = [];
  videos = [];
  loaded = false;
  error = null;
  #timer = null;
  #running = false;
  #wanted = false;

  start() {
    document.addEventListener("visibilitychange", this.#visible);
    this.refresh();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#visible);
    clearTimeout(this.#timer);
  }

  #visible = () => {
    clearTimeout(this.#timer);
    if (!document.hidden) this.refresh();
  };

  // Asks again now; calls that come while one is under way are joined into one more.
  async refresh() {
    clearTimeout(this.#timer);
    if (this.#running) {
      this.#wanted = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#wanted = false;
        [this.cameras, this.videos] = await Promise.all([get("/cameras"), get("/videos")]);
      } while (this.#wanted);
      this.loaded = true;
      this.error = null;
    } catch (error) {
      this.error = error;
    } finally {
      this.#running = false;
    }
    this.dispatchEvent(new Event("change"));
    if (!document.hidden) {
      this.#timer = setTimeout(
        () => this.refresh(),
        this.videos.some(isActive) ? ACTIVE_MS : IDLE_MS,
      );
    }
  }
}
