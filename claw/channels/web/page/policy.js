// The policy: read it, ask it about a case, and work on a draft of another one. Nothing here puts a draft in force.
import { clock, day, el, head } from "./dom.js";
import { table } from "./plot.js";
import { sentence } from "./words.js";

const EFFECTS = { allow: "Allowed", confirm: "Asks first", deny: "Denied" };
const CHANNELS = ["web", "voice", "screen", "phone", "telegram", "cli", "routine", "openai", "mcp"];
const PARTS = [["read", "In force"], ["case", "Try a case"], ["draft", "Drafts"]];
// Letters that hide, or that turn the order of others around: a rule must not read otherwise than it is.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export async function open(root, page) {
  const state = el("p", { class: "verified" });
  const body = el("div", { class: "memories policy-body", tabindex: "0", "aria-label": "What I may do" });
  root.append(head("What I may do", state), body);
  const policy = new Policy(body, state, page);
  page.on("fresh", () => policy.load());
  page.on("shown", () => policy.load());
  page.on("log", ({ entry }) => entry.kind === "policy" && policy.load());
  await policy.load();
}

class Policy {
  #body;
  #state;
  #page;
  #told = null;
  #part = "read";
  #things = null;
  #draft = null; // what is worked on: { id, name, text }
  #changed = false;
  #editor = null;

  constructor(body, state, page) {
    this.#body = body;
    this.#state = state;
    this.#page = page;
  }

  async load() {
    if (!this.#page.may("read_log")) return this.#body.replaceChildren(el("p", { class: "empty" }, "The policy is for the adults of this household to look at."));
    try {
      const told = await this.#page.get("/api/policy");
      const same = this.#told?.hash === told.hash && this.#told.problem === told.problem;
      this.#told = told;
      this.#state.textContent = `${told.rules.length} rules, ${told.hash.slice(0, 8)}`;
      if (!same || this.#part === "read") this.#changed || this.#draw();
    } catch (error) {
      this.#body.replaceChildren(el("p", { class: "trouble", role: "alert" }, error.message));
    }
    return undefined;
  }

  #draw() {
    const pick = ([name, words]) => el("button", { type: "button", "aria-pressed": String(name === this.#part), onclick: () => this.#go(name) }, words);
    const { problem, notice } = this.#told;
    this.#body.replaceChildren(
      el("div", { class: "parts", role: "group", "aria-label": "What to look at" }, ...PARTS.map(pick)),
      ...[problem && `The file as it is now does not count: ${problem}`, notice].filter(Boolean).map((words) => el("p", { class: "trouble" }, words)),
      ...{ read: () => this.#reading(), case: () => this.#case(), draft: () => this.#drafts() }[this.#part](),
    );
  }

  #go(part) {
    this.#part = part;
    this.#draw();
  }

  #reading() {
    const { text, rules, name, tests } = this.#told;
    const code = lines(text, rules);
    const jump = el("select", { class: "field", onchange: () => mark(code, Number(jump.value)) }, el("option", { value: "" }, "Go to a rule"), ...rules.map(({ id, line, effect }) => el("option", { value: line }, `${line}: ${id} (${EFFECTS[effect].toLowerCase()})`)));
    jump.setAttribute("aria-label", "Go to a rule");
    return [el("p", { class: "asker" }, `${name}, with ${rules.length} rules and ${tests} tests of its own. Whoever owns that file changes it.`), jump, code];
  }

  // A request that nobody makes, asked of the policy in force, or of the draft that is being worked on.
  #case() {
    const field = (label, properties) => el("label", {}, el("span", {}, label), el("input", { class: "field", autocapitalize: "none", autocomplete: "off", spellcheck: "false", ...properties }));
    const list = el("datalist", { id: "policy-things" });
    const answer = el("div", { class: "stacked", role: "status" });
    const of = this.#draft && el("label", { class: "tick-box" }, el("input", { type: "checkbox", name: "draft", checked: true }), el("span", {}, `Of the draft “${this.#draft.name}”`));
    const form = el(
      "form",
      { class: "case" },
      field("Action", { name: "action", required: true, placeholder: "lock.unlock", maxlength: "120", pattern: "[a-z0-9_]+(\\.[a-z0-9_]+)+", title: "Such as lock.unlock" }),
      field("Thing", { name: "entity", placeholder: "lock.front_door", list: "policy-things", maxlength: "255" }),
      field("Who, signed in", { name: "person", placeholder: "nobody", maxlength: "255" }),
      el("label", {}, el("span", {}, "Through"), el("select", { class: "field", name: "channel" }, ...CHANNELS.map((name) => el("option", {}, name)))),
      field("When, here", { name: "at", placeholder: "now, or sat 23:00", maxlength: "20" }),
      field("In the room", { name: "place", placeholder: "hall", maxlength: "255" }),
      el("details", {}, el("summary", {}, "More"), el("div", { class: "case" },
        field("With the data, as JSON", { name: "data", placeholder: "{\"brightness_pct\": 40}" }),
        field("And this state", { name: "state", placeholder: "binary_sensor.window=on", maxlength: "255" }),
        el("label", { class: "tick-box" }, el("input", { type: "checkbox", name: "tainted" }), el("span", {}, "Under an influence from outside")))),
      of,
      el("button", { class: "primary", type: "submit" }, "What would happen?"),
      list,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask(form, answer);
    });
    this.#fill(list);
    return [form, answer, el("p", { class: "asker" }, "Nothing is done. How often something was done, grants, and where people are now are left out; say them as a state.")];
  }

