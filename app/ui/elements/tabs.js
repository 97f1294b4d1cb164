// A page of several views: a tab and a panel for each; the view shown stands in the address.

import { h } from "./dom.js";

// A subclass gives title, intro, path and views: [[view, text, tag of its element], …]. An element
// is told to open(query) when it is shown, and to rest() when another one is.
export class TabbedPage extends HTMLElement {
  tabs = new Map(); // view → {tab, number}
  panels = new Map(); // view → its element

  build({ title, intro, path, views }) {
    document.title = `${title} – Retrace`;
    this.path = path;
    this.views = views.map(([view]) => view);
    const tabs = h("div", { class: "rt-tabs", role: "tablist", "aria-label": title });
    const panels = h("div", null);
    for (const [view, text, tag] of views) {
      const number = h("span", { class: "rt-tab-count" });
      const tab = h(
        "button",
        {
          type: "button",
          class: "rt-tab",
          role: "tab",
          id: `rt-tab-${view}`,
          "aria-controls": `rt-panel-${view}`,
          testid: `tab-${view}`,
          onclick: () => this.go(view),
          onkeydown: (event) => this.#arrow(event, view),
        },
        text,
        number,
      );
      const panel = document.createElement(tag);
      for (const [name, value] of Object.entries({
        role: "tabpanel",
        id: `rt-panel-${view}`,
        "aria-labelledby": tab.id,
        tabindex: -1,
      }))
        panel.setAttribute(name, value);
      this.tabs.set(view, { tab, number });
      this.panels.set(view, panel);
      tabs.append(tab);
      panels.append(panel);
    }
    this.append(
      h(
        "div",
        { class: "rt-page-head" },
        h("h1", null, title),
        h("p", { class: "rt-muted" }, intro),
      ),
      tabs,
      panels,
    );
    this.addEventListener("counted", ({ detail }) => this.count(detail));
    this.addEventListener("view", ({ detail }) => this.go(detail.view));
    this.addEventListener("click", (event) => this.#follow(event));
    window.addEventListener("popstate", this.route);
  }

  disconnectedCallback() {
    window.removeEventListener("popstate", this.route);
    for (const panel of this.panels.values()) panel.rest?.();
  }

  route = () => {
    const query = new URLSearchParams(location.search);
    const named = query.get("view");
    const view = this.panels.has(named) ? named : this.views[0];
    for (const [name, { tab }] of this.tabs) {
      const current = name === view;
      tab.setAttribute("aria-selected", String(current));
      tab.tabIndex = current ? 0 : -1;
      this.panels.get(name).hidden = !current;
    }
    for (const [name, panel] of this.panels) if (name !== view) panel.rest?.();
    this.panels.get(view).open(query);
  };

  // What else the address says belongs to the view that is left.
  go(view) {
    const url = new URL(location.href);
    const theme = url.searchParams.get("__theme");
    url.search = "";
    if (theme) url.searchParams.set("__theme", theme);
    if (view !== this.views[0]) url.searchParams.set("view", view);
    window.history.pushState(null, "", url);
    this.route();
  }

  count({ view, count }) {
    this.tabs.get(view).number.textContent = count ? ` (${count})` : "";
  }

  #arrow(event, view) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next =
      this.views[(this.views.indexOf(view) + by + this.views.length) % this.views.length];
    this.go(next);
    this.tabs.get(next).tab.focus();
  }

  // Links between the views of this page change the view, not the page.
  #follow(event) {
    const link = event.target.closest(`a[href^='${this.path}']`);
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.history.pushState(null, "", link.getAttribute("href"));
    this.route();
  }
}
