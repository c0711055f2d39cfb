// What Claw remembers, for whoever is signed in: look, ask why, put right, forget, say yes or no, give leave to learn.
import { get, post } from "./api.js";
import { clock, el, head, send } from "./dom.js";
import { sentence } from "./words.js";

const UNDONE = new Set(["refused", "stopped", "failed"]); // nothing has changed, so it can be tried again
const TYPING_MS = 250; // a search waits until the typing pauses
const TRUST = {
  owner_told: "An owner said so",
  resident_told: "Somebody who lives here said so",
  guest_told: "A guest said so",
  observed: "Seen in the house",
  inferred: "Worked out",
  external: "From outside the house",
};
const AGREE = {
  habits: ["Learn my habits", "What I switch by hand is kept for 60 days, and I am asked before anything comes of it."],
  talks: ["Keep what I say", "My words can be found again for 60 days, by me alone."],
};

// The view: opened once, and loaded anew each time that somebody looks.
export function open(root, page) {
  const list = el("div", { id: "memories", class: "memories", tabindex: "0", "aria-label": "What I remember" });
  const form = el(
    "form",
    { id: "remember", class: "ask remember", autocomplete: "off" },
    el("p", { role: "status", class: "came-of-it" }),
    el("label", { class: "unseen", for: "fact" }, "Something to remember"),
    el("input", { id: "fact", name: "fact", type: "text", maxlength: "500", enterkeyhint: "send", placeholder: "Sam is allergic to nuts" }),
    el("label", { class: "only-me" }, el("input", { name: "private", type: "checkbox" }), el("span", {}, "Only for me")),
    send("Remember this"),
  );
  root.append(head("What I remember"), list, form);
  const memory = new Memory(list, form, page);
  const may = () => (memory.may = { approve: page.may("approve") });
  may();
  memory.shown = true;
  page.on("shown", () => (memory.shown = true));
  page.on("hidden", () => (memory.shown = false));
  page.on("fresh", () => {
    may();
    memory.load();
  });
}

class Memory {
  #root;
  #form;
  #sheet;
  #shown = false;
  #results = el("div", { class: "memory-list" });
  #proposals = el("div", { class: "proposals", "aria-live": "polite" });
  #leave = el("div", { class: "leave" });
  #search;
  #asked = 0;
  #timer = 0;
  may = { approve: false };

