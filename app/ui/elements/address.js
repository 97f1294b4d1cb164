// The page's state in its address, so that it can be kept, sent and opened again.

const whole = (text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : null);

// ?video=ID&t=SECONDS&tracklet=ID&tracklet=ID&identity=ID; whatever is not a number is left out
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const time = Number.parseFloat(query.get("t"));
  const ids = (name) =>
    query
      .getAll(name)
      .map(whole)
      .filter((id) => id !== null);
  return {
    video: whole(query.get("video")),
    time: Number.isFinite(time) ? Math.max(0, time) : null,
    tracklets: ids("tracklet"),
    identities: ids("identity"),
  };
}

// Other parts of the query, such as the theme, stay as they are.
export function writeAddress({ video, time, tracklets, identities }) {
  const url = new URL(location.href);
  for (const name of ["video", "t", "tracklet", "identity"]) url.searchParams.delete(name);
  if (video !== null) {
    url.searchParams.set("video", video);
    url.searchParams.set("t", Math.round(time * 10) / 10);
  }
  for (const id of tracklets) url.searchParams.append("tracklet", id);
  for (const id of identities) url.searchParams.append("identity", id);
  history.replaceState(history.state, "", url);
}
