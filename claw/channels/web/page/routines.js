// What Claw does by itself: when each routine is due and what became of it, and to make, pause, skip or end one.
import { get, post } from "./api.js";
import { el, head, send } from "./dom.js";
import { Timeline } from "./timeline.js";

const UNDONE = new Set(["refused", "stopped", "failed", "unclear"]); // nothing has changed, so it can be tried again
const STATES = {
  on: ["On", "good"],
  shadow: ["Runs dry", "wait"],
  waiting: ["Waits for a yes", "wait"],
  paused: ["Paused", "off"],
  suspended: ["Suspended", "bad"],
  over: ["Over", "off"],
  removed: ["Removed", "off"],
};
const DEEDS = {
  adopt: ["Make it mine", "primary", "It acts for you from now on, with your rights, and does not expire."],
  resume: ["Let it run again", "primary", ""],
  run: ["Run it now", "secondary", "It runs now, once, whatever its rules say."],
  skip: ["Leave out the next time", "secondary", ""],
  pause: ["Pause it", "secondary", ""],
  remove: ["Remove it", "secondary danger", "It does not run any more. What became of it stays to be read."],
};
const SAFE = "It guards life: it is not held back by a pause, quiet hours or anybody's hand. While Claw is stopped it does nothing either.";
const EVERY_MS = 60_000;
const SOON_MS = 700;

// The view: opened once, and loaded anew each time that somebody looks.
export function open(root, page) {
  const list = el("div", { id: "routines", class: "memories", tabindex: "0", "aria-label": "What I do by myself" });
  const form = el(
    "form",
    { id: "later", class: "ask remember", autocomplete: "off" },
    el("p", { role: "status", class: "came-of-it" }),
    el("label", { class: "unseen", for: "later-words" }, "When and what"),
    el("input", { id: "later-words", name: "later", type: "text", maxlength: "1000", enterkeyhint: "send", placeholder: "Every weekday at seven open the blinds" }),
    send("Set this"),
  );
  root.append(head("What I do by myself"), list, form);
  const routines = new Routines(list, form, page);
  routines.shown = true;
  page.on("shown", () => (routines.shown = true));
  page.on("hidden", () => (routines.shown = false));
  page.on("fresh", () => routines.load());
  page.on("log", ({ entry }) => routines.touched(entry));
}

class Routines {
  #root;
  #form;
  #sheet;
  #shown = false;
  #over = false;
  #asked = 0;
  #soon = 0;
  #list = el("div", { class: "skill-list" });
  #day = new Timeline({ open: (id) => this.open(id) });
  #ended;

  // sheet(title, body) opens the sheet over the page.
  constructor(root, form, { sheet }) {
    this.#root = root;
    this.#form = form;
    this.#sheet = sheet;
    this.#ended = el("button", { class: "secondary", type: "button", "aria-pressed": "false", onclick: () => this.#toggle() }, "Show what is over");
    this.#root.replaceChildren(this.#day.root, this.#list, this.#ended);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
    setInterval(() => document.visibilityState === "visible" && this.load(), EVERY_MS);
  }

  // Whether the view is looked at: only then is anything asked.
  set shown(is) {
    this.#shown = is;
    if (is) this.load();
  }

  // Loads all of it anew, where somebody looks at it.
  async load() {
    if (!this.#shown) return;
    await Promise.all([this.#rows(), this.#day.load()]);
  }

  // Something about routines was written into the log; more of it is likely to follow.
  touched(entry) {
    const name = entry.payload?.action?.name ?? "";
    const ours = entry.kind === "routine" || entry.origin?.channel === "routine" || name.startsWith("claw.routine") || name === "claw.schedule";
    if (!ours || !this.#shown) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.load(), SOON_MS);
  }

  async #rows() {
    const asked = ++this.#asked;
    let parts;
    try {
      parts = grouped(await get(`/api/routines?over=${this.#over}`), this);
    } catch (error) {
      parts = [el("p", { class: "empty" }, error.message)];
    }
    if (asked === this.#asked) this.#list.replaceChildren(...parts);
  }

  #toggle() {
    this.#over = !this.#over;
    this.#ended.setAttribute("aria-pressed", String(this.#over));
    this.#ended.textContent = this.#over ? "Hide what is over" : "Show what is over";
    this.load();
  }

  row(routine) {
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "skill-row", "data-routine": routine.id, onclick: () => this.open(routine.id) },
        el("span", { class: "skill-head" }, el("strong", {}, routine.name), badge(routine)),
        el("small", {}, capital(said(routine))),
        routine.fires && routine.why ? el("small", { class: "trouble" }, capital(routine.why)) : null,
        el("small", { class: "routine-next" }, coming(routine)),
      ),
    );
  }

