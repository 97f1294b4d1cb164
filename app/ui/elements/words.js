// The words the pages use for states and numbers.

export const count = (n, one, many) => `${n} ${n === 1 ? one : (many ?? `${one}s`)}`;

export function bytes(n) {
  if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
  return n < 1e9 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e9).toFixed(2)} GB`;
}

// How sure a hit is: a calibrated probability in words and per cent, else only its strength.
export function certainty(hit) {
  if (hit.probability === null || hit.probability === undefined) {
    const text = { strong: "strong match", possible: "possible match", weak: "weak match" }[
      hit.strength
    ];
    return { level: hit.strength, text };
  }
  // 100 % and 0 % would claim what no calibration can.
  const percent = Math.min(99, Math.max(1, Math.round(hit.probability * 100)));
  if (hit.probability >= 0.75) return { level: "strong", text: `likely ${percent} %` };
  if (hit.probability >= 0.35) return { level: "possible", text: `possible ${percent} %` };
  return { level: "weak", text: `unlikely ${percent} %` };
}

export const STATES = {
  new: "Not started",
  queued: "Waiting",
  processing: "Working",
  done: "Ready",
  failed: "Failed",
  stopped: "Stopped",
};

// A recording's state as people see it: work on it that was cancelled or failed says so.
export function stateOf(video) {
  if (video.state === "done" || video.job_state === "queued" || video.job_state === "running")
    return video.state;
  return { cancelled: "stopped", failed: "failed" }[video.job_state] ?? video.state;
}

export const canRetry = (video) =>
  Boolean(video.job) &&
  (["failed", "cancelled"].includes(video.job_state) ||
    ["failed", "stopped", "new"].includes(stateOf(video)));

export const SOURCES = {
  given: "entered",
  name: "from file name",
  metadata: "from metadata",
  unknown: "unknown",
};

export const isActive = (video) => ["queued", "processing"].includes(stateOf(video));

export const list = (names) => new Intl.ListFormat("en-GB", { type: "conjunction" }).format(names);
