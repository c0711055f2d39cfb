// The questions that wait for a yes: what would change, who asked, and how long the question still stands.
import { post } from "./api.js";
import { el, icon } from "./dom.js";

const SPANS = [600, 1800, 3600, 14_400]; // seconds that a yes may hold, as far as its rule goes
const ARROW = "M5 12h14M13 6l6 6-6 6";

export class Pending {
  #root;
  #house;
  #answered;
  #may = true;
  #skew = null; // not known before the server has told its time
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
    this.#tick();
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
    const { card } = question;
    const left = el("span", { class: "left", role: "timer" });
    const bar = el("div", { class: "time", "aria-hidden": "true" }, el("div"));
    const trouble = el("p", { class: "trouble", role: "alert" });
    const chosen = { without: new Set(), number: "", grant_s: 0 };
    const say = (answer) => this.#answer(question.id, answer, chosen);
    const signed = card.strength === "signed";
    const words = (rest) => (signed ? `Sign, and ${rest}` : `Yes, ${rest}`);
    const yes = el("button", { class: "primary", type: "button", onclick: () => say("yes") }, words("do it"));
    const no = el("button", { class: "secondary", type: "button", onclick: () => say("no") }, "No");
    const judge = () => {
      const rest = question.actions.length - chosen.without.size;
      yes.disabled = rest === 0 || (card.choices.length > 0 && !chosen.number);
      yes.textContent = words(chosen.without.size && rest ? `do the other ${rest === 1 ? "one" : rest}` : "do it");
    };
    const element = el(
      "article",
      { class: "question" },
      // The sentence of the question holds names as they are; here they stand in quotes, on their lines.
      el("p", { class: "question-text" }, question.actions.length > 1 ? "Shall I do all of this?" : "Shall I do this?"),
      el("ul", { class: "moves" }, ...this.#lines(question, chosen, judge)),
      card.influenced.length ? el("p", { class: "influenced" }, `Influenced by ${card.influenced.join(", ")}`) : null,
      el("p", { class: "asker" }, `${this.#asker(card)} · `, left),
      card.why ? el("p", { class: "asker" }, `Asked because: ${card.why}`) : null,
      card.once_per_task ? el("p", { class: "asker" }, "A yes holds for the rest of this task too.") : null,
      signed ? el("p", { class: "asker" }, "A yes to this is signed with a passkey.") : null,
      bar,
      this.#may && card.choices.length ? this.#numbers(question.id, card.choices, chosen, judge) : null,
      this.#may && card.grant_s ? this.#grants(card.grant_s, chosen) : null,
      trouble,
      this.#may ? el("div", { class: "choices" }, yes, no) : el("p", { class: "asker" }, "Somebody else has to answer this."),
    );
    judge();
    this.#cards.set(question.id, { element, left, bar, trouble, yes, no, judge, question });
    this.#root.append(element);
  }

  // One line for each thing, the risky ones first, as Claw sends them; each action can be struck out once.
  #lines({ id, card, actions }, chosen, judge) {
    const rows = new Map();
    const struck = new Set();
    return card.lines.map((line) => {
      const where = [line.entity, line.device_class, line.area].filter(Boolean).join(" · ");
      const kept = line.does === "claw.remember" ? actions[line.action].data.sentence : "";
      const row = el(
        "li",
        { class: line.risky ? "risky" : null },
        el(
          "span",
          { class: "moves-what" },
          el("strong", { class: "moves-name" }, kept ? `Remember: “${kept}”` : line.name || line.does),
          line.risky ? el("span", { class: "risk" }, "Risky") : null,
          el("small", { class: "moves-where" }, line.also ? `${where} · set off by it` : where),
        ),
        el(
          "span",
          { class: "moves-way" },
          line.entity ? el("span", { class: "from" }, line.was) : null,
          line.entity ? icon(ARROW) : null,
          el(kept ? "small" : "strong", { class: "to" }, line.becomes),
        ),
      );
      rows.set(line.action, [...(rows.get(line.action) ?? []), row]);
      if (this.#may && actions.length > 1 && !struck.has(line.action)) {
        struck.add(line.action);
        const tick = el("input", {
          type: "checkbox",
          checked: true,
          id: `${id}-${line.action}`,
          "aria-label": `Do this: ${line.does} ${line.name}`,
          onchange: () => {
            for (const one of rows.get(line.action)) one.classList.toggle("struck", !tick.checked);
            if (tick.checked) chosen.without.delete(line.action);
            else chosen.without.add(line.action);
            judge();
          },
        });
        row.prepend(tick);
      }
      return row;
    });
  }

  #numbers(id, choices, chosen, judge) {
    const pick = (number) => () => {
      chosen.number = number;
      judge();
    };
    return el(
      "fieldset",
      { class: "numbers" },
      el("legend", {}, "Which number was said in the room? There is one try."),
      ...choices.map((number) =>
        el("label", {}, el("input", { type: "radio", name: `number-${id}`, onchange: pick(number) }), el("span", {}, number)),
      ),
    );
  }

  #grants(most, chosen) {
    const spans = [...new Set([...SPANS.filter((span) => span < most), most])];
    const select = el(
      "select",
      { onchange: () => (chosen.grant_s = Number(select.value)) },
      el("option", { value: "0" }, "Just this once"),
      ...spans.map((span) => el("option", { value: String(span) }, `Also for the next ${lasting(span)}`)),
    );
    return el("label", { class: "grant" }, el("span", { class: "unseen" }, "For how long"), select);
  }

  #asker({ asker, channel, place }) {
    const [kind, name] = channel.split(":");
    const program = `through ${name ? `the program ${name}` : "a program"}`;
    const how = { web: "on the page", cli: "on the command line", routine: "in a routine", telegram: "in Telegram", phone: "on a phone", api: program, mcp: program, openai: program }[kind] ?? `by ${kind}`;
    return `${asker ? asker.slice(1, -1) : "Somebody"} asked ${how}${place ? `, ${place}` : ""}`;
  }

  async #answer(id, answer, { without, number, grant_s }) {
    const { yes, no, judge, trouble, question } = this.#cards.get(id);
    yes.disabled = no.disabled = true;
    trouble.textContent = "";
    const to = `/api/pending/${encodeURIComponent(id)}`;
    const choice = { without: [...without], number, grant_s };
    try {
      const reply =
        answer === "no" ? await post(to, { answer })
        : question.card.strength === "signed" ? await signing(to, choice)
        : await post(to, { answer, ...choice });
      this.#answered(reply.text, reply.status, reply.outcomes);
      const card = this.#cards.get(id);
      if (card) this.#drop(id, card);
    } catch (error) {
      trouble.textContent = error.message;
      no.disabled = false;
      judge();
    }
  }

  #tick() {
    if (this.#skew === null) return;
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

// Claw says what is to be signed for exactly this choice, and takes the signature with the same choice.
async function signing(to, choice) {
  const [{ sign }, asked] = await Promise.all([import("./passkey.js"), post(`${to}/sign`, choice)]);
  return post(`${to}/signed`, { ...choice, credential: await sign(asked.sign) });
}

const lasting = (seconds) => (seconds % 3600 === 0 && seconds > 3600 ? `${seconds / 3600} hours` : `${Math.round(seconds / 60)} minutes`);
