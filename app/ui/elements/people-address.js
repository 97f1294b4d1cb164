// The People page's state in its address.

const whole = (text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : null);

// ?identity=ID opens a person, ?view=unassigned what is not linked; else the grid with its filter
export function readPeopleAddress() {
  const query = new URLSearchParams(location.search);
  return {
    identity: whole(query.get("identity")),
    unassigned: query.get("view") === "unassigned",
    sort: query.get("sort"),
    camera: query.get("camera"),
    q: query.get("q"),
    aside: query.has("aside"),
  };
}

// Other parts of the query, such as the theme, stay as they are.
export function writePeopleFilter({ sort, camera, q, aside }) {
  const url = new URL(location.href);
  const set = (name, value) =>
    value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  set("sort", sort === "cameras" ? null : sort);
  set("camera", camera);
  set("q", q);
  set("aside", aside ? "1" : null);
  history.replaceState(history.state, "", url);
}
