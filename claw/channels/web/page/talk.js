// The conversation: what was said, what came of it, and how sure Claw is.
import { post } from "./api.js";
import { clock, el, icon } from "./dom.js";

const LIMIT = 200; // bubbles kept on the page
const QUERY = "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 16.600h.01M9.600 9.600a2.500 2.500 0 1 1 3.600 2.200c-.800.400-1.200.800-1.200 1.700";
const MARKS = {
  done: ["Done", "M5 13l4 4L19 7"],
  started: ["On its way", "M12 7v5l3 2M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0"],
  answered: null,
  pending: ["Waiting for a yes", QUERY],
  partial: ["Partly done", "M5 12h14"],
  unclear: ["Not understood", QUERY],
  refused: ["Not allowed", "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M6 6l12 12"],
  stopped: ["Stopped", "M8 3h8l5 5v8l-5 5H8l-5-5V8z"],
  failed: ["Failed", "M12 8v5M12 16.500h.01M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0"],
};
const MOVED = new Set(["done", "started", "sent"]); // what may have moved something
const IDEAS = [
  "Turn on the kitchen lights",
  "Which lights are on?",
  "What is the temperature upstairs?",
  "Close the bedroom blinds",
  "Unlock the front door",
];

export class Talk {
  #thread;
  #form;
  #input;
  #why;
  #typing = null; // the bubble of the answer that is being made, and below it what is done meanwhile
  #said = [];
  #recall = 0;

  // why(number) opens the log entry of an act.
  constructor(thread, form, { why }) {
    this.#thread = thread;
    this.#form = form;
    this.#input = form.elements.namedItem("say");
    this.#why = why;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say(this.#input.value);
    });
    this.#input.addEventListener("keydown", (event) => this.#remember(event));
    this.#welcome();
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  async say(text) {
    const said = text.trim();
    if (!said) return;
    this.#input.value = "";
    this.#said.push(said);
    this.#recall = this.#said.length;
    this.#thread.querySelector(".welcome")?.remove();
    this.#add(el("div", { class: "bubble mine" }, el("p", {}, said)));
    const doing = el("span", { class: "doing", role: "status" }, el("span", { class: "unseen" }, "Claw is answering"));
    const typing = this.#add(el("div", { class: "bubble typing" }, el("i"), el("i"), el("i"), doing));
    this.#typing = doing;
    try {
      const reply = await post("/api/messages", { text: said });
      this.tell(reply.text, reply.status, reply.outcomes);
    } catch (error) {
      this.tell(error.message, "failed");
    } finally {
      typing.remove();
      if (this.#typing === doing) this.#typing = null;
    }
  }

  // What is being done about what was said last, in Claw's own words.
  doing({ text }) {
    this.#typing?.replaceChildren(text ?? "");
  }

  // Something said unasked, or by another part of the page, with what was done.
  tell(text, status = null, outcomes = []) {
    const first = outcomes.find((outcome) => outcome.audit !== null);
    const why = first ? link("why", () => this.#why(first.audit)) : null;
    const acts = outcomes.filter(mayBeTakenBack).map((outcome) => outcome.audit);
    const undo = acts.length ? link("undo", () => this.#takeBack(undo, acts)) : null;
    this.#add(el("div", { class: "bubble", "data-status": status }, el("p", {}, text), foot(status, why, undo)));
  }

  // Takes back exactly the acts of one answer, the last first: what was done since, here or elsewhere, is left alone.
  async #takeBack(button, acts) {
    button.disabled = true;
    const texts = [];
    const outcomes = [];
    let status = "done";
    try {
      for (const seq of [...acts].reverse()) {
        const reply = await post("/api/undo", { seq });
        texts.push(reply.text);
        outcomes.push(...reply.outcomes);
        if (reply.status !== "done") status = reply.status;
      }
      button.remove();
    } catch (error) {
      texts.push(error.message);
      status = "failed";
      button.disabled = false;
    }
    this.tell(texts.join("\n"), status, outcomes);
  }

  #add(bubble) {
    this.#thread.append(bubble);
    while (this.#thread.childElementCount > LIMIT) this.#thread.firstElementChild.remove();
    this.#thread.scrollTop = this.#thread.scrollHeight;
    return bubble;
  }

  #remember(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !this.#said.length) return;
    event.preventDefault();
    this.#recall = Math.min(Math.max(this.#recall + step, 0), this.#said.length);
    this.#input.value = this.#said[this.#recall] ?? "";
  }

  // What the empty conversation shows; lines() gives { text, tone } about the house, and is only asked while it does.
  glance(lines) {
    const shown = this.#thread.querySelector(".glance");
    shown?.replaceChildren(...lines().map(({ text, tone }) => el("li", { "data-tone": tone }, text)));
  }

  #welcome() {
    const ideas = IDEAS.map((idea) => el("button", { class: "idea", type: "button", onclick: () => this.say(idea) }, idea));
    this.#thread.replaceChildren(
      el("div", { class: "welcome" }, el("p", { class: "lead" }, greeting()), el("ul", { class: "glance" }), el("div", { class: "ideas" }, ...ideas)),
    );
  }
}

function greeting() {
  const hour = new Date().getHours();
  if (hour < 5) return "Good night.";
  if (hour < 12) return "Good morning.";
  return hour < 18 ? "Good afternoon." : "Good evening.";
}

const mayBeTakenBack = ({ audit, status, action }) => audit !== null && MOVED.has(status) && action.entities.length > 0;

const link = (word, onclick) => el("button", { class: "link", type: "button", onclick }, word);

function foot(status, ...links) {
  const mark = MARKS[status] ?? null;
  return el(
    "div",
    { class: "foot" },
    mark ? el("span", { class: "mark" }, icon(mark[1]), mark[0]) : null,
    ...links,
    el("time", {}, clock(new Date())),
  );
}
