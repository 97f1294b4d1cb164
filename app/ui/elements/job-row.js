// One job: what it does, how far it is, what went wrong, what can be done about it.

import { button, h } from "./dom.js";
import { post } from "./api.js";
import { attempt, notify } from "./dialog.js";
import { JOB_STATES, isOpen, jobResult, jobTitle } from "./job-words.js";
import { HERE, dateTime, length, timeLeft } from "./times.js";

// {element, update}: update(job) shows a later report in place, so that buttons stay where they are.
export function jobRow(job, videos, changed) {
  const title = jobTitle(job, videos);
  const told = h("p", { class: "rt-hint", testid: "job-told" });
  const bar = h("progress", { max: 1, "aria-label": `Progress: ${title}` });
  const actions = h("div", { class: "rt-actions" });
  const act = (path, text) => () =>
    attempt(async () => {
      await post(`/jobs/${job.id}/${path}`);
      notify(text);
      changed();
    });
  const result = jobResult(job);
  actions.append(
    ...[
      isOpen(job) &&
        button("Cancel", {
          testid: "cancel-job",
          "aria-label": `Cancel: ${title}`,
          onclick: act("cancel", "Stopping; what is done is kept."),
        }),
      ["failed", "cancelled"].includes(job.state) &&
        button("Retry", {
          class: "rt-primary",
          testid: "retry-job",
          "aria-label": `Retry: ${title}`,
          onclick: act("retry", "Going on where it was."),
        }),
      result &&
        h(
          "a",
          { class: "rt-button", href: result[1], "aria-label": `${result[0]}: ${title}` },
          result[0],
        ),
    ].filter(Boolean),
  );
  const element = h(
    "li",
    {
      class: "rt-job",
      tabindex: -1,
      testid: "job",
      "data-key": `job-${job.id}`,
      "data-job": job.id,
      "data-state": job.state,
    },
    h(
      "div",
      { class: "rt-job-text" },
      h(
        "p",
        null,
        // What runs or waits stands under that very heading.
        !isOpen(job) && [
          h("span", { class: `rt-state rt-state-${job.state}` }, JOB_STATES[job.state]),
          " ",
        ],
        h("strong", { class: "rt-job-title" }, title),
      ),
      job.state === "running" && bar,
      told,
      job.error && h("p", { class: "rt-problem", testid: "job-error" }, job.error),
    ),
    actions,
  );
  const update = (now) => {
    bar.value = now.progress;
    told.textContent = tell(now);
  };
  update(job);
  return { element, update };
}

function tell(job) {
  const number = `Job ${job.id}`;
  const when = `asked for ${dateTime(job.created, HERE)}`;
  if (job.state === "running")
    return [
      `${Math.floor(job.progress * 100)} %`,
      job.cancel_requested ? "stopping after the current step" : job.message,
      timeLeft(job.eta_seconds),
      number,
    ]
      .filter(Boolean)
      .join(" · ");
  const took =
    job.started && job.finished
      ? `took ${length(Math.round((Date.parse(job.finished) - Date.parse(job.started)) / 100) / 10)}`
      : "";
  const tries = job.attempts > 1 ? `tried ${job.attempts} times` : "";
  return [number, when, took, tries].filter(Boolean).join(" · ");
}
