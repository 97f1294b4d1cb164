// <retrace-system>: the System page. Three views: background work, models, health.

import { define } from "./dom.js";
import { TabbedPage } from "./tabs.js";
import "./health.js";
import "./jobs.js";
import "./models.js";

const PAGE = {
  title: "System",
  intro: "What Retrace is doing, the models it uses, and whether all is well.",
  path: "/system",
  views: [
    ["jobs", "Jobs", "retrace-jobs"],
    ["models", "Models", "retrace-models"],
    ["health", "Health", "retrace-health"],
  ],
};

class System extends TabbedPage {
  connectedCallback() {
    if (this.firstChild) return;
    this.build(PAGE);
    this.route();
  }
}

define("retrace-system", System);
