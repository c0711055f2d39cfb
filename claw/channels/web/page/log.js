// The log: the newest entries, live, with what came of each act on its own line.
import { get } from "./api.js";
import { clock, day as dayOf, el, head } from "./dom.js";
import { Day, form, vouched } from "./seek.js";
import { deed, goal, sentence } from "./words.js";

const LIMIT = 150;
const MOST_FOUND = 2000;
// Shown as the sentence above, or of use to a program only.
const ADMISSION = { first: "The first account", let_in: "Let in", not_let_in: "Not let in after all", role: "Another role", shut_out: "Shut out", admitted: "Let in again", password_set: "A new password", password_removed: "No password any more", code: "A code to sign in", issued: "A token", signed_in: "Signed in", ended: "Signed out" };
// What somebody did to a routine, and how it stands since: one sentence.
const STEPS = { schedule: "was set up and ", adopt: "was taken up and ", change: "was changed and ", pause: "was paused and ", resume: "was resumed and ", skip: "skips a time and ", run: "was run and ", remove: "was taken out and ", became: "" };
const STANDS = { on: "is on", shadow: "is only tried dry", paused: "is paused", waiting: "waits for a yes", suspended: "is suspended", over: "is over", removed: "is removed" };
const UNLISTED = new Set(["said", "action", "actions", "why", "question", "yes", "reason", "status", "detail", "id", "digest", "context", "ours", "acts", "calls", "how", "passkey", "key", "client_data", "authenticator_data", "signature"]);
const NAMES = {
  intent: "Act", refusal: "Refused", request: "Asked", question: "Question", answer: "Answer", stop: "Stop", reset: "Reset",
  running: "Running", start: "Start", end: "End", refused_requests: "Turned away", outcome: "Outcome",
  twin: "Heard twice", program: "Program", rehearsal: "Rehearsal", calls: "Calls", ended: "Program ended",
};

// The view: opened once, loaded whenever something may have been missed, and live in between.
export async function open(root, page) {
  const verified = el("button", { id: "verified", class: "verified", type: "button", onclick: () => page.sheet("How the log is kept", vouched(page.status.audit)) });
  const list = el("ol", { id: "entries", class: "entries", "aria-label": "Log, newest first" });
  const further = el("button", { class: "secondary further", type: "button", hidden: true }, "Look further back");
  const status = el("p", { class: "asker", role: "status" });
  const day = new Day(get);
  const log = new Log(list, verified, page);
  let sought = null; // what was asked for, null for the newest
  const find = async (before) => {
    const parameters = new URLSearchParams(sought);
    if (before) parameters.set("before", before);
    further.disabled = true;
    status.textContent = "Looking…";
    try {
      const found = await get(`/api/log/find?${parameters}`);
      const count = log.found(found.entries, Boolean(before));
      status.textContent = `${count} found${found.looked_to ? `, back to ${dayOf(found.looked_to)}, ${clock(found.looked_to)}` : ""}.`;
      further.hidden = !found.next;
      further.onclick = () => find(found.next);
    } catch (error) {
      status.textContent = error.message;
    }
    further.disabled = false;
  };
  const load = async () => {
    const may = page.may("read_log");
    for (const part of [day.root, seeking]) part.hidden = !may;
    if (sought) return log.holds(page.status.audit);
    status.textContent = "";
    further.hidden = true;
    log.load(may ? await get("/api/log?newest_first=true&limit=100") : null, page.status.audit);
    return may ? day.load() : undefined;
  };
  const seeking = form((parameters) => {
    sought = parameters;
    return parameters ? find() : load();
  });
  root.append(head("What happened", verified), el("div", { class: "log-body", tabindex: "0", "aria-label": "What happened" }, day.root, seeking, status, list, further));
  page.on("log", ({ entry }) => {
    if (!sought) log.add(entry);
    log.holds({ ...page.status.audit, entries: entry.seq });
  });
  page.on("shown", () => sought || day.load());
  page.on("fresh", load);
  await load();
}

// Opens one entry with what led to it and what came of it.
export const why = (seq, page) => new Log(null, null, page).why(seq);

class Log {
  #list;
  #verified;
  #house;
  #sheet;
  #rows = new Map();

  constructor(list, verified, { house, sheet }) {
    this.#list = list;
    this.#verified = verified;
    this.#house = house;
    this.#sheet = sheet;
  }

