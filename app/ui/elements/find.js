// <retrace-find>: the Find page. Holds the query and the answer; its parts only show and ask.

import { button, define, h } from "./dom.js";
import { get, post } from "./api.js";
import { playClip } from "./clip.js";
import { attempt, notify } from "./dialog.js";
import { middle, whenText } from "./hit-card.js";
import { readAddress, writeAddress } from "./address.js";
import { Answers } from "./find-answers.js";
import { findLayout } from "./find-layout.js";
import { searchBody } from "./find-query.js";
import { savePerson } from "./save-person.js";
import { openWhy } from "./why.js";
import { count, isActive } from "./words.js";

const SETTLE_MS = 250;
const LIBRARY_MS = 10000;
const ADDRESS_MS = 300;

class Find extends HTMLElement {
  #cameras = [];
  #items = []; // {kind: "tracklet", "photo" or "identity", id, thumbnail, …}: whom to look for
  #answers = new Answers();
  #hits = [];
  #body = null; // of the search whose hits are shown
  #place = { video: null, time: null };
  #abort = null;
  #timer = null;

  connectedCallback() {
    if (this.firstChild) return;
    document.title = "Find – Retrace";
    Object.assign(this, findLayout({ onsearch: () => this.#search({ scroll: true }) }));
    this.append(...this.sections);
    this.#listen();
    this.#begin();
  }

  disconnectedCallback() {
    this.#abort?.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.library);
  }

  #listen() {
    const on = (name, act) => this.addEventListener(name, (event) => act(event.detail));
    on("pick", (pick) => this.#pick(pick));
    on("moved", ({ video, time }) => {
      this.#place = { video, time };
      this.#write();
    });
    on("drop-query", ({ item }) => this.#drop(item));
    on("clear-query", () => this.#setItems([]));
    on("save-query", () => this.#save());
    on("photo", (photo) => this.#add({ kind: "photo", ...photo }, this.query.keeping));
    on("filter", () => {
      if (this.#items.length) this.#soon();
    });
    on("play-hit", ({ hit }) => playClip(hit, whenText(hit, this.#cameras)));
    on("why-hit", ({ hit }) => openWhy(hit, this.#body, whenText(hit, this.#cameras)));
    on("look-hit", ({ hit }) => this.#look(hit));
    on("from-hit", ({ hit }) => {
      this.#look(hit, { scroll: false });
      this.#setItems([this.#itemOf(hit)], { scroll: true });
    });
    on("same-hit", ({ hit }) => attempt(() => this.#same(hit)));
    on("different-hit", ({ hit }) => attempt(() => this.#different(hit)));
    on("undo-hit", ({ hit }) => attempt(() => this.#undo(hit)));
  }

  async #begin() {
    this.message.replaceChildren(h("p", null, "Loading …"));
    this.work.hidden = true;
    this.found.hidden = true;
    try {
      const videos = await this.#loadLibrary();
      if (videos.length === 0) {
        this.#say(
          "No recordings yet",
          "Add recordings of two or more cameras in the Library; then come back and click a person.",
          h("a", { class: "rt-button rt-primary", href: "/" }, "Open the Library"),
        );
        return;
      }
      this.message.hidden = true;
      this.work.hidden = false;
      this.found.hidden = false;
      this.#drawHint();
      await this.#follow(readAddress(), videos);
    } catch (error) {
      this.#say(
        "This page could not be loaded",
        error.message,
        button("Try again", { class: "rt-primary", onclick: () => this.#begin() }),
      );
    }
  }

  #say(title, text, action) {
    this.message.hidden = false;
    this.message.replaceChildren(
      h("h2", null, title),
      h("p", null, text),
      h("div", { class: "rt-actions" }, action),
    );
  }

  // Recordings that become ready while the page is open appear in the list by themselves.
  async #loadLibrary() {
    const [cameras, videos] = await Promise.all([get("/cameras"), get("/videos")]);
    if (JSON.stringify(cameras) !== JSON.stringify(this.#cameras)) this.filters.setCameras(cameras);
    this.#cameras = cameras;
    this.player.setLibrary(videos, cameras);
    clearTimeout(this.library);
    if (videos.some(isActive))
      this.library = setTimeout(() => {
        if (!document.hidden) this.#loadLibrary().catch(() => null);
      }, LIBRARY_MS);
    return videos;
  }

  // What the address asks for: ?video=&t= shows that moment, ?tracklet= searches from a sighting,
  // ?identity= by all sightings of a person.
  async #follow({ video, time, tracklets, identities }, videos) {
    const ask = (path) => attempt(() => get(path));
    const sightings = await Promise.all(tracklets.map((id) => ask(`/tracklets/${id}`)));
    const people = await Promise.all(identities.map((id) => ask(`/people/${id}`)));
    this.#setItems([
      ...people.filter(Boolean).map(({ id, label, thumbnail, sightings: own }) => {
        return { kind: "identity", id, label, thumbnail, shown: own.map((one) => one.id) };
      }),
      ...sightings.filter(Boolean).map(({ id, camera, thumbnail }) => {
        return { kind: "tracklet", id, camera, thumbnail };
      }),
    ]);
    const known = [...sightings, ...people.flatMap((one) => one?.sightings ?? [])].filter(Boolean);
    if (video === null && known.length) await this.player.open(known[0].video_id, middle(known[0]));
    else if (video !== null) await this.player.open(video, time);
    else {
      const ready =
        videos.find((one) => one.state === "done" && one.tracklets > 0) ??
        videos.find((one) => one.tracklets > 0);
      if (ready) await this.player.open(ready.id);
    }
  }

  // Not at every frame while playing: browsers allow only so many changes of the address.
  #write() {
    this.writing ??= setTimeout(() => {
      this.writing = null;
      if (this.isConnected) this.#writeNow();
    }, ADDRESS_MS);
  }

  #writeNow() {
    writeAddress({
      ...this.#place,
      tracklets: this.#idsOf("tracklet"),
      identities: this.#idsOf("identity"),
    });
  }

  #drawHint() {
    if (this.#items.length === 0)
      this.results.reset(
        "Choose a person in the picture, or upload a photo; what was found appears here.",
      );
  }

  #setItems(items, { scroll = false } = {}) {
    this.#items = items;
    this.query.items = items;
    this.player.chosen = [...this.#idsOf("tracklet"), ...items.flatMap((item) => item.shown ?? [])];
    this.#write();
    if (items.length) this.#soon(scroll);
    else {
      this.#abort?.abort();
      clearTimeout(this.#timer);
      this.#drawHint();
    }
  }

  #idsOf(kind) {
    return this.#items.filter((item) => item.kind === kind).map((item) => item.id);
  }

  #has(id) {
    return this.#items.find((item) => item.kind === "tracklet" && item.id === id);
  }

  #pick({ tracklet, camera, add }) {
    const chosen = this.#has(tracklet);
    if (chosen) this.#drop(chosen);
    else this.#add({ kind: "tracklet", id: tracklet, camera }, add || this.query.keeping);
  }

  #add(item, keep) {
    this.#setItems(keep ? [...this.#items, item] : [item], { scroll: !keep });
  }

  // A sighting that came in by “same” takes its answer with it.
  #drop(item) {
    const answered = item.added && this.#answers.has(item.id);
    this.#setItems(this.#items.filter((one) => one !== item));
    if (answered)
      attempt(async () => {
        await this.#answers.takeBack(item.id);
        notify("Your “same” was taken back.");
        this.#soon();
      });
  }

  #soon(scroll = false) {
    clearTimeout(this.#timer);
    if (this.#items.length) this.#timer = setTimeout(() => this.#search({ scroll }), SETTLE_MS);
  }

  async #search({ scroll = false } = {}) {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    if (this.#items.length === 0) {
      this.results.fail(
        "Nobody is chosen yet. Click a person in the picture, or upload a photo, then search.",
      );
      return;
    }
    if (this.filters.problem) {
      this.results.fail(this.filters.problem);
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.results.loading();
    if (scroll) this.found.scrollIntoView({ block: "start" });
    const body = searchBody(this.#items, this.filters.values);
    try {
      const result = await post("/search", body, { signal: abort.signal });
      this.#body = body;
      this.#show(result);
    } catch (error) {
      if (error.name !== "AbortError") this.results.fail(error.message, () => this.#search());
    }
  }

  #show(result) {
    for (const told of result.query) {
      const item = this.#items.find((one) => one.kind === told.kind && one.id === told[told.kind]);
      if (item) Object.assign(item, { thumbnail: told.thumbnail, camera: told.camera });
    }
    this.query.items = this.#items;
    this.#hits = result.hits;
    this.#answers.mark(result.hits);
    this.results.show(result, this.#cameras, { judging: this.#asked !== null });
  }

  // What an answer is about: the first chosen sighting, or the first of the chosen person.
  get #asked() {
    return this.#idsOf("tracklet")[0] ?? this.#items.flatMap((item) => item.shown ?? [])[0] ?? null;
  }

  #itemOf(hit) {
    return { kind: "tracklet", id: hit.tracklet, camera: hit.camera, thumbnail: hit.crop };
  }

  async #different(hit) {
    await this.#answers.give(this.#asked, hit.tracklet, "different");
    this.#search();
  }

  async #same(hit) {
    if (this.#asked !== null) await this.#answers.give(this.#asked, hit.tracklet, "same");
    notify(
      `Added to the query: now looking for ${count(this.#items.length + 1, "picture")} of this person.`,
    );
    this.#setItems([...this.#items, { ...this.#itemOf(hit), added: true }]);
  }

  async #undo(hit) {
    await this.#answers.takeBack(hit.tracklet, hit.judgement_id);
    this.#search();
  }

  #save() {
    const said = this.#hits.filter((hit) => hit.judgement === "same").map((hit) => hit.tracklet);
    savePerson(this.#items, [...this.#answers.same, ...said], () => this.#search());
  }

  // The hit's own neighbourhood: everybody in its camera at that moment.
  #look(hit, { scroll = true } = {}) {
    this.player.open(hit.video_id, middle(hit));
    if (scroll) this.player.scrollIntoView({ block: "start" });
  }
}

define("retrace-find", Find);
