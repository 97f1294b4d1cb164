// The page's state in its address, so that it can be kept, sent and opened again.

const whole = (text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : null);

// ?video=ID&t=SECONDS&tracklet=ID&tracklet=ID; whatever is not a number is left out
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const time = Number.parseFloat(query.get("t"));
  return {
    video: whole(query.get("video")),
    time: Number.isFinite(time) ? Math.max(0, time) : null,
    tracklets: query
      .getAll("tracklet")
      .map(whole)
      .filter((id) => id !== null),
  };
}

// Other parts of the query, such as the theme, stay as they are.
export function writeAddress({ video, time, tracklets }) {
  const url = new URL(location.href);
  for (const name of ["video", "t", "tracklet"]) url.searchParams.delete(name);
  if (video !== null) {
    url.searchParams.set("video", video);
    url.searchParams.set("t", Math.round(time * 10) / 10);
  }
  for (const id of tracklets) url.searchParams.append("tracklet", id);
  history.replaceState(history.state, "", url);
}
