// How it goes: how long turns take, what a model costs, whether the stop was tried, how the link to the house held.
import { clock, day, el, head } from "./dom.js";
import { bars, box, canvas, legend, plot } from "./plot.js";
import { sentence } from "./words.js";

const STAGES = {
  recognise: "Understand", skill: "Skill", model: "Ask the model", decide: "Decide", disk: "Write down", device: "Device", verify: "See that it is so",
  total: "All of it",
};
const LINKS = { ready: "linked", connecting: "connecting", lost: "lost", refused: "refused", closed: "closed" };
const FASTEST = 0.1; // ms, at the left edge; every step to the right is ten times as long
const DECADES = 6;

export async function open(root, page) {
  const body = el("div", { class: "memories health-body", tabindex: "0", "aria-label": "How I am doing" });
  const since = el("p", { class: "verified" });
  root.append(head("How I am doing", since), body);
  const load = async () => {
    if (!page.may("read_log")) return body.replaceChildren(el("p", { class: "empty" }, "This sign-in may not see how I am doing."));
    try {
      const told = await page.get("/api/health");
      since.textContent = `Up since ${day(told.since)}, ${clock(told.since)}`;
      body.replaceChildren(...[stages(told), tokens(told), money(told), drills(told, page), links(told)].filter(Boolean));
    } catch (error) {
      body.replaceChildren(el("p", { class: "trouble", role: "alert" }, error.message));
    }
    return undefined;
  };
  page.on("shown", load);
  page.on("fresh", load);
  await load();
}

function stages({ stages: rows, turns }) {
  if (!rows.length) return note("How long a turn takes", "Nothing was asked since I started.");
  const place = (ms) => (Math.max(0, Math.log10(Math.max(ms, FASTEST) / FASTEST)) / DECADES) * 100;
  const lines = rows.map(({ stage, p50, p95, p99, count }) => {
    const words = `${STAGES[stage]}: half within ${span(p50)}, 95 of 100 within ${span(p95)}, 99 within ${span(p99)}`;
    const picture = canvas(100, 10, words, box(0, 4.5, 100, 1, "faint"), box(place(p50), 3.5, place(p99) - place(p50), 3, "soft", words), box(place(p50), 1, Math.max(1, place(p95) - place(p50)), 8, stage === "total" ? "good" : "plain", `${words} (${count})`));
    return el("div", { class: "stage" }, el("span", {}, STAGES[stage]), picture, el("span", { class: "stage-ms", "aria-hidden": "true" }, `${span(p50)} – ${span(p95)}`));
  });
  return plot("How long a turn takes", `${turns} since I started; bars reach from half of them to 95 of 100`, el("div", { class: "stages" }, ...lines), {
    ends: ["0.1 ms", "10 ms", "1 s", "100 s"],
    heads: ["Stage", "Half", "95 %", "99 %", "Longest", "Times"],
    rows: rows.map((row) => [STAGES[row.stage], span(row.p50), span(row.p95), span(row.p99), span(row.max), row.count]),
  });
}

function tokens({ days, model, tokens_per_day: most }) {
  const all = days.map((one) => one.tokens_in + one.tokens_out);
  if (!model && !all.some(Boolean)) return note("Tokens per day", "No model is configured, so nothing is spent.");
  const columns = days.map((one, at) => ({ parts: [["plain", all[at] - one.background], ["soft", one.background]], title: `${name(one.day)}: ${number(all[at])}` }));
  const today = all.at(-1);
  const { svg, top } = bars(columns, `Tokens on each of the last ${days.length} days; today ${number(today)}, most ${number(Math.max(...all))}`, most ?? 0);
  const picture = el("div", {}, svg, legend(["plain", "Asked for"], ["soft", "In the background"]));
  return plot("Tokens per day", `Today ${number(today)}${most ? ` of ${number(most)}` : ""}`, picture, {
    top: number(Math.round(top)),
    ends: [name(days[0].day), name(days.at(-1).day)],
    heads: ["Day", "Read", "Written", "Of it in the background"],
    rows: days.filter((one, at) => all[at]).reverse().map((one) => [name(one.day), number(one.tokens_in), number(one.tokens_out), number(one.background)]),
  });
}

