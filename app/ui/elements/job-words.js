// The words for background work: what a job does, how it stands, where its result is.

export const JOB_STATES = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const isOpen = (job) => ["queued", "running"].includes(job.state);

export function jobTitle(job, videos) {
  const { model, switch: change } = job.params;
  const name = videos.find((video) => video.id === job.video_id)?.video;
  switch (job.kind) {
    case "ingest":
      return `Look through ${name ? `“${name}”` : `recording ${job.video_id}`}`;
    case "embed":
      return change
        ? `Prepare all sightings for ${model}, then search with it`
        : `Prepare all sightings for ${model}`;
    case "match":
      return "Link sightings into people";
    default:
      return job.kind;
  }
}

// Where to see what came of it: [text, address], or null.
export function jobResult(job) {
  if (job.kind === "ingest" && job.state === "done")
    return ["Find people", `/find?video=${job.video_id}`];
  if (job.kind === "ingest") return ["Open the Library", "/"];
  if (job.kind === "match" && job.params.run)
    return ["Open the run", `/match?run=${job.params.run}`];
  if (job.kind === "embed") return ["Open the models", "/system?view=models"];
  return null;
}
