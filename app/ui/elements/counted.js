// Tells the page how many are left in a view; its tab says so.

import { fire } from "./dom.js";

export const counted = (node, view, count) => fire(node, "counted", { view, count });
