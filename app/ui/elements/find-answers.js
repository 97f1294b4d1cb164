// The answers given on this visit to Find: same and not same, each of which can be taken back.

import { post, remove } from "./api.js";

export class Answers {
  #given = new Map(); // tracklet → {id, verdict}

  has(tracklet) {
    return this.#given.has(tracklet);
  }

  // the sightings said to be the same person
  get same() {
    return [...this.#given].filter(([, { verdict }]) => verdict === "same").map(([id]) => id);
  }

  // asked: the sighting the answer is about
  async give(asked, tracklet, verdict) {
    const { id } = await post("/judgements", { query: asked, tracklet, verdict });
    this.#given.set(tracklet, { id, verdict });
  }

  // stored: the number of an answer that an earlier visit gave
  async takeBack(tracklet, stored) {
    await remove(`/judgements/${this.#given.get(tracklet)?.id ?? stored}`);
    this.#given.delete(tracklet);
  }

  // Writes them onto the hits of a search.
  mark(hits) {
    for (const hit of hits) {
      const answer = this.#given.get(hit.tracklet);
      if (answer) Object.assign(hit, { judgement: answer.verdict, judgement_id: answer.id });
    }
  }
}
