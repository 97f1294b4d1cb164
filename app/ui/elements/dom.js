// Builds elements. Text only ever enters the page as text nodes and attributes, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "multiple", "indeterminate"]);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "testid") node.setAttribute("data-testid", value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(
    ...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false),
  );
  return node;
}

// h("button", {class: "rt-button", onclick: save}, "Save")
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

export function button(text, props, ...more) {
  return h(
    "button",
    { type: "button", ...props, class: `rt-button ${props?.class ?? ""}` },
    text,
    ...more,
  );
}

// A labelled form field: the label wraps its control, so no ids are needed.
export function field(label, control, hint) {
  return h(
    "label",
    { class: "rt-field" },
    h("span", { class: "rt-label" }, label),
    control,
    hint && h("span", { class: "rt-hint" }, hint),
  );
}

export function fire(node, name, detail) {
  node.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}

// The same picture under a new signature is the same picture: keep what is already shown.
export function showImage(img, url) {
  const path = (url ?? "").split("?")[0];
  if (img.dataset.path === path && !img.dataset.broken) return;
  img.dataset.path = path;
  delete img.dataset.broken;
  img.onerror = () => {
    img.dataset.broken = "yes";
  };
  if (url) img.src = url;
  else img.removeAttribute("src");
}

export function define(name, constructor) {
  if (!customElements.get(name)) customElements.define(name, constructor);
}
