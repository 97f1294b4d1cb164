// Contradictions in words, their times in the cameras' own zone.

import { beginText, severalDays } from "./spans.js";
import { count, list } from "./words.js";

const WHY = {
  together: "seen at once by one camera",
  apart: "seen at once in two cameras that share no view",
  at_once: "seen at once in two cameras that never seem to share anybody",
  least_seconds: "seen in two cameras sooner after each other than anybody can walk",
};
const MOST = 6;

// "Lobby at 10:02:11 and Yard at 10:02:13"; "2 sightings in Lobby at 10:02:11" where they are alike
function placesOf(sightings, cameras) {
  const date = severalDays(sightings);
  const places = new Map();
  for (const one of sightings.slice(0, MOST)) {
    const place = `${one.camera} ${one.start ? "at " : ""}${beginText(one, cameras, { date })}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const shown = [...places].map(([place, n]) =>
    n > 1 ? `${count(n, "sighting")} in ${place}` : place,
  );
  if (sightings.length > MOST) shown.push(`${sightings.length - MOST} more`);
  return list(shown);
}

const whyOf = ({ rule }) => WHY[rule] ?? "seen where one person cannot be";

export function conflictText(one, cameras) {
  if (!one.sightings?.length) return one.text;
  const whom = placesOf(one.sightings, cameras);
  const why = whyOf(one);
  switch (one.kind) {
    case "answers":
      return `People answered differently about ${whom}. The newer answer counts; undo the other one if it was wrong.`;
    case "same_breaks_rule":
      return `A person said that ${whom} are the same, but they were ${why}. The person’s word counts.`;
    case "kept_apart":
      return `A person’s decision went against how an earlier run had placed ${whom}. The decision counts.`;
    case "decided_by_time":
      return `${whom} look alike, but are not the same: one person cannot be in two places at once, and they were ${why}.`;
    default:
      return `${whom} contradict each other.`;
  }
}

// What else is known of a doubtful pair: that both are one at present, and what time decided.
export function togetherText(pair, cameras) {
  const { both, kept_apart: apart } = pair;
  const own = apart && apart.tracklets.every((id) => id === pair.a.id || id === pair.b.id);
  const said = [
    both && `Both are ${both.label} at present; “different” parts them.`,
    apart && own && conflictText(apart, cameras),
    apart &&
      !own &&
      `Other sightings of these two people speak against it: ${placesOf(apart.sightings, cameras)} were ${whyOf(apart)}.`,
  ];
  return said.filter(Boolean).join(" ");
}
