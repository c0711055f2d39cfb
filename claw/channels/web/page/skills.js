// What Claw has learned to do: what each skill may do in plain words, how far it is trusted and why, and to decide about it.
import { get, post } from "./api.js";
import { clock, el, head } from "./dom.js";
import { sentence } from "./words.js";

const UNDONE = new Set(["refused", "stopped", "failed"]); // nothing has changed, so it can be tried again
const RUN = new Set(["trusted", "stale"]); // states in which a skill answers by itself
const STATES = {
  draft: ["Draft", "off", "Nobody has looked at it yet; it runs for nobody."],
  tested: ["Proved", "wait", "Its proof is green; it waits for a yes."],
  shadow: ["Trying out", "wait", "It runs dry, beside what is really done, until it has agreed three times or an owner says yes."],
  trusted: ["Runs", "good", "It answers by itself."],
  stale: ["Runs", "good", "It answers by itself; it was not used for long."],
  retired: ["Laid aside", "off", "It is kept, and does not run."],
  broken: ["Broken", "bad", "Its folder cannot be read as a skill."],
};
const MADE = {
  shipped: "Comes with Claw",
  learned: "Learned from requests",
  shown: "Learned by watching",
  imported: "Brought from a folder",
  written: "Written by hand",
};
const DEEDS = {
  prove: ["Prove it", "primary", ""],
  accept: ["Yes, it may do this", "primary", "It does this from now on, for everybody whom the rules let."],
  enable: ["Turn on", "primary", ""],
  disable: ["Turn off", "secondary", ""],
  rollback: ["Go back to the version before", "secondary", "It goes back to the last version whose proof is green."],
  retire: ["Lay aside", "secondary danger", "It is kept, and does not run until an owner turns it on again."],
};

// The view: opened once, and loaded anew each time that somebody looks.
export function open(root, page) {
  const list = el("div", { id: "skills", class: "memories", tabindex: "0", "aria-label": "What I can do" });
  root.append(head("What I can do"), list);
  const skills = new Skills(list, page);
  const may = () => (skills.may = { approve: page.may("approve"), look: page.may("read_log") });
  may();
  skills.shown = true;
  page.on("shown", () => (skills.shown = true));
  page.on("hidden", () => (skills.shown = false));
  page.on("fresh", () => {
    may();
    skills.load();
  });
}

class Skills {
  #root;
  #sheet;
  #say;
  #list = el("div", { class: "skill-list" });
  #shown = false;
  #asked = 0;
  may = { approve: false, look: false };

  // sheet(title, body) opens the sheet over the page; say(text) says something in the conversation and shows it.
  constructor(root, { sheet, say }) {
    this.#root = root;
    this.#sheet = sheet;
    this.#say = say;
    this.#root.replaceChildren(this.#list, this.#teaching());
  }

  // Whether the view is looked at: only then is anything asked.
  set shown(is) {
    this.#shown = is;
    if (is) this.load();
  }