  async #ask(form, answer) {
    const said = Object.fromEntries(new FormData(form));
    const [entity, equals, value] = [said.state.split("=")[0].trim(), said.state.includes("="), said.state.split("=").slice(1).join("=").trim()];
    await busy(form.querySelector("[type=submit]"), answer, async () => {
      let data;
      try {
        data = said.data.trim() ? JSON.parse(said.data) : {};
      } catch {
        throw new Error("The data is not JSON.");
      }
      const told = await this.#page.post("/api/policy/explain", {
        action: said.action.trim(), entities: said.entity.trim() ? [said.entity.trim()] : [], data, person: said.person.trim(), channel: said.channel,
        place: said.place.trim(), at: said.at.trim(), tainted: "tainted" in said, states: equals ? { [entity]: value } : {}, text: "draft" in said ? this.#draft.text : "",
      });
      return [this.#decided(told, "draft" in said)];
    });
  }

  #decided({ decision, entities, rules }, draft) {
    const rule = (id) => {
      const found = rules.find((one) => one.id === id);
      if (!found) return id ?? "no rule";
      return el("button", { type: "button", class: "link", onclick: () => this.#line(found.line, draft) }, `${id}, line ${found.line}`);
    };
    const terms = decision.terms && `${decision.terms.roles.join(" or ")}, through ${decision.terms.channels.join(" or ")}, within ${decision.terms.within_s} s${decision.terms.strength ? `, ${decision.terms.strength}` : ""}`;
    const facts = [["Rule", rule(decision.rule)], ["Why", decision.why], terms && ["A yes from", terms]];
    const more = entities.flatMap(({ entity, matched, nearest, action, decision: one }) => [
      entities.length > 1 ? [`${action} ${entity ?? ""}`, EFFECTS[one.effect]] : null,
      matched.length > 1 ? ["Also matched", el("span", {}, ...matched.filter((id) => id !== decision.rule).flatMap((id) => [rule(id), " "]))] : null,
      nearest && ["Nearly", el("span", {}, rule(nearest.rule), ` (${EFFECTS[nearest.effect].toLowerCase()}) lacked ${nearest.lacked}`)],
    ]);
    return el("div", { class: "verdict memory-why", "data-effect": decision.effect }, el("h3", {}, EFFECTS[decision.effect]), el("dl", {}, ...[...facts, ...more].filter(Boolean).map(([name, words]) => el("div", {}, el("dt", {}, name), el("dd", {}, words)))));
  }

  // Shows a line, of the policy or of the draft.
  #line(number, draft) {
    this.#go(draft ? "draft" : "read");
    if (draft) this.#editor?.go(number);
    else mark(this.#body.querySelector(".code"), number);
  }

  async #fill(list) {
    this.#things ??= this.#page.get("/api/house").catch(() => null);
    const house = await this.#things;
    list.replaceChildren(...(house?.entities ?? []).slice(0, 500).map(({ entity_id: id, name }) => el("option", { value: id }, name)));
  }

  #drafts() {
    return this.#draft ? this.#editing() : this.#shelf();
  }

  #shelf() {
    const list = el("ul", { class: "draft-list" });
    const answer = el("div", { role: "status" });
    const open = (draft) => {
      this.#draft = draft;
      this.#draw();
    };
    const row = ({ id, name, changed, length }) =>
      el("li", {}, el("button", { type: "button", class: "memory-row", onclick: () => busy(null, answer, async () => open(await this.#page.get(`/api/policy/drafts/${id}`))) }, el("strong", {}, name), el("small", {}, `${day(changed)}, ${clock(changed)}; ${length.toLocaleString()} characters`)));
    busy(null, answer, async () => {
      const found = await this.#page.get("/api/policy/drafts");
      list.replaceChildren(...found.map(row));
      if (!found.length) return [el("p", { class: "asker" }, "You have no drafts.")];
      return [];
    });
    const { text, longest } = this.#told;
    const long = text.length > longest;
    return [
      APPLY(),
      list,
      answer,
      long ? el("p", { class: "asker" }, "The policy in force is too long to be edited here.") : el("button", { class: "primary", type: "button", onclick: () => open({ id: 0, name: "A draft", text }) }, "New draft of the policy in force"),
    ];
  }

  #editing() {
    const draft = this.#draft;
    const editor = new Editor(draft.text, this.#told.longest, () => (this.#changed = true));
    this.#editor = editor;
    const name = el("input", { class: "field", value: draft.name, maxlength: "80", "aria-label": "Name of the draft", oninput: () => (this.#changed = true) });
    const answer = el("div", { class: "stacked", role: "status" });
    const days = el("select", { class: "field", "aria-label": "How far back" }, ...[[1, "a day"], [7, "7 days"], [30, "30 days"], [90, "90 days"]].map(([value, words]) => el("option", { value, selected: value === 7 }, words)));
    const take = () => Object.assign(draft, { name: name.value, text: editor.text });
    const does = (words, kind, work) => {
      const button = el("button", { class: kind, type: "button", onclick: () => busy(button, answer, work) }, words);
      return button;
    };
    const gone = does("Delete", "secondary danger", async () => {
      if (!confirm(`Delete “${draft.name}”?`)) return [];
      await this.#page.post("/api/policy/drafts/delete", { id: draft.id });
      this.#changed = false;
      this.#draft = null;
      return this.#draw() ?? [];
    });
    gone.hidden = !draft.id;
    const leave = () => {
      if (this.#changed && !confirm("Leave without saving?")) return;
      this.#changed = false;
      this.#draft = null;
      this.#draw();
    };
    return [
      el("div", { class: "draft-head" }, el("button", { class: "quiet", type: "button", onclick: leave }, "‹ All drafts"), name),
      editor.root,
      el("div", { class: "draft-doings" },
        does("Check and test", "primary", async () => this.#checked(await this.#page.post("/api/policy/check", { text: take().text }))),
        does("Save", "secondary", async () => {
          draft.id = (await this.#page.post("/api/policy/drafts", { id: draft.id, name: take().name, text: draft.text })).id;
          this.#changed = false;
          gone.hidden = false;
          return [el("p", { class: "came-of-it" }, "Saved. It is yours alone, and changes nothing.")];
        }),
        does("Replay", "secondary", async () => this.#replayed(await this.#page.post("/api/policy/replay", { text: take().text, days: Number(days.value) }))),
        days,
        does("Try a case", "secondary", async () => (take(), this.#go("case"), [])),
        does("Download", "secondary", async () => (download(take()), [])),
        gone),
      answer,
      APPLY(),
    ];
  }

  #checked({ problem, tests, failed, findings, differences, more, also }) {
    const at = (line, words) => (line ? el("button", { type: "button", class: "link", onclick: () => this.#editor.go(line) }, words) : words);
    const said = el("p", { class: "came-of-it", "data-status": problem ? "failed" : "done" }, problem ? el("span", {}, at(problem.line, `Line ${problem.line ?? "?"}`), `: ${problem.text}`) : `It is a policy for this house; all ${tests.length} tests hold.`);
    return [
      said,
      failed > 1 ? part(`${failed} tests do not hold`, tests.filter(({ passed }) => !passed).map(({ name, line, expected, found }) => el("li", {}, at(line, `Line ${line}`), ` ${name}: expected ${expected}, ${found}`))) : null,
      findings.length ? part(`${findings.length} things to look at`, findings.map(({ level, rule, text }) => el("li", { "data-level": level }, el("strong", {}, `${sentence(level)}${rule ? `, ${rule}` : ""}: `), text)), findings.some(({ level }) => level === "error")) : null,
      differences.length ? part(`${differences.length + more} differences from the policy in force`, [el("li", { class: "wide" }, table(["How", "What", "For", "Now", "Then"], differences.map((one) => [sentence(one.kind), `${one.action} ${one.entity}`, `${one.asker}${one.circumstances ? `, ${one.circumstances}` : ""}`, one.before, el("span", {}, one.after, one.rule ? ` (${one.rule})` : "")])))], true) : problem?.line ? null : el("p", { class: "asker" }, "Nothing would be decided otherwise than now."),
      also.length ? part("Also", also.map((words) => el("li", {}, words)), true) : null,
    ].filter(Boolean);
  }

  #replayed({ judged, otherwise, more, unjudged, cut, from }) {
    const left = Object.entries(unjudged).map(([why, count]) => `${count} ${why}`).join(", ");
    const rows = otherwise.map((one) => [
      el("button", { type: "button", class: "link", onclick: () => this.#page.why(one.seq) }, `${day(one.time)}, ${clock(one.time)}`),
      one.actions.map(({ name, entities }) => `${name} ${entities.map((id) => this.#page.house.nameOf(id)).join(", ")}`).join("; "),
      one.person ?? one.channel, `${one.before}${one.was ? ` (${one.was})` : ""}`, `${one.after}${one.rule ? ` (${one.rule})` : ""}`,
    ]);
    return [
      el("p", { class: "came-of-it dry" }, judged ? `${judged} requests judged anew${from ? ` since ${day(from)}, ${clock(from)}` : ""}: ${otherwise.length + more || "none"} would have been decided otherwise.` : "Nothing was asked in that time that could be judged anew."),
      rows.length ? el("div", { class: "wide" }, table(["When", "What", "Who", "Then", "By the draft"], rows)) : null,
      left || cut ? el("p", { class: "asker" }, `${left ? `Left out: ${left}.` : ""}${cut ? " There was more than is looked at here; claw policy replay has no such limit." : ""}`) : null,
    ].filter(Boolean);
  }
}

const APPLY = () => el("p", { class: "asker console" }, "A draft changes nothing. Whoever owns the policy file puts one in force at the console: ", el("code", {}, "claw policy apply FILE"));

// A text with the numbers of its lines beside it, to be changed.
class Editor {
  #area;
  #numbers = el("pre", { "aria-hidden": "true" });
  root;

  constructor(text, longest, changed) {
    this.#area = el("textarea", { wrap: "off", spellcheck: "false", autocapitalize: "none", autocomplete: "off", maxlength: longest, "aria-label": "The draft" });
    this.#area.value = text;
    this.#area.addEventListener("input", () => {
      this.#count();
      changed();
    });
    this.#area.addEventListener("scroll", () => (this.#numbers.scrollTop = this.#area.scrollTop));
    this.root = el("div", { class: "editor" }, this.#numbers, this.#area);
    this.#count();
  }

  get text() {
    return this.#area.value;
  }

  go(line) {
    const all = this.text.split("\n");
    const start = all.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.#area.focus();
    this.#area.setSelectionRange(start, start + (all[line - 1]?.length ?? 0));
    this.#area.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(this.#area).lineHeight));
    this.root.scrollIntoView({ block: "nearest" });
  }

  #count() {
    this.#numbers.textContent = Array.from({ length: this.text.split("\n").length }, (_, at) => at + 1).join("\n");
  }
}

// A text to be read, a line each; what begins a rule says how it decides.
function lines(text, rules) {
  const begins = new Map(rules.map(({ line, effect }) => [line, effect]));
  const line = (words, at) => {
    const hides = words.search(HIDDEN) >= 0;
    return el("li", { "data-effect": begins.get(at + 1), "data-hides": hides }, el("span", {}, hides ? words.replace(HIDDEN, (one) => `⟦${one.codePointAt(0).toString(16)}⟧`) : words || " "));
  };
  return el("ol", { class: "code", tabindex: "0", "aria-label": "The policy in force" }, ...text.replace(/\n$/, "").split("\n").map(line));
}

function mark(code, number) {
  code?.querySelector(".here")?.classList.remove("here");
  const line = code?.children[number - 1];
  line?.classList.add("here");
  line?.scrollIntoView({ block: "center" });
}

function part(title, rows, open = false) {
  return el("details", { class: "part", open }, el("summary", {}, title), el("ul", {}, ...rows));
}

function download({ name, text }) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  el("a", { href: address, download: `${name.replace(/[^\p{L}\p{N}]+/gu, "-") || "draft"}.yaml` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Does what takes a moment, and shows in place what came of it; work gives elements, or nothing where it went elsewhere.
async function busy(button, place, work) {
  if (button) button.disabled = true;
  if (button) place.replaceChildren(el("p", { class: "asker" }, "Working it out…"));
  try {
    place.replaceChildren(...((await work()) ?? []));
  } catch (error) {
    place.replaceChildren(el("p", { class: "trouble" }, error.message));
  }
  if (button) place.firstElementChild?.scrollIntoView({ block: "nearest" });
  if (button) button.disabled = false;
}
