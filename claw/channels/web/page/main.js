// Puts the page together: what comes from the stream goes to the part that shows it.
import { get, post, signOut } from "./api.js";
import { el } from "./dom.js";
import { House } from "./house.js";
import { follow } from "./live.js";
import { Pause } from "./pause.js";
import { Pending } from "./pending.js";
import { Stop } from "./stop.js";
import { Talk } from "./talk.js";
import { Views } from "./views.js";
import { Voice } from "./voice.js";
import { sentence } from "./words.js";

const $ = (id) => document.getElementById(id);

const LINKS = {
  ready: "",
  connecting: "I am still connecting to the house.",
  lost: "I cannot reach the house. I keep trying; nothing can be switched until it answers.",
  refused: "The house refuses my token. Give me a new one in the configuration and start me again.",
  closed: "I am not connected to the house.",
};

const banners = new Map();
let session = { person: "", rights: [], warnings: [] };
let status = null;
let reachable = false;
let stopped = false;
let inTouch = false;
let faulty = false;
let ready;

function banner(name, text, tone = "note") {
  if (banners.get(name)?.textContent === (text ?? undefined)) return;
  banners.get(name)?.remove();
  banners.delete(name);
  if (!text) return;
  const shown = el("p", { class: "banner", "data-tone": tone }, text);
  banners.set(name, shown);
  $("banners").append(shown);
}

function sheet(title, body) {
  $("sheet-title").textContent = title;
  $("sheet-body").replaceChildren(body);
  if (!$("sheet").open) $("sheet").showModal();
}

function pulse(text, tone) {
  if ($("pulse").textContent !== text) $("pulse").textContent = text;
  $("pulse").dataset.tone = tone;
}

const page = {
  get session() {
    return session;
  },
  get status() {
    return status;
  },
  ready: new Promise((done) => (ready = done)),
  may: (right) => session.rights.includes(right),
  get,
  post,
  sheet,
  trouble: passing,
  say: (text) => {
    views.show("talk");
    return talk.say(text);
  },
  tell: (...said) => talk.tell(...said),
  why: async (number) => (await import("./log.js")).why(number, page),
};

// What the house looked like before it was lost is nothing to rely on, so it is not said.
const glance = () => talk.glance(() => (reachable ? house.glance() : []));
const stop = new Stop($("stop"), $("stopped"), { alarm: (text) => banner("alarm", text, "alarm") });
const house = new House($("house"), { trouble: passing, drawn: glance });
const talk = new Talk($("thread"), $("ask"), { why: page.why });
const pending = new Pending($("pending"), { house, answered: page.tell });
const voice = new Voice({ sheet });
const pause = new Pause({ banner: (text) => banner("pause", text) });
page.house = house;
const views = new Views($("tabs"), $("views"), page, looked);

let passingTimer = 0;
function passing(text) {
  banner("passing", text);
  clearTimeout(passingTimer);
  passingTimer = setTimeout(() => banner("passing", null), 8000);
}

// The questions have one place: their own view while it is looked at, else beside the talk.
function looked(view) {
  const place = view === "waiting" ? document.querySelector(".view.waiting") : document.querySelector(".side");
  if ($("pending").parentElement !== place) place[view === "waiting" ? "append" : "prepend"]($("pending"));
}

function asked(questions) {
  pending.load(questions);
  $("nothing").hidden = questions.length > 0;
  views.badge("waiting", questions.length, questions.length === 1 ? "question" : "questions");
}

function linked({ status: link, detail }) {
  const text = LINKS[link] ?? LINKS.lost;
  banner("link", text && detail && link !== "ready" ? `${text} (${detail})` : text, link === "refused" ? "alarm" : "note");
  reachable = link === "ready";
  glance();
  feel();
}

// What does not work although the rest does; a house that is away has a line of its own already.
function degraded(parts) {
  const others = parts.filter((one) => one.part !== "house");
  faulty = others.length > 0;
  banner("degraded", faulty ? `Not working: ${others.map((one) => `${one.part} (${one.text})`).join(", ")}. The rest works.` : null);
  feel();
}

