// Two kinds of rows come as conflicts: contradictions, and pairs that time alone kept apart.

export const isClash = ({ kind }) => kind !== "decided_by_time";
