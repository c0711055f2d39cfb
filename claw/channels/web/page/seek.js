// Looks further into the log than its newest entries: a day of it as a picture, a search, and how it is vouched for.
import { clock, day as dayOf, el } from "./dom.js";
import { box, canvas, table } from "./plot.js";

const KINDS = { "": "Everything", acts: "Acts", asked: "Questions and answers", refused: "Refused", stops: "Stops and pauses", programs: "Programs and skills", routines: "Routines", people: "People", rules: "Rules", log: "The log itself" };
const GROUPS = { acts: ["Acts", "plain"], asked: ["Asked", "soft"], refused: ["Refused", "bad"], failed: ["Failed", "bad"], stops: ["Stops, pauses", "bad"], other: ["Other", "faint"] };
const DAY_MS = 86_400_000;

// A form; sought(parameters, words) is told what to look for, null for nothing any more.
export function form(sought) {
  const field = (label, properties) => el("label", {}, el("span", {}, label), el("input", { class: "field", maxlength: "255", ...properties }));
  const fields = el(
    "form",
    { class: "seek", autocomplete: "off" },
    el("label", {}, el("span", {}, "Kind"), el("select", { class: "field", name: "kind" }, ...Object.entries(KINDS).map(([value, words]) => el("option", { value }, words)))),
    field("Words", { name: "text", type: "search", placeholder: "kitchen lights" }),
    field("Person", { name: "person", placeholder: "anna", autocapitalize: "none" }),
    field("Thing", { name: "thing", placeholder: "Front door, or lock.front_door", autocapitalize: "none" }),
    field("From", { name: "since", type: "date" }),
    field("Until", { name: "until", type: "date" }),
    el("div", { class: "choices even" }, el("button", { class: "primary", type: "submit" }, "Find"), el("button", { class: "secondary", type: "reset" }, "Newest again")),
  );
  fields.addEventListener("submit", (event) => {
    event.preventDefault();
    sought(new URLSearchParams([...new FormData(fields)].filter(([, value]) => value.trim())));
  });
  fields.addEventListener("reset", () => sought(null));
  return el("details", { class: "seeking" }, el("summary", {}, "Find in the log"), fields);
}

// The picture of a day, a row for each kind, with buttons to the days around it.
export class Day {
  #get;
  #day = "";
  #shown = "";
  #asked = 0;
  #title = el("h3", {});
  #body = el("div", {});
  root;

  constructor(get) {
    this.#get = get;
    const step = (by, words, sign) => el("button", { class: "quiet", type: "button", "aria-label": words, onclick: () => this.#go(by) }, sign);
    this.root = el("section", { class: "log-day", "aria-label": "A day of the log" }, el("div", { class: "timeline-head" }, step(-1, "The day before", "‹"), this.#title, step(1, "The day after", "›")), this.#body);
  }

  async load() {
    const asked = ++this.#asked;
    try {
      const told = await this.#get(`/api/log/day${this.#day && `?day=${this.#day}`}`);
      if (asked !== this.#asked) return;
      this.#shown = told.day;
      if (told.now !== null) this.#day = "";
      this.#title.textContent = told.now !== null ? "Today" : dayOf(`${told.day}T12:00:00`);
      this.#body.replaceChildren(...this.#drawn(told));
    } catch (error) {
      if (asked === this.#asked) this.#body.replaceChildren(el("p", { class: "trouble" }, error.message));
    }
  }

  #go(by) {
    if (!this.#shown) return;
    this.#day = new Date(Date.parse(`${this.#shown}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);
    this.load();
  }

  #drawn({ marks, minutes, step, now, hours }) {
    const rows = Object.entries(GROUPS).map(([group, [name, tone]]) => ({ name, tone, marks: marks.filter((mark) => mark.group === group) })).filter((row) => row.marks.length);
    if (!rows.length) return [el("p", { class: "asker" }, "Nothing happened.")];
    const sum = (all) => all.reduce((total, { count }) => total + count, 0);
    const lane = ({ name, tone, marks: own }) => {
      const most = Math.max(...own.map(({ count }) => count));
      const boxes = own.map(({ at, count }) => {
        const high = 4 + (count / most) * 16;
        return box(at * step + 1, 20 - high, step - 2, high, tone, `${said(at * step)}: ${count}`);
      });
      if (now !== null) boxes.push(box(now, 0, 2, 20, "now"));
      return el("div", { class: "lane" }, el("span", {}, name), canvas(minutes, 20, `${name}: ${sum(own)}`, ...boxes), el("span", { class: "lane-sum" }, String(sum(own))));
    };
    const busy = [...new Set(marks.map(({ at }) => at))];
    const cells = busy.map((at) => [said(at * step), ...rows.map((row) => sum(row.marks.filter((mark) => mark.at === at)) || "")]);
    return [
      ...rows.map(lane),
      el("div", { class: "lane lane-hours", "aria-hidden": "true" }, el("span", {}), el("p", {}, ...hours.map(({ said: words }) => el("span", {}, words)))),
      el("details", {}, el("summary", {}, "As a table"), el("div", { class: "wide" }, table(["From", ...rows.map(({ name }) => name)], cells))),
    ];
  }
}

const said = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

// Who vouches for the log, in words.
export function vouched({ entries, head, holds, failures, lost, vouched: by }) {
  const when = (iso) => (iso ? `${dayOf(iso)}, ${clock(iso)}` : "never");
  const facts = [
    ["Entries", entries.toLocaleString()],
    ["Head", `${head.slice(0, 16)}…`],
    ["Signed", by.time ? `${by.entries.toLocaleString()} entries, ${when(by.time)}` : "not yet"],
    ...by.witnesses.map((one) => [one.name, one.problem || `keeps ${one.entries.toLocaleString()} entries, ${when(one.time)}${one.writable ? "; I could write there" : ""}`]),
    failures || lost ? ["Trouble", `${failures} failed writes, ${lost} lost notes`] : null,
    by.problem ? ["Problem", by.problem] : null,
  ].filter(Boolean);
  return el(
    "div",
    { class: "memory-why" },
    el("p", {}, holds ? "Its end held when I started, and nothing that vouches for it contradicts it." : "The log does not hold: something changed it, or what vouches for it says otherwise. Nothing is done until a person looks."),
    el("dl", {}, ...facts.map(([name, words]) => el("div", {}, el("dt", {}, name), el("dd", {}, words)))),
    el("p", { class: "asker" }, "Every entry, from the first on, is proved at the console: claw log verify"),
  );
}
