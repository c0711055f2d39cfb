// The questions that wait for a yes: what would change, who asked, and how long the question still stands.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { goal, sentence } from "./words.js";

const ARROW = "M5 12h14M13 6l6 6-6 6";

export class Pending {
  #root;
  #house;
  #answered;
  #may = true;
  #skew = 0;
  #cards = new Map();

  // answered(text, status) is told what came of an answer.
  constructor(root, { house, answered }) {
    this.#root = root;
    this.#house = house;
    this.#answered = answered;
    setInterval(() => this.#tick(), 500);
  }

  // Whether this client may answer at all.
  set may(right) {
    this.#may = right;
  }

  // The server's time: a phone's own clock may be off by minutes.
  set now(iso) {
    this.#skew = Date.parse(iso) - Date.now();
  }

  load(questions) {
    const ids = new Set(questions.map((question) => question.id));
    for (const [id, card] of this.#cards) {
      if (!ids.has(id)) this.#drop(id, card);
    }
    for (const question of questions) {
      if (!this.#cards.has(question.id)) this.#show(question);
    }
    this.#tick();
  }

  #show(question) {
    const left = el("span", { class: "left", role: "timer" });
    const bar = el("div", { class: "time", "aria-hidden": "true" }, el("div"));
    const trouble = el("p", { class: "trouble", role: "alert" });
    const yes = el("button", { class: "primary", type: "button", onclick: () => this.#answer(question.id, "yes") }, "Yes, do it");
    const no = el("button", { class: "secondary", type: "button", onclick: () => this.#answer(question.id, "no") }, "No");
    const element = el(
      "article",
      { class: "question" },
      el("p", { class: "question-text" }, question.question),
      el("ul", { class: "moves" }, ...question.actions.flatMap((action) => this.#moves(action, question.before))),
      el("p", { class: "asker" }, `${this.#asker(question.origin)} · `, left),
      bar,
      trouble,
      this.#may ? el("div", { class: "choices" }, yes, no) : el("p", { class: "asker" }, "Somebody else has to answer this."),
    );
    this.#cards.set(question.id, { element, left, bar, trouble, buttons: [yes, no], question });
    this.#root.append(element);
  }

  #moves(action, before) {
    return action.entities.map((id) =>
      el(
        "li",
        {},
        el("span", { class: "moves-name" }, this.#house.nameOf(id)),
        el("span", { class: "from" }, sentence(before[id] ?? "not known").toLowerCase()),
        icon(ARROW),
        el("strong", { class: "to" }, goal(action)),
      ),
    );
  }

  #asker({ person, channel, place }) {
    const who = person ? sentence(person) : "Somebody";
    const how = { web: "on the page", cli: "on the command line", routine: "in a routine" }[channel] ?? `by ${channel.split(":")[0]}`;
    return `${who} asked ${how}${place ? `, ${this.#house.areaOf(place)}` : ""}`;
  }

  async #answer(id, answer) {
    const { buttons, trouble } = this.#cards.get(id);
    for (const button of buttons) button.disabled = true;
    try {
      const reply = await post(`/api/pending/${encodeURIComponent(id)}`, { answer });
      this.#answered(reply.text, reply.status);
      const card = this.#cards.get(id);
      if (card) this.#drop(id, card);
    } catch (error) {
      trouble.textContent = error.message;
      for (const button of buttons) button.disabled = false;
    }
  }

  #tick() {
    for (const [id, card] of this.#cards) {
      const { created, expires } = card.question;
      const seconds = (Date.parse(expires) - Date.now() - this.#skew) / 1000;
      if (seconds <= 0) {
        this.#drop(id, card);
        this.#answered(`Nobody answered in time, so I did not do it: ${card.question.question}`, "refused");
        continue;
      }
      const whole = (Date.parse(expires) - Date.parse(created)) / 1000;
      card.left.textContent = seconds > 90 ? `${Math.round(seconds / 60)} min left` : `${Math.ceil(seconds)} s left`;
      card.bar.firstElementChild.style.transform = `scaleX(${Math.min(1, seconds / whole)})`;
    }
  }

  #drop(id, card) {
    this.#cards.delete(id);
    card.element.remove();
  }
}
