// Makes elements. Text only ever becomes text: a device may be called anything, so nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

// el("button", { class: "tile", type: "button", onclick: f, "aria-pressed": "true" }, "words", otherElement)
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", paths);
  svg.append(path);
  return svg;
}

// What stands above a view: its name, and what there is to say beside it.
export const head = (words, ...beside) => el("div", { class: "log-head" }, el("h2", {}, words), ...beside);

// The round button that ends a form of one line; label says what it does.
export const send = (label) => el("button", { class: "send", type: "submit", "aria-label": label }, icon("M12 20V5M5 12l7-7 7 7"));

export function clock(iso) {
  return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function day(iso) {
  return new Date(iso).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });
}
