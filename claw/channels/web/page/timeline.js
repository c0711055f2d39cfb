// A day of background work as a line: a mark for each run and for what is to come, told by its shape as well as its colour,
// with the same in words below.
import { get } from "./api.js";
import { el } from "./dom.js";
import { sentence } from "./words.js";

const KINDS = {
  done: "done", late: "done late", dry: "run dry", asked: "waiting for an answer", running: "running", missed: "missed",
  held: "held back", failed: "failed", skipped: "left out", due: "to come",
};
const OF_STATUS = {
  done: "done", shadow: "dry", asked: "asked", running: "running", missed: "missed", held: "held", failed: "failed", refused: "failed",
  unknown: "failed", skipped: "skipped", replaced: "skipped",
};
const ROOM = 2.4; // per cent of the line that a mark takes up
const LANES = 5;
const DAY_MS = 86_400_000;

// A day with buttons to the days around it. open(id) is called with the routine of a line that is clicked, where there is one.
export class Timeline {
  #path;
  #open;
  #day = "";
  #asked = 0;
  #body = el("div", { class: "stacked" });
  #title = el("h3", {});
  #empty;
  #unfolded = false;
  root;

  constructor({ routine = "", open = null, empty = "Nothing ran, and nothing is due." } = {}) {
    this.#path = `/api/routines/day?routine=${encodeURIComponent(routine)}`;
    this.#open = open;
    this.#empty = empty;
    const step = (by, words, sign) => el("button", { class: "quiet", type: "button", "aria-label": words, onclick: () => this.#go(by) }, sign);
    this.root = el(
      "section",
      { class: "timeline", "aria-label": "Timeline" },
      el("div", { class: "timeline-head" }, step(-1, "The day before", "‹"), this.#title, step(1, "The day after", "›")),
      this.#body,
    );
  }

  async load() {
    const asked = ++this.#asked;
    let shown;
    try {
      const told = await get(`${this.#path}${this.#day && `&day=${this.#day}`}`);
      if (asked !== this.#asked) return; // a later day was quicker
      this.#title.textContent = named(told);
      if (told.now !== null) this.#day = "";
      this.#told = told.day;
      shown = this.#shown(told);
    } catch (error) {
      shown = [el("p", { class: "trouble" }, error.message)];
    }
    if (asked === this.#asked) this.#body.replaceChildren(...shown);
  }

  #told = "";

  #go(by) {
    if (!this.#told) return;
    this.#day = new Date(Date.parse(`${this.#told}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);
    this.load();
  }

  #shown(told) {
    const marks = [...told.ran.map((row) => ({ ...row, kind: kind(row) })), ...told.due.map((row) => ({ ...row, kind: "due" }))];
    if (!marks.length) return [strip(told, []), el("p", { class: "asker" }, this.#empty)];
    const list = el("details", { open: this.#unfolded, ontoggle: (event) => { this.#unfolded = event.target.open; } }, el("summary", {}, "As a list"), el("ol", { class: "timeline-list" }, ...marks.map((mark) => this.#line(mark))));
    return [
      strip(told, marks),
      el("ul", { class: "legend" }, ...counted(marks).map(([name, count]) => el("li", {}, el("i", { class: "tick", "data-kind": name, "aria-hidden": "true" }), `${count} ${KINDS[name]}`))),
      told.cut ? el("p", { class: "asker" }, "There is more than is shown here.") : null,
      list,
    ].filter(Boolean);
  }

  #line(mark) {
    const words = [el("time", {}, (mark.wall ?? mark.due.wall).slice(11, 16)), el("span", {}, el("strong", {}, mark.name), ` ${told(mark)}`)];
    const inner = [el("i", { class: "tick", "data-kind": mark.kind, "aria-hidden": "true" }), ...words];
    return el("li", {}, this.#open ? el("button", { type: "button", class: "timeline-line", onclick: () => this.#open(mark.routine) }, ...inner) : el("div", { class: "timeline-line" }, ...inner));
  }
}

// What came of one row, in words.
export function told(row) {
  if (row.kind === "due") return "is due";
  const parts = [KINDS[kind(row)] ?? row.status];
  if (row.status === "done") parts[0] = "done";
  if (row.status === "refused") parts[0] = "refused";
  if (row.status === "unknown") parts[0] = "not known";
  if (row.times > 1) parts.push(`${row.times} times${row.until ? `, until ${row.until.wall.slice(11, 16)}` : ""}`);
  if (row.late_s) parts.push(`${span(row.late_s)} late`);
  if (row.by_hand) parts.push(`asked for by ${row.by_hand}`);
  if (row.reason) parts.push(row.reason);
  if (row.would?.length) parts.push(`it would ${row.would.join(", then ")}`);
  return parts.join("; ");
}

export function kind({ status, late_s: late }) {
  return status === "done" && late ? "late" : (OF_STATUS[status] ?? "failed");
}

function strip({ minutes, hours, now, day }, marks) {
  const ends = [];
  const line = el("div", { class: "strip", role: "img", "aria-label": summary(day, marks) });
  for (const { minute, said } of hours) line.append(place(el("span", { class: "hour" }, said), minute / minutes));
  if (now !== null) line.append(place(el("span", { class: "now" }), now / minutes));
  for (const mark of marks) {
    const at = (mark.minute / minutes) * 100;
    let lane = ends.findIndex((end) => end <= at);
    if (lane < 0) lane = ends.length < LANES ? ends.length : LANES - 1;
    ends[lane] = Math.max(ends[lane] ?? 0, ((mark.to_minute ?? mark.minute) / minutes) * 100 + ROOM);
    const tick = place(el("i", { class: mark.to_minute ? "tick long" : "tick", "data-kind": mark.kind, title: `${mark.name}, ${told(mark)}` }), mark.minute / minutes);
    tick.style.setProperty("--lane", lane);
    if (mark.to_minute) tick.style.setProperty("--to", mark.to_minute / minutes);
    line.append(tick);
  }
  line.style.setProperty("--lanes", Math.max(1, ends.length));
  return line;
}

// How many there are of each kind; a row may stand for several.
function counted(marks) {
  const counts = Object.keys(KINDS).map((name) => [name, marks.filter((mark) => mark.kind === name).reduce((sum, { times = 1 }) => sum + times, 0)]);
  return counts.filter(([, count]) => count);
}

function place(element, share) {
  element.style.setProperty("--at", Math.min(1, Math.max(0, share)));
  return element;
}

function summary(day, marks) {
  const there = counted(marks).map(([name, count]) => `${count} ${KINDS[name]}`);
  return `${day}: ${there.length ? there.join(", ") : "nothing"}`;
}

function named({ day, now }) {
  if (now !== null) return "Today";
  const date = new Date(`${day}T12:00:00`);
  return sentence(date.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" }));
}

function span(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
