// Who looks most like a person: the people of the sightings that a search by this person finds first.

import { get, post } from "./api.js";

const LOOKED_AT = 60; // hits
const FIRST = 6; // people

// Cards, most alike first; none where a search cannot be made, since it is only a convenience.
export async function lookAlikes(person) {
  try {
    const { hits } = await post("/search", {
      identities: [person.id],
      same_camera: true,
      limit: LOOKED_AT,
    });
    const ids = new Set(hits.map((hit) => hit.person?.id).filter((id) => id && id !== person.id));
    const people = await Promise.all([...ids].slice(0, FIRST).map((id) => get(`/people/${id}`)));
    return people.map((one) => ({ ...one, sightings: one.sightings.length }));
  } catch {
    return [];
  }
}