  // sheet(title, body) opens the sheet over the page.
  constructor(root, form, { sheet }) {
    this.#root = root;
    this.#form = form;
    this.#sheet = sheet;
    this.#search = el("input", {
      type: "search", class: "memory-search", placeholder: "Search what I remember", "aria-label": "Search what I remember",
      maxlength: "500", enterkeyhint: "search", oninput: () => this.#typed(),
    });
    this.#root.replaceChildren(this.#search, this.#proposals, this.#results, this.#leave);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
  }

  // Whether the view is looked at: only then is anything asked, as what is shown is written down as shown.
  set shown(is) {
    this.#shown = is;
    if (is) this.load();
  }

  // Loads all of it anew, where somebody looks at it.
  async load() {
    if (!this.#shown) return;
    await Promise.all([this.#list(), this.#waiting(), this.#leaves()]);
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#list(), TYPING_MS);
  }

  async #list() {
    const asked = ++this.#asked;
    const words = this.#search.value.trim();
    this.#proposals.hidden = this.#leave.hidden = words !== "";
    let rows;
    try {
      rows = words ? await get(`/api/memory/search?k=20&q=${encodeURIComponent(words)}`) : await get("/api/memory?limit=500");
    } catch (error) {
      if (asked === this.#asked) this.#results.replaceChildren(el("p", { class: "empty" }, error.message));
      return;
    }
    if (asked !== this.#asked) return; // a later search was quicker
    this.#results.replaceChildren(...(words ? found(rows, this) : grouped(rows, this)));
  }

  row(memory) {
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "memory-row", "data-memory": memory.id, onclick: () => this.why(memory.id) },
        el("span", { class: "memory-text" }, memory.sentence),
        el("small", {}, origin(memory)),
      ),
    );
  }

  async why(id) {
    try {
      const { memory, evidence, before } = await get(`/api/memory/${id}`);
      this.#sheet("Why I think so", el(
        "div",
        { class: "memory-why" },
        el("blockquote", {}, memory.sentence),
        facts(memory),
        evidence.length ? el("ol", { class: "steps" }, ...evidence.map(reason)) : null,
        before.length ? el("p", { class: "step-head" }, "Before that I thought:") : null,
        before.length ? el("ol", { class: "steps" }, ...before.map((one) => el("li", {}, `${one.sentence} (${span(one)})`))) : null,
        this.#doings(memory),
      ));
    } catch (error) {
      this.#sheet("Why I think so", el("p", {}, error.message));
    }
  }

  // The buttons under one memory: put it right, or forget it; each asks once more.
  #doings(memory) {
    const trouble = el("p", { class: "trouble", role: "alert" });
    const right = el("input", { type: "text", class: "field", value: memory.sentence, maxlength: "500", "aria-label": "How it really is" });
    const form = el(
      "form",
      {
        class: "stacked",
        hidden: true,
        onsubmit: (event) => {
          event.preventDefault();
          this.#do(form, trouble, `/api/memory/${memory.id}`, { text: right.value });
        },
      },
      right,
      el("button", { class: "primary", type: "submit" }, "Put it right"),
    );
    const sure = sureness("Forget this for good? It cannot be undone.", () => this.#do(sure, trouble, "/api/memory/forget", { id: memory.id }));
    const open = (one, other) => () => {
      one.hidden = false;
      other.hidden = true;
      one.querySelector("input, button").focus();
    };
    return el(
      "div",
      { class: "stacked" },
      el(
        "div",
        { class: "choices even" },
        el("button", { class: "secondary", type: "button", onclick: open(form, sure) }, "That is wrong"),
        el("button", { class: "secondary danger", type: "button", onclick: open(sure, form) }, "Forget it"),
      ),
      form,
      sure,
      trouble,
    );
  }

  // Asks for a change, and puts what came of it in the place of the form that asked.
  async #do(form, trouble, path, body) {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    trouble.textContent = "";
    try {
      const answer = await post(path, body);
      if (UNDONE.has(answer.status)) throw new Error(answer.text);
      form.replaceChildren(el("p", { role: "status", "data-status": answer.status, class: "came-of-it" }, answer.text));
      this.load();
      return answer;
    } catch (error) {
      trouble.textContent = error.message;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
      return null;
    }
  }

  async #add() {
    const input = this.#form.elements.namedItem("fact");
    const only = this.#form.elements.namedItem("private");
    const text = input.value.trim();
    if (!text) return;
    const send = this.#form.querySelector("button");
    send.disabled = true;
    try {
      const answer = await post("/api/memory", { text, private: only.checked });
      this.#say(answer.text, answer.status);
      if (answer.status === "done") {
        input.value = "";
        only.checked = false;
        this.#search.value = "";
        this.load();
      }
    } catch (error) {
      this.#say(error.message, "refused");
    } finally {
      send.disabled = false;
    }
  }

  #say(text, status) {
    const said = this.#form.querySelector("[role=status]");
    said.textContent = text;
    said.dataset.status = status;
  }

  async #waiting() {
    let rows = [];
    try {
      rows = await get("/api/memory/proposals");
    } catch {
      // What cannot be asked now waits for the next time.
    }
    this.#proposals.replaceChildren(...rows.map((row) => this.#proposal(row)));
  }

  #proposal(row) {
    const trouble = el("p", { class: "trouble", role: "alert" });
    const answer = (word) => async () => {
      const came = await this.#do(buttons, trouble, `/api/memory/proposals/${encodeURIComponent(row.id)}`, { answer: word });
      if (came) this.#say(came.text, came.status); // the card itself is gone
    };
    const buttons = el(
      "div",
      { class: "choices" },
      el("button", { class: "primary", type: "button", onclick: answer("yes") }, "Yes"),
      el("button", { class: "secondary", type: "button", onclick: answer("no") }, "No"),
    );
    return el(
      "article",
      { class: "question proposal", "data-proposal": row.id },
      el("p", { class: "asker" }, "Shall I remember this?"),
      el("p", { class: "question-text" }, row.sentence),
      row.evidence ? el("p", { class: "asker" }, row.evidence) : null,
      row.influenced?.length ? el("p", { class: "influenced" }, `Influenced by ${row.influenced.join(", ")}`) : null,
      trouble,
      this.may.approve ? buttons : el("p", { class: "asker" }, "Somebody else has to answer this."),
    );
  }

  async #leaves() {
    const [consents, night] = await Promise.all([get("/api/memory/consents"), get("/api/memory/night")].map((one) => one.catch(() => null)));
    if (!consents?.person) {
      this.#leave.replaceChildren(); // nobody who lives here: nothing is learned of them
      return;
    }
    const parts = [
      el("h3", {}, "Leave to learn"),
      ...Object.entries(AGREE).map(([key, words]) => this.#agreement(key, words, consents[key])),
      night ? el("h3", {}, "Last night") : null,
      night ? el("p", { class: "night" }, night.text) : null,
      night?.may ? this.#nightly() : null,
      el("h3", {}, "All of it"),
      el("p", {}, el("a", { class: "link", href: "api/memory/export", download: "claw-memory.json" }, "Take along what you may see")),
      this.#all("Forget the last hour", { since: "hour" }),
      this.#all("Forget everything about me", { person: "me" }),
    ];
    this.#leave.replaceChildren(...parts.filter(Boolean));
  }

  #agreement(key, [name, about], is) {
    const trouble = el("span", { class: "trouble", role: "alert" });
    const tick = el("input", {
      type: "checkbox", role: "switch", id: `agree-${key}`, checked: is, disabled: !this.may.approve,
      onchange: async () => {
        const wanted = tick.checked;
        tick.disabled = true;
        try {
          const holds = await post("/api/memory/consents", { [key]: wanted });
          tick.checked = holds[key];
          trouble.textContent = holds.status === "done" ? "" : holds.text;
        } catch (error) {
          tick.checked = !wanted;
          trouble.textContent = error.message;
        }
        tick.disabled = false;
      },
    });
    return el("label", { class: "agreement", for: `agree-${key}` }, tick, el("span", {}, name, el("small", {}, about), trouble));
  }

  // For owners: what a night would do, and taking the last one back.
  #nightly() {
    const ask = async (title, body) => {
      try {
        const { night } = await post("/api/memory/night", body);
        const lines = night.lines.length ? night.lines : [body.undo ? "Taken back." : "Nothing would be done."];
        this.#sheet(title, el("ul", { class: "steps" }, ...lines.map((line) => el("li", {}, line))));
      } catch (error) {
        this.#sheet(title, el("p", {}, error.message));
      }
      this.load();
    };
    return el(
      "div",
      { class: "choices even" },
      el("button", { class: "secondary", type: "button", onclick: () => ask("Tonight", { dry_run: true }) }, "What would tonight do?"),
      el("button", { class: "secondary", type: "button", onclick: () => ask("Last night", { undo: true }) }, "Take last night back"),
    );
  }

  #all(title, body) {
    const open = () => {
      const trouble = el("p", { class: "trouble", role: "alert" });
      const sure = sureness("It goes for good, with the words in the log, and cannot be undone.", () => this.#do(sure, trouble, "/api/memory/forget", body));
      sure.hidden = false;
      this.#sheet(title, el("div", { class: "stacked" }, sure, trouble));
    };
    return el("button", { class: "secondary danger", type: "button", onclick: open }, title);
  }
}

