// One file on its way to the server: in chunks, going on where it was after a lost connection or a
// reload. The server's own count of bytes is always the truth.

import { ApiError, call, get, post, remove } from "./api.js";

export const CHUNK = 8 * 1024 * 1024;
const PREFIX = "retrace.upload:";
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

const keyOf = (file) => `${PREFIX}${file.name}:${file.size}:${file.lastModified}`;

// Uploads that an earlier visit left unfinished: [{key, id, name, size}]
export function unfinished() {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => {
      try {
        return { key, ...JSON.parse(localStorage.getItem(key)) };
      } catch {
        return { key, id: null, name: "", size: 0 };
      }
    });
}

export const forget = (key) => localStorage.removeItem(key);

export class Upload extends EventTarget {
  state = "ready"; // ready, waiting, uploading, offline, finishing, done, failed, cancelled
  sent = 0;
  error = null;
  result = null;
  #abort = null;
  #id = null;
  #wake = null;

  constructor(file) {
    super();
    this.file = file;
    this.key = keyOf(file);
    this.resumed = localStorage.getItem(this.key) !== null;
  }

  get settled() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  set(state, error = null) {
    this.state = state;
    this.error = error;
    this.dispatchEvent(new Event("change"));
  }

  // details(): what is sent with the last step: {camera, start, start_confirmed}
  async run(details) {
    this.#abort = new AbortController();
    let wait = FIRST_WAIT_MS;
    while (!this.settled) {
      const before = this.sent;
      try {
        await this.#attempt(details);
        return;
      } catch (error) {
        if (this.state === "cancelled") return;
        if (!(error instanceof ApiError) || !this.#passing(error)) {
          this.set("failed", error.message);
          return;
        }
        if (this.sent > before) wait = FIRST_WAIT_MS;
        this.set("offline", error.message);
        await this.#pause(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
  }

  async cancel() {
    const id = this.#id;
    this.set("cancelled");
    this.#abort?.abort();
    this.#wake?.();
    forget(this.key);
    if (id !== null) await remove(`/uploads/${id}`).catch(() => null);
  }

  // No answer, an overloaded server or a byte count that has moved on: worth another attempt.
  #passing(error) {
    return error.offline || error.conflict || error.status === 429 || error.status >= 502;
  }

  async #attempt(details) {
    const signal = this.#abort.signal;
    this.set("uploading");
    await this.#open(signal);
    while (this.sent < this.file.size) {
      const chunk = this.file.slice(this.sent, this.sent + CHUNK, "application/octet-stream");
      const answer = await call("PATCH", `/uploads/${this.#id}`, {
        query: { offset: this.sent },
        body: chunk,
        signal,
      });
      this.sent = answer.offset;
      this.set("uploading");
    }
    this.set("finishing");
    try {
      this.result = await post(`/uploads/${this.#id}/finish`, details(), { signal });
    } catch (error) {
      if (!this.#passing(error)) forget(this.key);
      throw error;
    }
    forget(this.key);
    if (this.result.state === "failed") this.set("failed", this.result.error);
    else this.set("done");
  }

  async #open(signal) {
    const known = JSON.parse(localStorage.getItem(this.key) ?? "null");
    if (known) {
      try {
        const there = await get(`/uploads/${known.id}`, { signal });
        this.#id = known.id;
        this.sent = there.offset;
        return;
      } catch (error) {
        if (error.status !== 404) throw error;
      }
    }
    const { name, size } = this.file;
    const opened = await post("/uploads", { name, size }, { signal });
    this.#id = opened.id;
    this.sent = opened.offset;
    localStorage.setItem(this.key, JSON.stringify({ id: this.#id, name, size }));
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
      addEventListener("online", done);
    });
  }
}