  async open(id) {
    try {
      const routine = await get(`/api/routines/${encodeURIComponent(id)}`);
      this.#sheet(routine.name, this.#whole(routine));
    } catch (error) {
      this.#sheet("Routine", el("p", {}, error.message));
    }
  }

  #whole(routine) {
    const extra = el("div", { class: "stacked" });
    const line = new Timeline({ routine: routine.id, empty: "Nothing of it ran or is due on this day." });
    line.load();
    return el(
      "div",
      { class: "skill-whole routine-whole", "data-routine": routine.id },
      el("p", {}, capital(said(routine))),
      el("p", { class: "skill-state" }, badge(routine), el("span", {}, routine.why ? `${capital(routine.why)}.` : "")),
      routine.kind === "safety" ? el("p", { class: "influenced" }, SAFE) : null,
      routine.tainted.length ? el("p", { class: "influenced" }, `Text from outside had a part in it: ${routine.tainted.join(", ")}.`) : null,
      routine.next.length ? part("Next", el("ul", { class: "phrases" }, ...routine.next.map((moment) => el("li", { class: "moment" }, moment.said)))) : null,
      line.root,
      routine.rules.length ? part("Its rules", el("ul", { class: "rights plain" }, ...routine.rules.map((rule) => el("li", {}, capital(rule))))) : null,
      el("dl", {}, ...about(routine)),
      this.#doings(routine),
      el(
        "div",
        { class: "choices even" },
        el("button", { class: "secondary", type: "button", onclick: () => this.#dry(routine, extra) }, "What would it do now?"),
        el("button", { class: "secondary", type: "button", onclick: () => this.#export(routine, extra) }, "For Home Assistant"),
      ),
      extra,
    );
  }

  // What may be asked for: each asks once more where there is something to say about it.
  #doings(routine) {
    if (!routine.can.length) return null;
    const trouble = el("p", { class: "trouble", role: "alert" });
    const box = el("div", { class: "stacked doings" });
    const act = async (deed) => {
      for (const button of box.querySelectorAll("button")) button.disabled = true;
      trouble.textContent = "";
      try {
        const came = await post(`/api/routines/${encodeURIComponent(routine.id)}`, { do: deed });
        if (UNDONE.has(came.status)) throw new Error(came.text);
        box.replaceChildren(el("p", { role: "status", class: "came-of-it", "data-status": came.status }, came.text));
        this.load();
      } catch (error) {
        trouble.textContent = error.message;
        for (const button of box.querySelectorAll("button")) button.disabled = false;
      }
    };
    const ask = (deed) => () => {
      const [words, kind, about] = DEEDS[deed];
      if (!about) return act(deed);
      const sure = el("button", { class: `primary ${kind.includes("danger") ? "danger" : ""}`, type: "button", onclick: () => act(deed) }, words);
      box.querySelector(".sure")?.remove();
      box.append(el("div", { class: "stacked sure" }, el("p", {}, about), sure));
      return sure.focus();
    };
    const offered = Object.keys(DEEDS).filter((deed) => routine.can.includes(deed));
    box.append(...offered.map((deed) => el("button", { class: DEEDS[deed][1], type: "button", "data-deed": deed, onclick: ask(deed) }, DEEDS[deed][0])));
    return el("div", { class: "stacked" }, box, trouble);
  }

  async #dry(routine, extra) {
    try {
      const { text, would } = await post(`/api/routines/${encodeURIComponent(routine.id)}/dry-run`, {});
      const acts = would.length ? el("ul", { class: "rights plain" }, ...would.map((one) => el("li", {}, capital(one)))) : null;
      extra.replaceChildren(el("p", { role: "status", class: "came-of-it dry" }, text), acts ?? "");
    } catch (error) {
      extra.replaceChildren(el("p", { class: "trouble", role: "alert" }, error.message));
    }
  }

  async #export(routine, extra) {
    try {
      const { yaml } = await get(`/api/routines/${encodeURIComponent(routine.id)}/automation`);
      extra.replaceChildren(el("p", { class: "asker" }, "An automation of Home Assistant. What has no counterpart there is said on top."), el("pre", { tabindex: "0" }, yaml));
    } catch (error) {
      extra.replaceChildren(el("p", { class: "trouble", role: "alert" }, error.message));
    }
  }