function sureness(words, yes) {
  return el("div", { class: "stacked sure", hidden: true }, el("p", {}, words), el("button", { class: "primary danger", type: "button", onclick: yes }, "Yes, forget it"));
}

// What is known, put together by whom or what it is about.
function grouped(rows, view) {
  if (!rows.length) return [el("p", { class: "empty" }, "I remember nothing that you may hear.")];
  const about = new Map();
  for (const row of rows) about.set(row.about, [...(about.get(row.about) ?? []), row]);
  return [...about].flatMap(([name, group]) => [el("h3", {}, sentence(name)), el("ul", {}, ...group.map((row) => view.row(row)))]);
}

// What a search found: memories, and one's own words of before.
function found(rows, view) {
  if (!rows.length) return [el("p", { class: "empty" }, "I found nothing.")];
  const said = ({ text, day: when }) =>
    el("li", { class: "memory-row words" }, el("span", { class: "memory-text" }, `“${text}”`), el("small", {}, `You said so on ${when}`));
  return [el("ul", {}, ...rows.map((row) => (row.memory ? view.row(row.memory) : said(row))))];
}

function facts(memory) {
  const when = Object.entries(memory.condition).map(([key, value]) => `${key} ${value}`).join(", ");
  const rows = [
    ["Known", span(memory)],
    ["Holds", when],
    ["From", `${TRUST[memory.trust] ?? memory.trust}${memory.author ? ` (${memory.author})` : ""}`],
    ["Heard by", memory.heard_by],
    ["Influenced by", memory.influenced.join(", ")],
  ];
  return el("dl", {}, ...rows.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function reason(one) {
  const seen = one.first && one.last ? `Seen in the house from ${day(one.first)} to ${day(one.last)}` : "";
  const who = `${one.who || "Somebody"} ${one.supports ? "said so" : "said otherwise"}, ${day(one.at)}, ${clock(one.at)}`;
  return el("li", {}, el("p", { class: "step-head" }, seen || who), one.text ? el("p", {}, `“${one.text}”`) : null);
}

function origin(memory) {
  const how = memory.explicit ? `${memory.author || "Somebody"} said so` : "Noticed";
  return [`${how}, ${day(memory.recorded)}`, memory.since || memory.until ? span(memory) : "", memory.visibility === "household" ? "" : `for ${memory.heard_by}`].filter(Boolean).join(" · ");
}

function span({ since, until, recorded }) {
  if (since && since === until) return `on ${day(noon(since))}`;
  return `${since ? `since ${day(noon(since))}` : `told ${day(recorded)}`}${until ? `, until ${day(noon(until))}` : ""}`;
}

// The house's own days: at noon no time zone makes another of them.
const noon = (date) => `${date}T12:00`;

// A day, with its year where that is not this one: what is remembered may be old.
function day(iso) {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString([], { weekday: year ? undefined : "short", day: "numeric", month: "short", year });
}
