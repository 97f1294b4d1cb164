// <retrace-videos>: the recordings, grouped by camera, with what is being done to each.

import { button, define, h, showImage } from "./dom.js";
import { post, remove } from "./api.js";
import { attempt, confirmRemoval, notify } from "./dialog.js";
import { dateTime, length, timeLeft, zoneOf } from "./times.js";
import { SOURCES, STATES, bytes, canRetry, count, isActive, stateOf } from "./words.js";
import { editVideo } from "./video-form.js";

const COLUMNS = ["Recording", "Length", "Start", "State", "People"];

class Videos extends HTMLElement {
  store = null;
  #rows = new Map(); // video id → {element, image, signature}
  #groups = new Map(); // camera name → tbody

  connectedCallback() {
    if (this.firstChild || !this.store) return;
    this.table = h(
      "table",
      { class: "rt-table rt-videos" },
      h("caption", { class: "rt-visually-hidden" }, "Recordings by camera"),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, h("span", { class: "rt-visually-hidden" }, "Picture")),
          COLUMNS.map((text) => h("th", { scope: "col" }, text)),
          h("th", { scope: "col" }, h("span", { class: "rt-visually-hidden" }, "Actions")),
        ),
      ),
    );
    this.append(
      h(
        "div",
        { class: "rt-scroll", tabindex: 0, role: "group", "aria-label": "Recordings by camera" },
        this.table,
      ),
    );
    this.store.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const { videos } = this.store;
    this.hidden = videos.length === 0;
    const names = [...new Set(videos.map((video) => video.camera))].sort((a, b) =>
      a.localeCompare(b),
    );
    for (const [name, group] of this.#groups)
      if (!names.includes(name)) {
        group.element.remove();
        this.#groups.delete(name);
      }
    for (const [id, row] of this.#rows)
      if (!videos.some((video) => video.id === id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    for (const name of names)
      this.#drawGroup(
        name,
        videos.filter((video) => video.camera === name),
      );
  }

  #drawGroup(name, videos) {
    let group = this.#groups.get(name);
    if (!group) {
      const heading = h("th", { colspan: COLUMNS.length + 2, scope: "rowgroup" });
      group = {
        heading,
        element: h(
          "tbody",
          { testid: "camera-group", "data-camera": name },
          h("tr", { class: "rt-group" }, heading),
        ),
      };
      this.#groups.set(name, group);
      const after = [...this.#groups.keys()].sort((a, b) => a.localeCompare(b));
      const next = after[after.indexOf(name) + 1];
      this.table.insertBefore(group.element, this.#groups.get(next)?.element ?? null);
    }
    const text = `${name} · ${count(videos.length, "recording")}`;
    if (group.heading.textContent !== text) group.heading.textContent = text;
    for (const video of videos) this.#drawRow(video, group.element);
  }

  #drawRow(video, group) {
    const signature = JSON.stringify({
      ...video,
      thumbnail: null,
      zone: zoneOf(this.store.cameras, video.camera),
    });
    const known = this.#rows.get(video.id);
    const image = known?.image ?? h("img", { alt: "", class: "rt-thumb", loading: "lazy" });
    image.hidden = !video.thumbnail;
    showImage(image, video.thumbnail);
    if (known?.signature === signature) return;
    const action = known?.element.contains(document.activeElement)
      ? document.activeElement.dataset.testid
      : null;
    const element = h(
      "tr",
      {
        testid: "video-row",
        "data-video-id": video.id,
        "data-state": stateOf(video),
        "data-video": video.video,
      },
      this.#cells(video, image),
    );
    if (known && known.element.parentNode === group) known.element.replaceWith(element);
    else {
      known?.element.remove();
      group.append(element);
    }
    this.#rows.set(video.id, { element, image, signature });
    if (action) element.querySelector(`[data-testid="${action}"]`)?.focus();
  }

  #cells(video, image) {
    return [
      h("td", { class: "rt-thumb-cell" }, image),
      h(
        "td",
        null,
        h("span", { class: "rt-name" }, video.video),
        h("span", { class: "rt-hint" }, bytes(video.size ?? 0)),
        video.warnings.map((text) =>
          h("span", { class: "rt-warning", testid: "video-warning" }, text),
        ),
      ),
      h("td", null, length(video.duration)),
      h("td", null, this.#start(video)),
      h("td", null, this.#state(video)),
      h(
        "td",
        { testid: "people-count" },
        video.state === "done" || video.tracklets ? count(video.tracklets, "sighting") : "–",
      ),
      h("td", null, h("div", { class: "rt-actions" }, this.#buttons(video))),
    ];
  }

  #start(video) {
    if (!video.start)
      return [
        h("span", null, "Unknown"),
        button("Set start", {
          class: "rt-link",
          onclick: () => editVideo(video, this.store),
          testid: "set-start",
        }),
      ];
    const zone = zoneOf(this.store.cameras, video.camera);
    const when = h("time", { datetime: video.start, title: zone }, dateTime(video.start, zone));
    if (video.start_confirmed) return [when];
    return [
      when,
      button("guess – confirm", {
        class: "rt-tag rt-tag-warn",
        title: `This time is a guess (${SOURCES[video.start_source] ?? "unknown"}). Confirm or correct it.`,
        "aria-label": `The start of ${video.video} is a guess: confirm it`,
        onclick: () => editVideo(video, this.store),
        testid: "confirm-start",
      }),
    ];
  }

  #state(video) {
    const state = stateOf(video);
    const parts = [
      h(
        "span",
        { class: `rt-state rt-state-${state}`, testid: "video-state" },
        STATES[state] ?? state,
      ),
    ];
    if (state === "processing") {
      const percent = Math.floor((video.progress ?? 0) * 100);
      parts.push(
        h("progress", {
          max: 1,
          value: video.progress ?? 0,
          "aria-label": `Progress of ${video.video}`,
        }),
        h(
          "span",
          { class: "rt-hint" },
          [`${percent} %`, video.message, timeLeft(video.eta_seconds)].filter(Boolean).join(" · "),
        ),
      );
    } else if (
      ["queued", "stopped"].includes(state) &&
      video.message &&
      video.message !== STATES[state]
    ) {
      parts.push(h("span", { class: "rt-hint" }, video.message));
    }
    if (video.error)
      parts.push(h("span", { class: "rt-problem", testid: "video-error" }, video.error));
    if (video.job && (video.error || state === "queued"))
      parts.push(
        h("a", { class: "rt-hint", href: `/system?job=${video.job}` }, `Job ${video.job}`),
      );
    return parts;
  }

  #buttons(video) {
    const of = (what) => ({ "aria-label": `${what}: ${video.video}` });
    const act = (path, text) => () =>
      attempt(async () => {
        await post(path);
        notify(text);
        await this.store.refresh();
      });
    return [
      (video.state === "done" || video.tracklets > 0) &&
        h(
          "a",
          {
            class: "rt-button rt-primary",
            href: `/find?video=${video.id}`,
            ...of("Find people"),
            testid: "find-people",
          },
          "Find people",
        ),
      button("Edit", {
        ...of("Edit"),
        onclick: () => editVideo(video, this.store),
        testid: "edit-video",
      }),
      isActive(video) &&
        video.job &&
        button("Cancel", {
          ...of("Cancel"),
          onclick: act(`/jobs/${video.job}/cancel`, `Stopping the work on “${video.video}”.`),
          testid: "cancel-video",
        }),
      canRetry(video) &&
        button("Retry", {
          ...of("Retry"),
          onclick: act(`/jobs/${video.job}/retry`, `Working on “${video.video}” again.`),
          testid: "retry-video",
        }),
      button("Remove", {
        class: "rt-quiet",
        ...of("Remove"),
        onclick: () => this.#remove(video),
        testid: "remove-video",
      }),
    ];
  }

  #remove(video) {
    const lines = [
      `The recording “${video.video}” of ${video.camera}${video.size ? ` (${bytes(video.size)})` : ""}`,
      `${count(video.tracklets ?? 0, "sighting")} of people in it, with their pictures and clips`,
      "Your “same” and “not same” answers about them",
    ];
    confirmRemoval("Remove this recording for good?", lines, async () => {
      const answer = await remove(`/videos/${video.id}`);
      const removed = answer?.removed;
      notify(
        `“${video.video}” was removed${removed ? `, with ${count(removed.tracklets ?? 0, "sighting")}` : ""}.`,
      );
      await this.store.refresh();
    });
  }
}

define("retrace-videos", Videos);
