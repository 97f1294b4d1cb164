// Who looks most like a person: the people of the sightings that a search by this one finds first.

import { get, post } from "./api.js";
import { certainty } from "./words.js";

const LOOKED_AT = 60; // hits
const FIRST = 6; // people

// Cards with the hit's certainty, most alike first; none where a search cannot be made, since it is
// only a convenience.
export async function lookAlikes(person) {
  try {
    const { hits } = await post("/search", {
      tracklets: [],
      identities: [person.id],
      same_camera: true,
      limit: LOOKED_AT,
    });
    const best = new Map(); // person → their best hit
    for (const hit of hits)
      if (hit.person && hit.person.id !== person.id && !best.has(hit.person.id))
        best.set(hit.person.id, hit);
    const ids = [...best.keys()].slice(0, FIRST);
    const people = await Promise.all(ids.map((id) => get(`/people/${id}`)));
    return people.map((one) => ({
      ...one,
      sightings: one.sightings.length,
      sure: certainty(best.get(one.id)),
    }));
  } catch {
    return [];
  }
}