  // Entries newest first, null where this client may not read them; audit is the status of the log.
  load(entries, audit) {
    this.holds(audit);
    this.#rows.clear();
    if (entries === null) {
      this.#list.replaceChildren(el("li", { class: "empty" }, "This sign-in may not read the log."));
      return;
    }
    this.#list.replaceChildren();
    for (const entry of [...entries].reverse()) this.add(entry);
    if (!entries.length) this.#list.append(el("li", { class: "empty" }, "Nothing has happened yet."));
  }

  // What a search found, newest first, in the place of what was there or below it; returns how many rows there are.
  found(entries, below) {
    const before = below ? [...this.#list.children] : [];
    if (!below) this.#rows.clear();
    this.#list.replaceChildren();
    for (const entry of [...entries].reverse()) this.add(entry, MOST_FOUND);
    this.#list.prepend(...before);
    this.#list.querySelector(".empty")?.remove();
    if (!this.#list.childElementCount) this.#list.append(el("li", { class: "empty" }, "Nothing was found."));
    return this.#list.querySelectorAll(".entry").length;
  }

  holds({ entries, holds }) {
    this.#verified.dataset.holds = String(holds);
    this.#verified.textContent = holds ? `Log holds, ${entries} entries` : "The log does not hold";
  }

  add(entry, limit = LIMIT) {
    const led = this.#rows.get(entry.parent);
    if (entry.kind === "running") return; // said by the reset that follows
    if (entry.kind === "skill" && entry.payload?.what === "found" && entry.payload.made === "shipped") return; // came with Claw: nothing happened
    if (led && entry.kind === "routine") return; // said by the act above it
    if (led && entry.kind === "outcome") return this.#finish(led, entry.payload?.status ?? "ended");
    if (led && entry.kind === "answer") return this.#finish(led, entry.payload?.yes ? "approved" : "rejected");
    this.#list.querySelector(".empty")?.remove();
    const row = this.#row(entry);
    if (led && entry.kind === "question") {
      // One row for what was asked and the question it led to.
      row.querySelector(".entry-who").textContent = led.querySelector(".entry-who").textContent;
      this.#drop(led);
    }
    this.#rows.set(entry.seq, row);
    this.#list.prepend(row);
    while (this.#list.childElementCount > limit) {
      this.#drop(this.#list.lastElementChild);
    }
  }

  #drop(row) {
    this.#rows.delete(Number(row.dataset.seq));
    row.remove();
  }

  async why(seq) {
    try {
      const { entry, because, came_of_it: came } = await get(`/api/why/${seq}`);
      const steps = [...[...because].reverse(), entry, ...came];
      this.#sheet(`Why number ${seq}`, el("ol", { class: "steps" }, ...steps.map((step) => this.#step(step, step.seq === seq))));
    } catch (error) {
      this.#sheet(`Number ${seq}`, el("p", {}, error.message));
    }
  }

  #row(entry) {
    return el(
      "li",
      { class: "entry", "data-kind": entry.kind, "data-seq": entry.seq },
      el(
        "button",
        { type: "button", class: "entry-button", onclick: () => this.why(entry.seq) },
        el("time", { datetime: entry.time, title: dayOf(entry.time) }, when(entry.time)),
        el("span", { class: "entry-words" }, el("span", { class: "entry-text" }, this.#text(entry)), el("span", { class: "entry-who" }, this.#who(entry))),
        el("span", { class: "badge", "data-kind": entry.kind }, NAMES[entry.kind] ?? sentence(entry.kind)),
      ),
    );
  }

  #finish(row, status) {
    const badge = row.querySelector(".badge");
    badge.textContent = sentence(status);
    badge.dataset.status = status;
  }

  #step(entry, here) {
    const origin = entry.origin ?? {};
    const facts = Object.entries({ ...entry.payload, policy: entry.versions?.policy?.slice(0, 12) })
      .filter(([key, value]) => !UNLISTED.has(key) && value !== null && value !== undefined && value !== "" && !isEmpty(value))
      .map(([key, value]) => el("div", {}, el("dt", {}, sentence(key)), el("dd", {}, this.#fact(value))));
    return el(
      "li",
      { class: here ? "here" : null },
      el("p", { class: "step-head" }, el("strong", {}, `${NAMES[entry.kind] ?? sentence(entry.kind)} ${entry.seq}`), ` ${dayOf(entry.time)}, ${clock(entry.time)}`),
      el("p", {}, this.#text(entry)),
      entry.payload?.said ? el("p", { class: "entry-who" }, this.#who(entry)) : null,
      el("dl", {}, ...facts, origin.source ? el("div", {}, el("dt", {}, "Source"), el("dd", {}, origin.source)) : null),
    );
  }

  #fact(value) {
    if (Array.isArray(value)) return value.map((one) => this.#fact(one)).join("; ");
    if (value?.name && value?.entities) return this.#act(value);
    if (value === null || value === undefined) return "nothing";
    if (typeof value === "object") return Object.entries(value).map(([key, one]) => `${this.#house.nameOf(key)}: ${this.#fact(one)}`).join(", ");
    return String(value);
  }

  #act(action) {
    const own = deed(action);
    if (own) return own;
    const names = (action.entities ?? []).map((id) => this.#house.nameOf(id));
    const shown = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
    return shown ? `${shown} → ${goal(action)}` : action.name;
  }

  #text(entry) {
    const p = entry.payload;
    if (p === null) return "Erased";
    switch (entry.kind) {
      case "intent": return this.#act(p.action);
      case "request":
      case "refusal": {
        const wanted = (p.actions ?? [p.action]).filter(Boolean).map((action) => this.#act(action)).join("; ");
        return p.why ? `${wanted || p.said || "A request"}: ${p.why}` : wanted;
      }
      case "question": return p.question;
      case "answer": return p.yes ? "Yes" : "No";
      case "outcome": return `${sentence(p.status)}${p.detail ? `: ${p.detail}` : ""}`;
      case "program": return `A program${entry.versions?.model ? ` by ${entry.versions.model}` : ""}`;
      case "rehearsal": return (p.acts ?? []).map(({ action }) => this.#act(action)).join("; ") || "It would do nothing";
      case "calls": return (p.calls ?? []).map(({ line, call }) => `line ${line}: ${call}`).join("; ");
      case "ended": return p.why ? `${sentence(p.how)}: ${p.why}` : sentence(p.how);
      case "pause": return `Paused${p.until ? ` until ${clock(p.until)}` : ""}: ${p.reason}`;
      case "resume": return `Pause ended: ${p.reason}`;
      case "drill": return p.ok ? "The drill of the stop held" : "THE DRILL OF THE STOP FAILED";
      case "stop": return `Everything stopped: ${p.reason}`;
      case "reset": return `The stop was lifted: ${p.reason}`;
      case "people": {
        if (!p.did) return "Something about who may come in";
        return `${ADMISSION[p.did] ?? sentence(p.did.replaceAll("_", " "))}: ${sentence(p.person)}${p.role ? `, ${p.role}` : ""}`;
      }
      case "checkpoint": return "The log was signed, for those who keep its end elsewhere";
      case "signed": return "Signed with a passkey";
      case "running": return "Claw may move again";
      case "erased": return `The words of number ${p.seq} were erased: ${p.reason}`;
      case "skill": return `${this.#skill(p)}: ${p.what}${p.why ? `, as ${p.why}` : ""}`;
      case "routine": return p.step ? `The routine ${p.routine} ${STEPS[p.step] ?? p.step}${STANDS[p.state] ?? p.state}` : this.#fact(p);
      case "start": return "Claw started";
      case "end": return "Claw ended";
      case "twin": return `The same as ${p.heard_first} heard, done once`;
      case "refused_requests": return `${p.count} requests turned away (${p.what})`;
      default: return Object.keys(p).join() === "private" ? "Somebody else’s, so not shown here" : this.#fact(p);
    }
  }

  #skill(p) {
    if (p.demonstration) return "What was shown by hand";
    return p.skill ? `The skill ${p.skill.replaceAll("-", " ")}` : "A skill of somebody else";
  }

  // Whoever speaks is nobody in particular: only where it was is known, if that.
  #voice(channel) {
    if (!channel?.startsWith("voice:")) return channel;
    const place = channel.slice("voice:".length);
    return place === "nowhere" ? "A voice from nowhere" : `A voice, ${this.#house.nameOf(place)}`;
  }

  #who({ origin, payload }) {
    const who = origin?.person ? sentence(origin.person) : this.#voice(origin?.channel) ?? sentence(payload?.by ?? payload?.source ?? "");
    return payload?.said ? `${who}: “${payload.said}”` : who;
  }
}

const isEmpty = (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

const when = (iso) => (new Date(iso).toDateString() === new Date().toDateString() ? clock(iso) : `${dayOf(iso)}, ${clock(iso)}`);