  async #add() {
    const field = this.#form.elements.later;
    const status = this.#form.querySelector(".came-of-it");
    const words = field.value.trim();
    if (!words) return;
    const send = this.#form.querySelector("button");
    send.disabled = true;
    try {
      const came = await post("/api/routines/say", { words });
      status.textContent = came.text;
      status.dataset.status = came.status;
      if (!UNDONE.has(came.status)) field.value = "";
      this.load();
    } catch (error) {
      status.textContent = error.message;
      status.dataset.status = "failed";
    } finally {
      send.disabled = false;
    }
  }
}

// Only the first letter: what follows may be an entity id or somebody's words.
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const part = (name, body) => el("section", {}, el("h4", {}, name), body);

const said = ({ when, does }) => `${when.join(" or ")}: ${does.join(", then ")}`;

function coming({ next, fires, by_event: byEvent, state, why, last }) {
  if (next.length) return `Next ${next[0].said}${next.length > 1 ? `, then ${next[1].said}` : ""}`;
  if (!fires) return why ? capital(why) : (STATES[state] ?? STATES.over)[0];
  const before = last ? `, last ${last.said}` : "";
  return byEvent ? `When it happens${before}` : "Nothing is due any more";
}

function badge({ state }) {
  const [word, tone] = STATES[state] ?? STATES.over;
  return el("span", { class: "badge state", "data-tone": tone }, word);
}

// What needs somebody first, then what is set for once, then what runs again and again.
function grouped(rows, view) {
  if (!rows.length) return [el("p", { class: "empty" }, "Nothing is set to happen by itself. Say below what should, and when.")];
  const groups = [
    ["Needs somebody", ({ state, fires, why }) => state === "waiting" || state === "suspended" || (fires && why)],
    ["Over", ({ state }) => state === "over" || state === "removed"],
    ["Guards life", ({ kind }) => kind === "safety"],
    ["Timers and reminders", ({ kind }) => kind === "timer" || kind === "reminder"],
    ["Paused", ({ state }) => state === "paused"],
    ["Of skills", ({ kind }) => kind === "skill"],
    ["By itself", () => true],
  ];
  const order = ["Needs somebody", "Timers and reminders", "By itself", "Of skills", "Guards life", "Paused", "Over"];
  const left = new Set(rows);
  const found = new Map();
  for (const [name, belongs] of groups) {
    const group = [...left].filter(belongs);
    group.forEach((row) => left.delete(row));
    if (group.length) found.set(name, group.sort(soonest));
  }
  const names = order.filter((name) => found.has(name));
  return names.flatMap((name) => [el("h3", {}, name), el("ul", {}, ...found.get(name).map((row) => view.row(row)))]);
}

const soonest = (a, b) => (a.next[0]?.at ?? "~").localeCompare(b.next[0]?.at ?? "~") || a.name.localeCompare(b.name);

function about({ id, made_by: by, mine, adopted_by: adopted, last, runs, expires, skips, shadow_left: dry }) {
  const rows = [
    ["Acts for", adopted || (mine ? `${by} (you)` : by)],
    ["Ran", `${runs} times${last ? `, last ${last.said}` : ""}`],
    ["Dry runs", dry ? `${dry} to come` : ""],
    ["Ends", expires ? expires.said : ""],
    ["Not on", skips.join(", ")],
    ["Its id", id],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}