  // Loads all of it anew, where somebody looks at it.
  async load() {
    if (!this.#shown) return;
    const asked = ++this.#asked;
    let parts;
    try {
      parts = grouped(await get("/api/skills"), this);
    } catch (error) {
      parts = [el("p", { class: "empty" }, error.message)];
    }
    if (asked === this.#asked) this.#list.replaceChildren(...parts);
  }

  row(skill) {
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "skill-row", "data-skill": skill.name, onclick: () => this.open(skill.name) },
        el("span", { class: "skill-head" }, el("strong", {}, sentence(skill.title)), badge(skill)),
        el("small", {}, about(skill)),
      ),
    );
  }

  async open(name) {
    try {
      const skill = await get(`/api/skills/${encodeURIComponent(name)}`);
      this.#sheet(sentence(skill.title), this.#whole(skill));
    } catch (error) {
      this.#sheet("Skill", el("p", {}, error.message));
    }
  }

  #whole(skill) {
    const [, , about] = STATES[skill.state];
    return el(
      "div",
      { class: "skill-whole", "data-skill": skill.name },
      el("p", {}, skill.description),
      el("p", { class: "skill-state" }, badge(skill), el("span", {}, skill.enabled ? about : "It is turned off.", skill.why ? ` ${sentence(skill.why)}.` : "")),
      ...skill.problems.map((problem) => el("p", { class: "trouble" }, problem)),
      part("It may", el("ul", { class: "rights" }, ...rights(skill))),
      part("How far", el("ul", { class: "rights plain" }, ...[skill.limits, skill.asks, skill.undo].map((line) => el("li", {}, line)))),
      said(skill.phrases),
      lines("It is told", skill.takes),
      lines("When it is meant to run", skill.when),
      lines("It looks at", skill.reads),
      lines("Only where", skill.before),
      lines("Afterwards it sees to it that", skill.after),
      el("dl", {}, ...from(skill)),
      proof(skill),
      skill.program ? el("details", {}, el("summary", {}, "Its program"), el("pre", { tabindex: "0" }, skill.program)) : null,
      skill.prose ? el("details", {}, el("summary", {}, "What is written about it"), el("pre", { tabindex: "0" }, skill.prose)) : null,
      this.#doings(skill),
      el(
        "div",
        { class: "choices even" },
        this.may.look ? el("button", { class: "secondary", type: "button", onclick: () => this.#history(skill) }, "What became of it") : null,
        skill.versions.length > 1 ? el("button", { class: "secondary", type: "button", onclick: () => this.#diff(skill) }, "What changed") : null,
      ),
    );
  }

  // What may be asked for: each asks once more where there is something to say about it.
  #doings(skill) {
    if (!this.may.approve || !skill.can.length) return null;
    const trouble = el("p", { class: "trouble", role: "alert" });
    const box = el("div", { class: "stacked doings" });
    const act = async (deed) => {
      for (const button of box.querySelectorAll("button")) button.disabled = true;
      trouble.textContent = "";
      try {
        const version = deed === "rollback" ? "" : skill.hash; // a yes is for exactly what is shown here
        const path = `/api/skills/${encodeURIComponent(skill.name)}`;
        if (deed === "prove") box.prepend(el("p", { role: "status", class: "asker" }, "I try it on a house that is thrown away. It takes a while."));
        const came = await (deed === "prove" ? post(`${path}/prove`, {}) : post(path, { do: deed, version }));
        if (deed === "prove" && came.skill) {
          this.load();
          await this.open(skill.name);
          return;
        }
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
      if (!about || deed === "accept") return act(deed);
      const sure = el("button", { class: `primary ${kind.includes("danger") ? "danger" : ""}`, type: "button", onclick: () => act(deed) }, words);
      box.querySelector(".sure")?.remove();
      box.append(el("div", { class: "stacked sure" }, el("p", {}, about), sure));
      return sure.focus();
    };
    box.append(
      ...(skill.can.includes("accept") ? [el("p", { class: "asker" }, DEEDS.accept[2])] : []),
      ...skill.can.map((deed) => el("button", { class: DEEDS[deed][1], type: "button", "data-deed": deed, onclick: ask(deed) }, DEEDS[deed][0])),
    );
    return el("div", { class: "stacked" }, box, trouble);
  }

  async #history(skill) {
    try {
      const { events, runs } = await get(`/api/skills/${encodeURIComponent(skill.name)}/history?limit=50`);
      const steps = [...events.map(step), ...runs.map(run)].sort((a, b) => b.at.localeCompare(a.at));
      this.#sheet(sentence(skill.title), el(
        "div",
        {},
        steps.length ? el("ol", { class: "steps" }, ...steps.map((one) => one.shown)) : el("p", {}, "Nothing was written about it yet."),
        this.#back(skill),
      ));
    } catch (error) {
      this.#sheet(sentence(skill.title), el("p", {}, error.message));
    }
  }

  async #diff(skill, old = "") {
    try {
      const found = await get(`/api/skills/${encodeURIComponent(skill.name)}/diff?old=${encodeURIComponent(old)}`);
      const pick = el(
        "select",
        { class: "field", "aria-label": "Compare with", onchange: (event) => this.#diff(skill, event.target.value) },
        ...skill.versions.filter((one) => one.hash !== found.new.hash).map((one) => el("option", { value: one.hash, selected: one.hash === found.old.hash }, `${one.version}, ${day(one.created)}`)),
      );
      this.#sheet(sentence(skill.title), el(
        "div",
        { class: "skill-diff" },
        el("p", {}, `Version ${found.new.version}, compared with`),
        pick,
        found.more.length || found.less.length
          ? el("ul", { class: "changes" }, ...found.more.map((line) => el("li", { class: "more" }, line)), ...found.less.map((line) => el("li", { class: "less" }, line)))
          : el("p", {}, "It may do what it might do before."),
        ...found.files.map(file),
        this.#back(skill),
      ));
    } catch (error) {
      this.#sheet(sentence(skill.title), el("p", {}, error.message));
    }
  }

  #back(skill) {
    return el("button", { class: "secondary", type: "button", onclick: () => this.open(skill.name) }, "Back");
  }

  // Teaching is talking: the words are said in the conversation, and go on there.
  #teaching() {
    const tell = (words) => el("button", { class: "secondary", type: "button", onclick: () => this.#say(words) }, sentence(words));
    return el(
      "div",
      { class: "teach stacked" },
      el("h3", {}, "Teach me"),
      el("p", {}, "What you asked for last can become a skill. Or show me: I look at what you change by hand until you say that's it."),
      el("div", { class: "choices even" }, tell("make that a skill"), tell("watch me")),
    );
  }
}

// In one line: what it does, once somebody has trusted it; before that what it may do, which is no promise of its own.
function about(skill) {
  if (skill.state === "broken") return skill.why;
  return RUN.has(skill.state) && !skill.can.includes("accept") ? skill.description : sentence(skill.short);
}

function badge({ state, enabled = true }) {
  const [word, tone] = enabled || state === "broken" ? (STATES[state] ?? STATES.draft) : ["Off", "off"];
  return el("span", { class: "badge state", "data-tone": tone }, word);
}