function money({ days, money_per_day: most }) {
  if (days.every((one) => one.money === null)) return null;
  const all = days.map((one) => one.money ?? 0);
  const { svg, top } = bars(days.map((one, at) => ({ parts: [["plain", all[at]]], title: `${name(one.day)}: ${all[at].toFixed(2)}` })), `Money on each of the last ${days.length} days; today ${all.at(-1).toFixed(2)}`, most ?? 0);
  return plot("Money per day", `Today ${all.at(-1).toFixed(2)}${most ? ` of ${most.toFixed(2)}` : ""}, in the currency of your prices`, svg, {
    top: top.toFixed(2),
    ends: [name(days[0].day), name(days.at(-1).day)],
    heads: ["Day", "Money"],
    rows: days.filter((one, at) => all[at]).reverse().map((one) => [name(one.day), one.money.toFixed(4)]),
  });
}

function drills({ drills: rows }, page) {
  if (!rows.length) return note("Drills of the stop", "The stop was never tried out here. `claw drill` does it, on a house of its own.");
  const failed = rows.filter(({ ok }) => !ok).length;
  const took = ({ workers_dead_ms_p99: dead, latch_to_last_send_ms: sent }) => Math.max(dead ?? 0, sent ?? 0);
  const slowest = Math.max(...rows.map(took));
  const { svg, top } = bars(
    rows.map((row) => ({ parts: [[row.ok ? "good" : "bad", row.ok ? took(row) : slowest]], title: `${day(row.time)}: ${row.ok ? "held" : "FAILED"}` })),
    `${rows.length} drills; ${failed ? `${failed} failed` : "all held"}`,
  );
  return plot("Drills of the stop", `${failed ? `${failed} of ${rows.length} failed` : `All ${rows.length} held`}; how long until everything was dead${failed ? "; one that failed fills the picture" : ""}`, svg, {
    top: span(top),
    ends: [day(rows[0].time), day(rows.at(-1).time)],
    heads: ["When", "Held", "Last act after", "All dead within", "Left alive"],
    rows: [...rows].reverse().map((row) => [el("button", { type: "button", class: "link", onclick: () => page.why(row.seq) }, `${day(row.time)}, ${clock(row.time)}`), row.ok ? "yes" : "NO", span(row.latch_to_last_send_ms), span(row.workers_dead_ms_p99), row.workers_alive]),
  });
}

function links({ links: rows, now }) {
  const start = Date.parse(rows[0].at);
  const whole = Math.max(1, Date.parse(now) - start);
  const spans = rows.map((row, at) => ({ ...row, from: Date.parse(row.at) - start, to: (rows[at + 1] ? Date.parse(rows[at + 1].at) : Date.parse(now)) - start }));
  const away = spans.filter(({ status }) => status !== "ready").reduce((sum, { from, to }) => sum + to - from, 0);
  const words = `Linked ${((1 - away / whole) * 100).toFixed(1)} % of the time`;
  const picture = canvas(100, 12, words, ...spans.map(({ status, from, to, at }) => {
    const high = status === "ready" ? 12 : 6;
    return box((from / whole) * 100, 12 - high, Math.max(0.4, ((to - from) / whole) * 100), high, status === "ready" ? "good" : "bad", `${clock(at)}: ${LINKS[status]}`);
  }));
  return plot("Link to the house", words, el("div", { class: "strip-plot" }, picture), {
    ends: [`${day(rows[0].at)}, ${clock(rows[0].at)}`, "now"],
    heads: ["Since", "Link", "Why"],
    rows: [...rows].reverse().map(({ at, status, detail }) => [`${day(at)}, ${clock(at)}`, sentence(LINKS[status] ?? status), detail]),
  });
}

const note = (title, words) => el("figure", { class: "plot" }, el("figcaption", {}, el("strong", {}, title), el("span", {}, words)));

const number = (value) => Math.round(value).toLocaleString();

const name = (iso) => new Date(`${iso}T12:00:00`).toLocaleDateString([], { day: "numeric", month: "short" });

function span(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 10) return `${Number(ms.toFixed(2))} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
