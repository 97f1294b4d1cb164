// The words for a matching run.

import { count } from "./words.js";

export const RUN_STATES = {
  queued: "Waiting",
  running: "Working",
  preview: "Shown, not applied",
  applied: "Applied",
  undone: "Undone",
  discarded: "Discarded",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const modeText = (run) => (run.mode === "full" ? "everything again" : "new sightings");

export const isUnderWay = (run) => ["queued", "running"].includes(run.state);

export const nothingChanged = ({ changes }) =>
  !changes || ["new", "merged", "split", "changed"].every((kind) => !changes[kind]?.length);

// What a run found, a line each: [text, where to go for it or null]
export function findings(run) {
  const told = run.counts ?? {};
  const lines = [];
  const say = (n, text, href = null) => {
    if (n !== undefined && n !== null) lines.push([text, href]);
  };
  say(
    told.people,
    `${count(told.people, "person", "people")} in ${count(told.cameras ?? 0, "camera")}`,
    "/people",
  );
  say(told.assigned, `${count(told.assigned, "sighting")} linked, of ${told.sightings}`);
  say(
    told.unassigned,
    `${told.unassigned} not linked${told.poor ? `, ${told.poor} of them too poor to judge` : ""}`,
    told.unassigned ? "/people?view=unassigned" : null,
  );
  if (told.review)
    say(told.review, `${count(told.review, "doubtful pair")} to review`, "/match?view=review");
  if (told.conflicts)
    say(told.conflicts, count(told.conflicts, "conflict"), "/match?view=conflicts");
  if (told.decided_by_time)
    say(
      told.decided_by_time,
      `${count(told.decided_by_time, "pair")} of look-alikes kept apart: not in two places at once`,
      "/match?view=conflicts",
    );
  if (told.without_vectors)
    say(told.without_vectors, `${told.without_vectors} not compared: the model has not seen them`);
  return lines;
}