// What waits for a yes first, then what this house taught, then what comes with Claw.
function grouped(rows, view) {
  if (!rows.length) return [el("p", { class: "empty" }, "There are no skills that you may know of.")];
  const groups = [
    ["Waits for your yes", (row) => row.can.includes("accept")],
    ["Cannot be read", (row) => row.state === "broken"],
    ["Laid aside", (row) => row.state === "retired"],
    ["Learned here", (row) => row.made !== "shipped"],
    ["Comes with Claw", () => true],
  ];
  const left = new Set(rows);
  const shown = [];
  for (const [name, belongs] of groups) {
    const group = [...left].filter(belongs);
    group.forEach((row) => left.delete(row));
    if (group.length) shown.push([name, group]);
  }
  shown.sort(([a], [b]) => (a === "Laid aside") - (b === "Laid aside"));
  return shown.flatMap(([name, group]) => [el("h3", {}, name), el("ul", {}, ...group.map((row) => view.row(row)))]);
}

function rights(skill) {
  if (!skill.may.length) return [el("li", {}, "do nothing; it only looks")];
  const first = [...skill.may].sort((a, b) => b.risky - a.risky);
  return first.map(({ text, risky }) => el("li", { class: risky ? "risky" : null }, risky ? el("strong", {}, "Risky: ") : null, text));
}

// A phrase as somebody would read it: what may be left out in brackets, a gap for what is named.
const spoken = (phrase) => phrase.replaceAll("[", "(").replaceAll("]", ")").replace(/\{\w+\}/g, "…");

// What it is said as: in the language of this browser, else the first one; the others fold away.
function said(phrases) {
  const all = Object.entries(phrases);
  if (!all.length) return null;
  const mine = navigator.languages.map((code) => code.slice(0, 2)).find((code) => phrases[code]) ?? all[0][0];
  const list = (ones) => el("p", { class: "phrases" }, ...ones.map((one) => el("q", {}, spoken(one))));
  const others = all.filter(([code]) => code !== mine);
  return el(
    "section",
    {},
    el("h4", {}, "Said as"),
    list(phrases[mine]),
    others.length ? el("details", {}, el("summary", {}, "In other languages"), ...others.map(([code, ones]) => el("div", { lang: code }, list(ones)))) : null,
  );
}

const part = (name, body) => el("section", {}, el("h4", {}, name), body);

const lines = (name, texts) => (texts.length ? part(name, el("ul", { class: "rights plain" }, ...texts.map((text) => el("li", {}, text)))) : null);

function from(skill) {
  const rows = [
    ["From", `${MADE[skill.made]}${skill.people.length ? `, of ${skill.people.join(" and ")}` : ""}`],
    ["Accepted", skill.accepted_by ? `by ${skill.accepted_by}, ${day(skill.accepted_at)}` : ""],
    ["For", { adults: "grown-ups only", owner: "owners only" }[skill.visibility] ?? ""],
    ["Version", skill.version],
    ["Last run", skill.last_run ? `${day(skill.last_run)}, ${clock(skill.last_run)}` : "never"],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}

function proof({ report, made }) {
  if (!report) return made === "shipped" ? null : el("p", { class: "proof", "data-green": "false" }, "Not proved yet.");
  const count = Object.values(report.cases).reduce((sum, number) => sum + number, 0);
  const failed = report.failed.map(({ kind, name, why }) => el("li", {}, [sentence(kind), name, why].filter(Boolean).join(": ")));
  return el(
    "div",
    { class: "proof", "data-green": String(report.green) },
    el("p", {}, report.green ? `Proved: all of ${count} tries held, on a house that is thrown away.` : `Not proved: ${report.failed.length} of ${count} tries did not hold.`),
    failed.length ? el("ul", {}, ...failed.slice(0, 10)) : null,
  );
}

function step({ at, version, what, why, person }) {
  const head = el("p", { class: "step-head" }, el("strong", {}, sentence(what)), ` ${version}, ${day(at)}, ${clock(at)}${person ? `, ${person}` : ""}`);
  return { at, shown: el("li", { class: "here" }, head, why ? el("p", {}, sentence(why)) : null) };
}

function run({ at, mode, person, said, outcome, held, undone }) {
  const words = [
    `${mode === "real" ? "Ran" : "Ran dry"} for ${person || "somebody"}: ${outcome}`,
    held === false ? "what should be so afterwards was not" : "",
    undone ? "taken back" : "",
  ].filter(Boolean).join(", ");
  return { at: at ?? "", shown: el("li", {}, el("p", { class: "step-head" }, at ? `${day(at)}, ${clock(at)}` : ""), el("p", {}, words), said ? el("p", {}, `“${said}”`) : null) };
}

function file({ path, lines: changed }) {
  const rows = changed.map((line) => el("span", { class: { "+": "came", "-": "went" }[line[0]] ?? null }, `${line}\n`));
  return el("details", {}, el("summary", {}, path), changed.length ? el("pre", { tabindex: "0" }, ...rows) : el("p", {}, "It holds words of somebody else."));
}

function day(iso) {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString([], { day: "numeric", month: "short", year });
}
