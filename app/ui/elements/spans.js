// From when to when, and how long between, as people say it.

import { clockTime, commonZone, dateTime, length, place, zoneOf } from "./times.js";

const DAY = 10; // of an ISO time: its date

// A person's first to last moment, in the zone their cameras share.
export function spanText({ first, last, cameras: names }, cameras) {
  if (!first) return "Time of day unknown";
  const zone = commonZone(cameras.filter((camera) => names.includes(camera.name)));
  const start = dateTime(first, zone);
  if (!last || last === first) return start;
  const sameDay = start.split(",")[0] === dateTime(last, zone).split(",")[0];
  return `${start} – ${sameDay ? clockTime(last, zone) : dateTime(last, zone)}`;
}

// When one sighting began: the time of day, with the date only where several days are shown.
export function beginText(sighting, cameras, { date = true } = {}) {
  if (!sighting.start) {
    const into =
      sighting.offset_start < 60
        ? `${sighting.offset_start.toFixed(1)} s`
        : place(sighting.offset_start);
    return `${into} into ${sighting.video ?? "the recording"}`;
  }
  const zone = zoneOf(cameras, sighting.camera);
  return date ? dateTime(sighting.start, zone) : clockTime(sighting.start, zone);
}

export const severalDays = (sightings) =>
  new Set(sightings.filter((one) => one.start).map((one) => one.start.slice(0, DAY))).size > 1;

// 24 → "24 s later"; zero or less: seen in both at once
export function gapText(seconds) {
  if (seconds === null || seconds === undefined) return "then";
  return seconds <= 0 ? "at the same time" : `${length(seconds)} later`;
}
