// What Find asks the server for: the chosen pictures and people, and the filters, as one body.

export function searchBody(items, filters) {
  const of = (kind) => items.filter((item) => item.kind === kind);
  const people = of("identity").map((item) => item.id);
  return {
    tracklets: of("tracklet").map((item) => item.id),
    photos: of("photo").map(({ id, person }) => ({ id, person })),
    ...(people.length > 0 && { identities: people }),
    ...filters,
  };
}
