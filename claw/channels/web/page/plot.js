// Pictures of figures, made by hand: each is told in a sentence too, and stands as a table below itself.
import { el } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const HIGH = 100;
const WIDE = 10; // of a column, with its gap

function draw(tag, properties, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function canvas(width, height, words, ...children) {
  return draw("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": words, class: "canvas" }, ...children);
}

// A box; tone is one of the few that plots know, title what a pointer is told.
export function box(x, y, width, height, tone, title = "") {
  return draw("rect", { x, y, width: Math.max(width, 0), height: Math.max(height, 0), "data-tone": tone }, draw("title", {}, title));
}

// Columns from left to right: { parts: [[tone, number], ...] from below, title }; line is a limit, drawn where it fits.
export function bars(columns, words, line = 0) {
  const sums = columns.map(({ parts }) => parts.reduce((sum, [, number]) => sum + number, 0));
  const most = Math.max(...sums, 0);
  const top = (line && line < most * 4 ? Math.max(most, line) : most) || 1;
  const svg = canvas(columns.length * WIDE, HIGH, words);
  columns.forEach(({ parts, title }, at) => {
    let y = HIGH;
    for (const [tone, number] of parts) {
      const height = number ? Math.max(2, (number / top) * (HIGH - 2)) : 0;
      y -= height;
      if (height) svg.append(box(at * WIDE + 1, y, WIDE - 2, height, tone, title));
    }
  });
  if (line && line <= top) svg.append(box(0, HIGH - (line / top) * (HIGH - 2), columns.length * WIDE, 1, "line", "The most that may be"));
  return { svg, top };
}

export function table(heads, rows) {
  return el(
    "table",
    { class: "figures" },
    el("thead", {}, el("tr", {}, ...heads.map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, ...rows.map(([first, ...cells]) => el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))))),
  );
}

// One picture with its name, what stands at its edges, and its figures.
export function plot(title, about, picture, { top = "", ends = [], heads, rows }) {
  return el(
    "figure",
    { class: "plot" },
    el("figcaption", {}, el("strong", {}, title), el("span", {}, about)),
    top ? el("p", { class: "plot-top", "aria-hidden": "true" }, top) : null,
    picture,
    ends.length ? el("p", { class: "plot-ends", "aria-hidden": "true" }, ...ends.map((words) => el("span", {}, words))) : null,
    el("details", {}, el("summary", {}, "As a table"), table(heads, rows)),
  );
}

export const legend = (...entries) =>
  el("ul", { class: "plot-legend" }, ...entries.map(([tone, words]) => el("li", {}, el("i", { "data-tone": tone, "aria-hidden": "true" }), words)));