// The one line that says how it is; the stop outranks everything, and a page out of touch knows nothing.
function feel() {
  if (!inTouch) pulse("Out of touch", "off");
  else if (stopped) pulse("Stopped", "stop");
  else if (reachable && faulty) pulse("Partly working", "note");
  else pulse(reachable ? "All is well" : "House lost", reachable ? "good" : "note");
}

function switched(state) {
  stop.load(state);
  stopped = state.engaged;
  feel();
}

let warnings = 0;
function warned(texts) {
  for (let at = 0; at < Math.max(warnings, texts.length); at += 1) banner(`warning-${at}`, texts[at] ?? null, "alarm");
  warnings = texts.length;
}

async function resync() {
  session = await get("/api/session");
  const may = page.may;
  pending.may = may("approve");
  stop.mayReset = may("reset");
  voice.may = { look: may("read_log") };
  pause.may = { pause: may("stop"), resume: may("reset") };
  warned(session.warnings ?? []);
  let rooms;
  let questions;
  [status, rooms, questions] = await Promise.all([get("/api/status"), get("/api/house"), get("/api/pending")]);
  switched(status.stop);
  pause.load(status.pause);
  voice.load(status.voice);
  linked(status.link);
  degraded(status.degraded ?? []);
  house.load(rooms);
  asked(questions);
  views.told("fresh", {});
  ready();
  $("account").textContent = sentence(session.person);
  $("account").hidden = false;
}

function told(event) {
  hear(event);
  views.told(event.type, event);
}

function hear(event) {
  switch (event.type) {
    case "state": return house.changed(event);
    case "pending": return asked(event.pending);
    case "stop": return switched(event);
    case "pause": return pause.load(event);
    case "link": return linked(event);
    case "degraded": return degraded(event.degraded);
    case "message": return talk.tell(event.text, event.kind === "alarm" ? "failed" : null);
    case "doing": return talk.doing(event);
    case "beat": return void (pending.now = event.now);
    case "log": return void (status && (status.audit = { ...status.audit, entries: event.entry.seq }));
    default: return undefined;
  }
}

let lostTimer = 0;
function connected(is) {
  if (is) {
    clearTimeout(lostTimer);
    lostTimer = 0;
    banner("page", null);
    inTouch = true;
    feel();
    return;
  }
  // A reconnect of a moment is not worth a word; every failed try tells again, and only the first one counts.
  lostTimer ||= setTimeout(() => {
    inTouch = false;
    feel();
    banner("page", "This page has lost touch with Claw, so it may be out of date. Reconnecting…", "off");
  }, 2500);
}

// What the device itself knows of its network is said at once; the stop is still tried, as it may be wrong.
function online() {
  banner("offline", navigator.onLine ? null : "This device is offline. What is shown may be out of date.", "off");
}

// While the sheet lies over the page, the button up there is out of reach.
$("sheet-stop").addEventListener("click", () => {
  $("sheet").close();
  $("stop").click();
});
$("sheet-close").addEventListener("click", () => $("sheet").close());
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) $("sheet").close();
});

$("account").addEventListener("click", () => {
  const until = new Date(session.expires).toLocaleDateString([], { day: "numeric", month: "long" });
  const leave = async () => {
    await signOut().catch(() => {});
    location.replace("login");
  };
  sheet(
    sentence(session.person),
    el(
      "div",
      {},
      el("p", {}, `Signed in on this browser until ${until}. It may: ${session.rights.map(sentence).join(", ").toLowerCase()}.`),
      pause.words(),
      voice.words(),
      el("button", { class: "secondary", type: "button", onclick: leave }, "Sign out"),
    ),
  );
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  views.show("talk");
  talk.focus();
});

// What lets the page open while Claw does not answer. Its address is the one thing here that may become a script.
function lastsOffline() {
  if (!navigator.serviceWorker) return; // only where the connection is safe
  const worker = { createScriptURL: () => "sw.js" };
  const address = globalThis.trustedTypes ? trustedTypes.createPolicy("claw-worker", worker).createScriptURL("") : "sw.js";
  navigator.serviceWorker.register(address).catch(() => {}); // the page works without
}

addEventListener("online", online);
addEventListener("offline", online);
online();
views.show(location.hash.slice(1));
follow({ resync, told, connected });
page.ready.then(() => setTimeout(lastsOffline, 3000)); // after everything that somebody waits for
