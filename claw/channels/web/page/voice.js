// Where people may speak, who vouches for each place, how the ears do and how long a spoken turn takes.
import { get } from "./api.js";
import { clock, day, el } from "./dom.js";

const STAGES = {
  wake: "Wake word",
  speech: "End of speech",
  text: "Sound to text",
  intent: "Understanding",
  act: "Doing it",
  said: "Beginning to answer",
};
const RESULTS = {
  done: "done",
  answered: "answered",
  asked: "asked back",
  unclear: "not understood",
  refused: "refused",
  failed: "failed",
  late: "answered late",
  stop: "stopped everything",
  cut: "cut short",
  twin: "heard twice",
  echo: "my own voice",
  blank: "no words",
  long: "too long",
};
const KINDS = { satellite: "Home Assistant", machine: "Network", microphone: "Microphone", nowhere: "Nowhere" };

export class Voice {
  #sheet;
  #state = null;
  may = { look: false };

  // sheet(title, body) opens the sheet over the page.
  constructor({ sheet }) {
    this.#sheet = sheet;
  }

  // What everybody may see, null in a house without ears.
  load(state) {
    this.#state = state ?? null;
  }

  // The part of the account sheet that leads here; nothing in a house without ears.
  words() {
    if (!this.#state) return null;
    const trouble = problem(this.#state);
    return el(
      "div",
      { class: "pause voice-way" },
      el("p", trouble ? { class: "trouble" } : {}, trouble || "Claw listens to more than this page."),
      el("button", { class: "quiet", type: "button", onclick: () => this.open() }, "Where I listen"),
    );
  }

  async open() {
    try {
      const told = this.may.look ? await get("/api/voice") : (await get("/api/status")).voice;
      if (!told) throw new Error("Nothing about voice is configured any more.");
      this.load(told);
      this.#sheet("Where I listen", whole(told));
    } catch (error) {
      this.#sheet("Where I listen", el("p", { class: "trouble", role: "alert" }, error.message));
    }
  }
}

function whole(told) {
  return el(
    "div",
    { class: "skill-whole voice-whole" },
    ...(told.findings ?? []).map((one) => el("p", { class: "influenced" }, one)),
    told.satellites ? part("Places to speak", el("ul", { class: "ears" }, ...told.satellites.map(place))) : null,
    told.note ? el("p", { class: "asker" }, told.note) : null,
    told.speakers?.length ? part("Where I speak", el("dl", {}, ...told.speakers.map(({ place: id, place_name: name, by }) => line(name ?? id, by.join(", "))))) : null,
    part("How I hear", el("dl", {}, ...ears(told))),
    part("How long a spoken turn takes", times(told)),
    results(told),
  );
}

// One place to speak: where it is and who says so, which is all that makes it more than anybody.
function place({ id, name, kind, place: area, place_name: room, vouched, addresses, about, heard }) {
  const where = room ?? area;
  const title = kind === "nowhere" ? "Anybody else" : name;
  const parts = [
    where ? `In ${where}, says ${vouched === "the configuration" ? "my configuration" : vouched}` : "Nowhere: least rights",
    addresses.length ? `by way of ${addresses.join(", ")}` : "",
    about,
    heard ? `heard ${day(heard)} ${clock(heard)}` : "not heard yet",
  ];
  return el(
    "li",
    { "data-satellite": id },
    el("span", { class: "skill-head" }, el("strong", {}, title || id), el("span", { class: "badge" }, KINDS[kind] ?? kind)),
    name ? el("small", { class: "technical" }, id) : null,
    el("small", {}, parts.filter(Boolean).join(" · ")),
  );
}

function ears({ wyoming, transcriber, microphones, quiet }) {
  const text = transcriber ? [transcriber.engine, transcriber.problem].filter(Boolean).join(": ") : wyoming ? "Home Assistant" : "";
  const open = wyoming ? `${wyoming.address}, ${count(wyoming.open, "connection")}` : "";
  const rows = [
    ["Network", open],
    ["Microphones", microphones.configured ? `${microphones.listening} of ${microphones.configured} listen` : ""],
    ["Text by", text],
    ["Sent to it today", transcriber?.seconds_per_day == null ? "" : `${Math.round(transcriber.seconds_today)} of ${transcriber.seconds_per_day} seconds`],
    ["Quiet", quiet ?? ""],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => line(name, value));
}

// Half of the turns took less than the first figure, all but one in twenty less than the second.
function times({ stages, turns }) {
  const rows = Object.entries(STAGES).filter(([stage]) => stages[stage]);
  if (!rows.length) return el("p", { class: "empty" }, "Nobody has spoken since I started.");
  return el(
    "table",
    { class: "spans" },
    el("caption", {}, `The last ${count(turns, "turn")}, in milliseconds`),
    el("thead", {}, el("tr", {}, head("Stage"), head("Half below"), head("19 of 20 below"))),
    el("tbody", {}, ...rows.map(([stage, name]) => el("tr", {}, el("th", { scope: "row" }, name), figure(stages[stage].p50_ms), figure(stages[stage].p95_ms)))),
  );
}

function results({ results: all }) {
  const rows = Object.entries(all).filter(([, times]) => times);
  if (!rows.length) return null;
  return part("What came of them", el("p", {}, rows.map(([result, times]) => `${RESULTS[result] ?? result} ${times}`).join(", ")));
}

function problem({ transcriber, microphones }) {
  if (transcriber?.problem) return `I cannot turn speech into text: ${transcriber.problem}`;
  const deaf = microphones.configured - microphones.listening;
  return deaf ? `${count(deaf, "microphone")} ${deaf === 1 ? "does" : "do"} not listen.` : "";
}

const part = (name, body) => el("section", {}, el("h4", {}, name), body);

const line = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

const head = (name) => el("th", { scope: "col" }, name);

const figure = (ms) => el("td", {}, ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
